"""This computer's own Python in the form of a standalone one: one archive that runs from any
folder, with the libraries that its builders would have linked into it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path
from typing import Any

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
LEFT_OUT = {"test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "site-packages",
            "dist-packages", "__pycache__", "lib2to3"}  # fmt: skip
# In the bundle that dev/musl_runtime.py makes.
BUNDLED = re.compile(r"(ld-linux|lib(c|m|dl|pthread|rt|util|resolv|gcc_s|stdc\+\+|gomp)\.so)")


def standalone_python(target: Path) -> None:
    """Writes the archive: `python/bin`, `python/lib`, and in `glibc/` what the bundle lacks. Its
    site-packages hold pip, as a standalone Python's do."""
    library = Path(sysconfig.get_path("stdlib"))
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    with tarfile.open(target, "w:gz", compresslevel=1) as tape:
        tape.add(base, f"python/bin/python{VERSION}")
        tape.add(library, f"python/lib/python{VERSION}", filter=_kept)
        _add_pip(tape)
        for name, path in sorted(_linked([base, *library.rglob("lib-dynload/*.so")]).items()):
            tape.add(path.resolve(), f"glibc/{name}")


def pins(python: Path, glibc: Path) -> dict[str, Any]:
    """What runtime.json would say of the two archives."""
    both = {"python": python, "glibc": glibc}
    return {
        "x86_64": {
            "version": VERSION,
            "interpreter": f"python/bin/python{VERSION}",
            "site_packages": f"python/lib/python{VERSION}/site-packages",
            "loader": "glibc/ld-linux-x86-64.so.2",
            "libraries": "glibc",
            **{name: {"name": path.name, "url": "", "sha256": _sha256(path)}
               for name, path in both.items()},
        }
    }  # fmt: skip


def _kept(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    parts = set(entry.name.split("/"))
    return None if parts & LEFT_OUT or entry.name.endswith(".a") else entry


def _add_pip(tape: tarfile.TarFile) -> None:
    import pip

    folder = Path(str(pip.__file__)).parent
    packages = f"python/lib/python{VERSION}/site-packages"
    tape.add(folder, f"{packages}/pip", filter=lambda e: None if "__pycache__" in e.name else e)
    for info in folder.parent.glob("pip-*.dist-info"):
        tape.add(info, f"{packages}/{info.name}", filter=_whole)


def _whole(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Without the list of files, which names compiled ones that are not packed."""
    return None if entry.name.endswith("RECORD") else entry


def _linked(programs: list[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for program in programs:
        told = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
        for name, path in re.findall(r"(\S+) => (/\S+)", told.stdout):
            if not BUNDLED.match(name):
                found[name] = Path(path)
    return found


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def installed_from(plugin: Path, source: str) -> None:
    """What Stash writes into the folder of a plugin from the package source `source`."""
    (plugin / "manifest").write_text(
        "id: stash_face\nname: stash_face\nmetadata:\n  description: Tells who is in an image.\n"
        'version: 0.1.0-72523e7\ndate: "2026-11-22 01:45:41"\nrequires: []\n'
        f"source_repository: {source}\nfiles:\n- LICENSE\n- py/main.py\n"
    )


def wheel(folder: Path, name: str, version: str = "1.0", **files: str) -> Path:
    """A wheel that holds the given modules, as small as can be."""
    import zipfile

    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    content = {f"{module}.py": text for module, text in files.items()}
    content[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    content[f"{info}/WHEEL"] = (
        "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    listed = io.StringIO()
    for each, text in content.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
        listed.write(f"{each},sha256={digest.rstrip('=')},{len(text.encode())}\n")
    listed.write(f"{info}/RECORD,,\n")
    with zipfile.ZipFile(path, "w") as bundle:
        for each, text in {**content, f"{info}/RECORD": listed.getvalue()}.items():
            bundle.writestr(each, text)
    return path


def lock_of(target: Path, *wheels: Path) -> Path:
    """A lock, as uv writes it, of these wheels."""
    lines = []
    for path in wheels:
        name, version, *_ = path.name.split("-")
        lines.append(f"{name}=={version} \\\n    --hash=sha256:{_sha256(path)}\n")
    target.write_text("# A lock.\n" + "".join(lines), encoding="utf-8")
    return target
