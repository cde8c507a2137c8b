"""`make package`: the plugin as a package source that Stash installs from: a zip, its index.yml and
the libraries that Set up takes from there on Alpine.

The same commit gives the same bytes: entries are sorted, and dated as the last commit that
touched what is packed. Stash takes a package for newer by that date alone.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from datetime import datetime, timezone
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
PLUGIN, LICENSE = "plugin", "LICENSE"
BUILD = ROOT / "build"
PINS = Path(PLUGIN, "py", "stash_face", "environment", "runtime.json")
# What came to be by use, and is none of the package's.
_MADE = {"__pycache__", "data"}


class PackageError(Exception):
    """One sentence for the person at the terminal."""


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make package", description=__doc__)
    out_help = "folder (build/package)"
    parser.add_argument("--out", type=Path, default=BUILD / "package", help=out_help)
    runtime_help = "folder of the file that `make musl-runtime` made (build)"
    parser.add_argument("--runtime", type=Path, default=BUILD, help=runtime_help)
    options = parser.parse_args(words)
    out = options.out
    try:
        date, commit = last_change(ROOT)
        bundles = [(name, libraries(options.runtime / name, sha256)) for name, sha256 in pins(ROOT)]
    except PackageError as problem:
        print(problem, file=sys.stderr)
        return 1
    archive = zipped(ROOT, date)
    out.mkdir(parents=True, exist_ok=True)
    (out / "stash_face.zip").write_bytes(archive)
    (out / "index.yml").write_text(index(ROOT, archive, date, commit), encoding="utf-8")
    print(f"{out / 'stash_face.zip'}: {len(archive):,} bytes of {date:%Y-%m-%d %H:%M:%S} UTC.")
    for name, content in bundles:
        print(put_beside(out / name, content))
    print("Serve that folder, and add the address of its index.yml to Stash's package sources.")
    return 0


def last_change(root: Path) -> tuple[datetime, str]:
    """When, and in which commit, what is packed was last changed; PackageError without git or
    with changes that are not committed, as the same date would stand for other bytes."""
    shown = _git(root, "log", "-1", "--format=%ct %h", "--", PLUGIN, LICENSE).split()
    if len(shown) != 2:
        raise PackageError("No commit holds the plugin's folder yet: commit it first.")
    if _git(root, "status", "--porcelain", "--", PLUGIN, LICENSE).strip():
        raise PackageError("The plugin's folder has changes that are not committed: commit them.")
    return datetime.fromtimestamp(int(shown[0]), timezone.utc), shown[1]


def pins(root: Path) -> list[tuple[str, str]]:
    """Name and sha256 of each archive that Set up looks for beside index.yml."""
    told = json.loads((root / PINS).read_text(encoding="utf-8"))
    archives = [each[part] for each in told.values() for part in ("python", "glibc")]
    return [(each["name"], each["sha256"]) for each in archives if not each["url"]]


def libraries(path: Path, sha256: str) -> bytes:
    """The archive's bytes, empty where there is none; PackageError where it is another one than
    Set up takes."""
    content = path.read_bytes() if path.is_file() else b""
    if content and hashlib.sha256(content).hexdigest() != sha256:
        raise PackageError(f"{path} is not what runtime.json names: run `make musl-runtime`.")
    return content


def put_beside(path: Path, content: bytes) -> str:
    """Puts the archive there, and says what that means for Stash's Alpine image."""
    if content:
        path.write_bytes(content)
        return f"{path}: {len(content):,} bytes, which Set up takes from there on Alpine."
    path.unlink(missing_ok=True)
    return (
        f"{path.name} is missing, so Set up will ask for it in Stash's official image (Alpine): "
        "run `make musl-runtime`, and this again."
    )


def zipped(root: Path, date: datetime) -> bytes:
    """The plugin's folder, manifest on top, with the licence."""
    files = {
        path.relative_to(root / PLUGIN).as_posix(): path
        for path in (root / PLUGIN).rglob("*")
        if path.is_file() and not _MADE & set(path.relative_to(root / PLUGIN).parts)
    }
    files[LICENSE] = root / LICENSE
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            # Not the packer's own system: the bytes are the same wherever it is packed.
            entry.create_system = 3
            archive.writestr(entry, files[name].read_bytes())
    return content.getvalue()


def index(root: Path, archive: bytes, date: datetime, commit: str) -> str:
    """index.yml of a source with this one package."""
    manifest = yaml.safe_load((root / PLUGIN / "stash_face.yml").read_text(encoding="utf-8"))
    package = {
        "id": "stash_face",
        "name": manifest["name"],
        "metadata": {"description": manifest["description"]},
        "version": f"{manifest['version']}-{commit}",
        "date": f"{date:%Y-%m-%d %H:%M:%S}",
        "path": "stash_face.zip",
        "sha256": hashlib.sha256(archive).hexdigest(),
    }
    return str(yaml.safe_dump([package], sort_keys=False, allow_unicode=True))


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise PackageError(
            "The date of the package comes from git: run this in a clone, with git installed."
        ) from None
    return done.stdout.decode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
