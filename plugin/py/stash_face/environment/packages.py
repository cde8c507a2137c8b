"""The packages of a hashed lock, installed by pip in parts, so that a stop costs one part.

pip itself stays outside: it is run from where the first Python has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from ..errors import DownloadError, SetupNeeded
from .child import run_python

Tell = Callable[[float, str], None]

# Large enough to be worth a part of their own; all others come together.
_LARGE = re.compile(r"nvidia-|onnxruntime|opencv|av$|numpy$|onnx$|sympy$")
_NAME = re.compile(r"([A-Za-z0-9_.-]+)==")
_DONE = "installed.json"

_FIND_PIP = """
import glob, importlib.util, os
found = []
try:
    import ensurepip
    folders = [os.path.join(os.path.dirname(ensurepip.__file__), "_bundled")]
    folders.append(getattr(ensurepip, "_WHEEL_PKG_DIR", None) or "/usr/share/python-wheels")
    for folder in folders:
        found += sorted(glob.glob(os.path.join(folder, "pip-*.whl")))
except ImportError:
    pass
spec = importlib.util.find_spec("pip")
if spec and spec.origin:
    found.append(os.path.dirname(os.path.dirname(spec.origin)))
print(found[0] if found else "")
"""
_PIP = """
import runpy, sys
place = sys.argv.pop(1)
if place:
    sys.path.append(place)
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""
_IMPORT_ALL = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def find_pip(python: Sequence[str]) -> str:
    """The wheel or folder that `python` has pip in; SetupNeeded where it has none."""
    lines: list[str] = []
    run_python(python, _FIND_PIP, on_line=lines.append)
    place = lines[-1] if lines else ""
    if not place:
        raise SetupNeeded(
            f"Set up cannot go on: the Python that Stash uses ({python[-1]}) has no pip; install "
            "it (Debian, Ubuntu: the package python3-pip; Alpine: py3-pip) and run Set up again."
        )
    return place


def parts_of(lock: Path) -> list[list[str]]:
    """The lock's requirements in the order in which they are installed, each with its hashes."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    small: list[str] = []
    parts = [small]
    for line in text.splitlines():
        name = _NAME.match(line)
        if not name:
            continue
        if not _LARGE.match(name[1]):
            small.append(line)
        elif parts[-1] and parts[-1][0].startswith(name[0]):
            # The same package for another Python.
            parts[-1].append(line)
        else:
            parts.append([line])
    return parts


def install(
    python: Sequence[str], pip: str, lock: Path, folder: Path, tell: Tell, wheels: str = ""
) -> None:
    """Puts the lock's packages into the environment of `python`; what an interrupted call did is
    known from a note in `folder`, where temporary files lie too. `tell` gets the share done and a
    line. `wheels`: a folder to take them from, in place of the registry."""
    done = _read_done(folder / _DONE)
    parts = parts_of(lock)
    for number, part in enumerate(parts):
        share = number / len(parts)
        if part and part[0] not in done:
            say = partial(tell, share)
            _install_part(python, pip, part, folder, say, wheels)
            done.append(part[0])
            (folder / _DONE).write_text(json.dumps(done), encoding="utf-8")
        tell((number + 1) / len(parts), "")


def check_imports(python: Sequence[str], names: Sequence[str]) -> None:
    """SetupNeeded where a package was installed and does not load here."""
    lines: list[str] = []
    if run_python(python, _IMPORT_ALL, names, on_line=lines.append) != 0:
        raise SetupNeeded(
            f"The packages are installed, but do not run on this computer ({_last(lines)}): "
            "see docs/troubleshooting.md for what they need, then run Set up again."
        )


def _install_part(
    python: Sequence[str],
    pip: str,
    part: Sequence[str],
    folder: Path,
    say: Callable[[str], None],
    wheels: str,
) -> None:
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    requirements = folder / "part.txt"
    requirements.write_text("\n".join(part) + "\n", encoding="utf-8")
    lines: list[str] = []

    def hear(line: str) -> None:
        lines.append(line)
        if line.startswith(("Collecting ", "  Downloading ", "Installing collected")):
            say(line.strip()[:200])

    source = ["--no-index", "--find-links", wheels] if wheels else []
    status = run_python(
        python,
        _PIP,
        [
            *(pip, "install", "--no-input", "--no-cache-dir", "--disable-pip-version-check"),
            *("--progress-bar", "off", "--no-warn-script-location", "--ignore-installed"),
            *("--no-deps", "--require-hashes", "--only-binary", ":all:", *source),
            *("--requirement", str(requirements)),
        ],
        variables=_variables(temporary),
        on_line=hear,
    )
    if status != 0:
        raise _failure(lines)


def _variables(temporary: Path) -> dict[str, str]:
    """Temporary files lie on the disk whose space was looked at; and what a person has set for
    pip's other uses (an empty value is none to pip) does not send the packages elsewhere."""
    elsewhere = ("TARGET", "PREFIX", "ROOT", "PYTHON", "CONSTRAINT", "REQUIRE_VIRTUALENV")
    unset = {f"PIP_{name}": "" for name in elsewhere}
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    return {**unset, **places, "PIP_USER": "0"}


def _failure(lines: Sequence[str]) -> DownloadError:
    text = "\n".join(lines)
    if "No space left" in text or "Errno 28" in text:
        why = "the disk is full: make room, and run Set up again; it continues where it stopped"
    elif "DO NOT MATCH THE HASHES" in text:
        why = (
            "a package has other content than this version of the plugin expects: try again, and "
            "if that does not help, update the plugin"
        )
    elif re.search(r"NewConnectionError|NameResolution|ConnectTimeout|ReadTimeout|ProxyError|"
                   r"Max retries|SSLError|Read timed out", text):  # fmt: skip
        why = (
            f"the package registry cannot be reached ({_last(lines)}): check the network or the "
            "proxy, and run Set up again; it continues where it stopped"
        )
    else:
        why = f"{_last(lines)}: see docs/troubleshooting.md"
    return DownloadError(f"The Python packages could not be installed, because {why}.")


def _last(lines: Sequence[str]) -> str:
    """The last line that says something, in a form that fits into a sentence."""
    errors = [line for line in lines if line.startswith("ERROR:")] or [
        each for each in lines if each
    ]
    last = errors[-1] if errors else "it said nothing"
    return " ".join(last.removeprefix("ERROR:").split()).rstrip(".")[:300]


def _read_done(note: Path) -> list[str]:
    try:
        return [str(name) for name in json.loads(note.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []
