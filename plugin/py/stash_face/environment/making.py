"""Makes the environment: built under another name, and in use only once it is complete.

A stop at any time leaves the old one in use, and what the next call goes on with.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import DownloadError, SetupNeeded
from ..file_lock import file_lock
from ..protocol import log
from .child import run_python
from .damage import damage
from .host import Host, look_around
from .packages import check_imports, find_pip, install
from .record import FOLDER_VARIABLE, Record, read_record, write_record
from .runtime import bring, runtime_for

LOCKS = Path(__file__).resolve().parents[2] / "locks"
# Megabytes to download, and of room needed meanwhile, for each lock (x86-64, Linux).
SIZES = {"cpu": (160, 750), "gpu": (2150, 4500)}
_MUSL_SIZES = (50, 200)
# A folder of wheels to install from, for computers without a way to the registry.
WHEELS_VARIABLE = "STASH_FACE_WHEELS"
# What is tried once before it is used. insightface as a whole needs more than its detector does.
IMPORTED = (
    "numpy", "cv2", "onnxruntime", "voyager", "av", "PIL.Image", "pillow_heif", "requests",
    "stashapi",
)  # fmt: skip
# How much of Set up's whole progress this is.
SHARE = 0.5

_MAKE = """
import os, sys, venv
builder = venv.EnvBuilder(clear=True, symlinks=os.name != "nt", with_pip=False)
builder.create(sys.argv[1])
"""


def make(
    folder: Path | None,
    *,
    host: Host | None = None,
    locks: Path = LOCKS,
    pins: Mapping[str, Any] | None = None,
    needed: tuple[str, ...] = IMPORTED,
) -> Record:
    """The environment in `folder`, made or mended where it has to be. `pins` are those of the
    runtime for musl, `needed` the packages to be imported once before it is used."""
    if folder is None:
        raise SetupNeeded(
            f"Set up does not know where Stash keeps its configuration: set {FOLDER_VARIABLE} to "
            "the folder that may hold the Python environment."
        )
    found = host or look_around()
    lock = locks / f"{found.lock}.txt"
    with _disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with file_lock(folder / ".lock"):
            version = found.version or runtime_for(found.machine, pins).version
            key = key_of(found, version, lock)
            record = read_record(folder)
            if record and record.key == key:
                amiss = damage(record.packages)
                if not amiss:
                    log.info(f"The Python environment in {folder} is complete.")
                    return record
                log.warning(f"The Python environment is damaged ({amiss}): it is made anew.")
            return _make(folder, found, version, key, lock, pins, needed)


def _make(
    folder: Path,
    host: Host,
    version: str,
    key: str,
    lock: Path,
    pins: Mapping[str, Any] | None,
    needed: tuple[str, ...],
) -> Record:
    building = folder / f".building-{key}"
    _announce(folder, building, host, version)
    record = _interpreter(folder, building, host, version, key, pins)
    pip = "" if host.musl else find_pip([str(host.python)])
    wheels = os.environ.get(WHEELS_VARIABLE, "")
    install(record.command(), pip, lock, building, _tell, wheels)
    log.info("Looking whether everything runs here.")
    check_imports(record.command(), needed)
    shutil.rmtree(building / "tmp", ignore_errors=True)
    number = 1
    while (target := folder / f"{key}-{number}").exists():
        number += 1
    building.rename(target)
    done = _moved(record, building.name, target.name)
    write_record(done)
    _remove_others(folder, target.name)
    log.info(f"The Python environment is ready in {target}.")
    return done


def _interpreter(
    folder: Path,
    building: Path,
    host: Host,
    version: str,
    key: str,
    pins: Mapping[str, Any] | None,
) -> Record:
    """An interpreter in `building`, also where an earlier call stopped."""
    _remove_others(folder, building.name, *_in_use(folder))
    if host.musl:
        runtime = runtime_for(host.machine, pins)
        record = Record(
            folder, key, version,
            *(f"{building.name}/{part}" for part in (
                runtime.interpreter, runtime.site_packages, runtime.loader, runtime.libraries)),
        )  # fmt: skip
    else:
        windows = os.name == "nt"
        python = "Scripts/python.exe" if windows else "bin/python"
        packages = "Lib/site-packages" if windows else f"lib/python{version}/site-packages"
        record = Record(folder, key, version, f"{building.name}/{python}",
                        f"{building.name}/{packages}")  # fmt: skip
    # Written last: without it what lies there was cut short.
    stamp = building / "interpreter.txt"
    if stamp.is_file() and record.interpreter.exists():
        return record
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    if host.musl:
        bring(runtime_for(host.machine, pins), folder, building, _tell)
    else:
        lines: list[str] = []
        code = run_python([str(host.python)], _MAKE, [str(building)], on_line=lines.append)
        if code != 0 or not record.packages.is_dir():
            raise SetupNeeded(
                f"A Python environment could not be made with {host.python} "
                f"({' '.join(lines[-1:])[:200]}): Debian and Ubuntu have that part in the package "
                f"python{version}-venv; install it and run Set up again."
            )
    stamp.write_text(f"{version}\n", encoding="ascii")
    return record


def key_of(host: Host, version: str, lock: Path) -> str:
    """What tells whether an environment is the one that is wanted."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:10]
    libc = "-musl" if host.musl else ""
    return f"{host.lock}-{digest}-py{version}-{host.machine.lower()}{libc}"


def _moved(record: Record, old: str, new: str) -> Record:
    def moved(path: str) -> str:
        return path.replace(old, new, 1)

    return record._replace(
        python=moved(record.python),
        site_packages=moved(record.site_packages),
        loader=moved(record.loader),
        libraries=moved(record.libraries),
    )


def _announce(folder: Path, building: Path, host: Host, version: str) -> None:
    more = _MUSL_SIZES if host.musl else (0, 0)
    download, room = (a + b for a, b in zip(SIZES[host.lock], more, strict=True))
    used = sum(p.stat().st_size for p in building.rglob("*") if p.is_file()) / 1e6
    free = shutil.disk_usage(folder).free / 1e6
    kind = "an NVIDIA card" if host.gpu else "the processor"
    log.info(
        f"Making the Python {version} environment for {kind} in {folder}: about {download:,} MB to "
        f"download, {room:,} MB of room needed, {free:,.0f} MB free."
    )
    if free + used < room:
        raise DownloadError(
            f"The disk of {folder} has {free:,.0f} MB free, and Set up needs {room:,} MB there: "
            f"make room, or set {FOLDER_VARIABLE} to a folder on another disk."
        )


def _in_use(folder: Path) -> list[str]:
    record = read_record(folder)
    return [Path(record.python).parts[0]] if record else []


def _remove_others(folder: Path, *kept: str) -> None:
    """Environments that nothing uses any more; whatever else a person put here stays."""
    for path in folder.iterdir():
        made = path.name.startswith((".building-", "cpu-", "gpu-"))
        if made and path.is_dir() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _tell(share: float, line: str) -> None:
    log.progress(share * SHARE)
    if line:
        log.info(line)


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            advice = "make room there and run Set up again, it continues where it stopped"
        else:
            advice = f"make that folder writable, or set {FOLDER_VARIABLE} to another one"
        raise DownloadError(
            f"The Python environment cannot be written into {folder} "
            f"({error.strerror or error}): {advice}."
        ) from error
