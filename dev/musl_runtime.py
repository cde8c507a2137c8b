"""`make musl-runtime`: the libraries of glibc that Set up brings to
Alpine, as one archive for a release, the same bytes each time.

The Debian packages are pinned below. They are taken from the folder `--from`, or fetched from the
archive `--archive`, by default from those that this computer's apt is set to.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import lzma
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

NAME = "stash-face-glibc-2.36-x86_64.tar.xz"


class Package(NamedTuple):
    """A Debian package: its place in the archive, its sha256, and what is taken from it."""

    path: str
    sha256: str
    libraries: tuple[str, ...]

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name


class BundleError(Exception):
    """One sentence for the person at the terminal."""


PACKAGES = (
    Package(
        "pool/main/g/glibc/libc6_2.36-9+deb12u14_amd64.deb",
        "ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf",
        (
            "ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libmvec.so.1", "libdl.so.2",
            "libpthread.so.0", "librt.so.1", "libutil.so.1", "libresolv.so.2", "libnss_dns.so.2",
            "libnss_files.so.2",
        ),
    ),
    Package(
        # The licence of the three below.
        "pool/main/g/gcc-12/gcc-12-base_12.2.0-14+deb12u1_amd64.deb",
        "1896a2aacf4ad681ff5eacc24a5b0ca4d5d9c9b9c9e4b6de5197bc1e116ea619",
        (),
    ),
    Package(
        "pool/main/g/gcc-12/libgcc-s1_12.2.0-14+deb12u1_amd64.deb",
        "3016e62cb4b7cd8038822870601f5ed131befe942774d0f745622cc77d8a88f7",
        ("libgcc_s.so.1",),
    ),
    Package(
        "pool/main/g/gcc-12/libstdc++6_12.2.0-14+deb12u1_amd64.deb",
        "5cd3171216d4ab0fc911cfe9c35509bf2dd8f47761c43b7f6a4296701551a24d",
        ("libstdc++.so.6",),
    ),
    Package(
        "pool/main/g/gcc-12/libgomp1_12.2.0-14+deb12u1_amd64.deb",
        "48fec46bda7f5b1638b9e959889bfbc20491247d402d120bb152687eb48143d7",
        ("libgomp.so.1",),
    ),
)  # fmt: skip


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make musl-runtime", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build"), help="folder (build)")
    parser.add_argument("--from", dest="given", type=Path, help="folder that has the packages")
    parser.add_argument("--archive", action="append", help="root of a Debian archive")
    options = parser.parse_args(words)
    try:
        debs = [obtain(each, options.given, options.archive) for each in PACKAGES]
        content = bundle(list(zip(PACKAGES, debs, strict=True)))
    except BundleError as problem:
        print(problem, file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / NAME).write_bytes(content)
    print(f"{hashlib.sha256(content).hexdigest()}  {options.out / NAME}  {len(content):,} bytes")
    return 0


def obtain(package: Package, given: Path | None, archives: Sequence[str] | None) -> bytes:
    """The package's bytes, which are those that are pinned."""
    if given is not None:
        # apt writes the colon of a version as %3a.
        named = [given / package.name, given / package.name.replace(":", "%3a")]
        found = next((path for path in named if path.is_file()), None)
        if found is None:
            raise BundleError(f"{given} has no {package.name}: get it with 'apt-get download'.")
        return _checked(package, found.read_bytes(), str(given))
    tried = list(archives or archives_of_apt())
    for root in tried:
        try:
            with urllib.request.urlopen(f"{root.rstrip('/')}/{package.path}", timeout=60) as answer:
                return _checked(package, answer.read(), root)
        except urllib.error.URLError:
            continue
    raise BundleError(
        f"{package.name} is in none of {', '.join(tried) or 'the archives of apt'}: name one that "
        "still has it with --archive (an archive of snapshots), or its folder with --from."
    )


def archives_of_apt() -> list[str]:
    """The roots of the archives that this computer's apt is set to."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return list(dict.fromkeys(told.split()))


def bundle(packages: Sequence[tuple[Package, bytes]]) -> bytes:
    """The archive: `glibc/<library>` and each package's licence, sorted, without times."""
    files: dict[str, tuple[bytes, int]] = {}
    for package, deb in packages:
        members = dict(_members(deb))
        for library in package.libraries:
            files[f"glibc/{library}"] = (_resolved(members, library, package), 0o755)
        title = package.name.partition("_")[0]
        licence = members.get(f"usr/share/doc/{title}/copyright")
        if isinstance(licence, bytes):
            files[f"glibc/licences/{title}"] = (licence, 0o644)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tape:
        for name in sorted(files):
            content, mode = files[name]
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            tape.addfile(entry, io.BytesIO(content))
    return lzma.compress(out.getvalue(), preset=9)


def _checked(package: Package, deb: bytes, where: str) -> bytes:
    found = hashlib.sha256(deb).hexdigest()
    if found != package.sha256:
        raise BundleError(f"{package.name} of {where} has other content than is pinned ({found}).")
    return deb


def _members(deb: bytes) -> Iterator[tuple[str, bytes | str]]:
    """The package's files by path, links as the path that they lead to."""
    at = 8
    while at + 60 <= len(deb):
        name, size = deb[at : at + 16].decode().strip(" /"), int(deb[at + 48 : at + 58])
        if name.startswith("data.tar"):
            with tarfile.open(fileobj=io.BytesIO(deb[at + 60 : at + 60 + size])) as tape:
                for entry in tape:
                    path = entry.name.removeprefix("./")
                    content = tape.extractfile(entry) if entry.isreg() else None
                    if content:
                        yield path, content.read()
                    elif entry.issym():
                        yield path, str(PurePosixPath(path).parent / entry.linkname)
            return
        at += 60 + size + size % 2


def _resolved(members: dict[str, bytes | str], library: str, package: Package) -> bytes:
    paths = [path for path in sorted(members) if PurePosixPath(path).name == library]
    for path in paths:
        found: bytes | str | None = members[path]
        for _ in range(4):
            if isinstance(found, bytes):
                return found
            found = members.get(str(found).lstrip("/"))
    raise BundleError(f"{package.name} holds no {library}: is it the package that is meant?")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
