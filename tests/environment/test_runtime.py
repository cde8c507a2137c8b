from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from stash_face.environment.runtime import bring, runtime_for
from stash_face.errors import DownloadError, SetupNeeded
from tests.environment.standalone import installed_from
from tests.fakes.file_server import file_server


def tape(path: Path, *entries: tuple[str, str, bytes]) -> Path:
    """An archive of (name, kind, content); for links the content is where they lead."""
    kinds = {"file": tarfile.REGTYPE, "link": tarfile.SYMTYPE, "same": tarfile.LNKTYPE}
    with tarfile.open(path, "w") as bundle:
        for name, kind, content in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = kinds[kind], 0o755
            if kind == "file":
                entry.size = len(content)
                bundle.addfile(entry, io.BytesIO(content))
            else:
                entry.linkname = content.decode()
                bundle.addfile(entry)
    return path


@pytest.fixture
def archives(tmp_path: Path) -> tuple[Path, Path]:
    folder = tmp_path / "archives"
    folder.mkdir()
    python = tape(
        folder / "python.tar",
        ("python/bin/python3.12", "file", b"program"),
        ("python/bin/python3", "link", b"python3.12"),
        ("python/bin/python", "same", b"python/bin/python3.12"),
    )
    return python, tape(folder / "glibc.tar", ("glibc/ld.so", "file", b"loader"))


def pins(python: Path, glibc: Path, url: str = "") -> dict[str, Any]:
    return {
        "x86_64": {
            "version": "3.12",
            "interpreter": "python/bin/python3.12",
            "site_packages": "python/lib",
            "loader": "glibc/ld.so",
            "libraries": "glibc",
            **{
                name: {
                    "name": path.name,
                    "url": f"{url}{path.name}" if url else "",
                    "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                }
                for name, path in (("python", python), ("glibc", glibc))
            },
        }
    }


def unpacked(
    tmp_path: Path,
    known: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    chosen: str = "",
    source: str = "",
) -> Path:
    """`chosen` by the user, `source` as Stash notes it in the folder of a plugin."""
    monkeypatch.setenv("STASH_FACE_RUNTIME", chosen)
    for name in ("env", "given", "plugin"):
        (tmp_path / name).mkdir(exist_ok=True)
    if source:
        installed_from(tmp_path / "plugin", source)
    folder, given = tmp_path / "env", tmp_path / "given"
    plugin = tmp_path / "plugin"
    bring(runtime_for("x86_64", known), given, folder, lambda share, line: None, plugin)
    return folder


SOURCES = ["folder", "address", "pinned address", "given", "package source", "package source here"]


@pytest.mark.parametrize("source", SOURCES)
def test_the_archives_come_from_wherever_they_are(
    tmp_path: Path, archives: tuple[Path, Path], source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with file_server() as server:
        base = ""
        for path in archives:
            base = server.put(f"/{path.name}", path.read_bytes()).removesuffix(path.name)
        chosen = {"folder": str(archives[0].parent), "address": base}.get(source, "")
        of_package = {
            "package source": f"{base}index.yml",
            "package source here": (archives[0].parent / "index.yml").as_uri(),
        }.get(source, "")
        if source == "given":
            archives[0].parent.rename(tmp_path / "given")
            archives = (tmp_path / "given" / "python.tar", tmp_path / "given" / "glibc.tar")
        known = pins(*archives, url=base if source == "pinned address" else "")

        folder = unpacked(tmp_path, known, monkeypatch, chosen, of_package)

    assert (folder / "python/bin/python3.12").read_bytes() == b"program"
    assert (folder / "python/bin/python3").resolve() == folder / "python/bin/python3.12"
    assert (folder / "python/bin/python").read_bytes() == b"program"
    assert (folder / "glibc/ld.so").stat().st_mode & 0o111
    # What was fetched is not kept.
    assert list(folder.glob("*.tar")) == []


def test_a_download_is_said_once_and_its_progress_often(
    tmp_path: Path, archives: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STASH_FACE_RUNTIME", raising=False)
    tape(archives[0], ("python/bin/python3.12", "file", bytes(300_000)))
    told: list[tuple[float, str]] = []
    with file_server() as server:
        for path in archives:
            url = server.put(f"/{path.name}", path.read_bytes()).removesuffix(path.name)
        known = runtime_for("x86_64", pins(*archives, url=url))
        bring(known, tmp_path, tmp_path, lambda share, line: told.append((share, line)), tmp_path)

    shares = [share for share, _ in told]
    assert len(shares) > 3
    assert shares == sorted(shares)
    said = [line for _, line in told if line]
    assert said == ["Downloading glibc.tar", "Downloading python.tar"]


def test_an_archive_that_must_be_brought_by_hand_is_named_with_its_place(
    tmp_path: Path, archives: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "glibc.tar").write_bytes(b"cut")

    with pytest.raises(SetupNeeded) as caught:
        unpacked(tmp_path, pins(*archives), monkeypatch)
    sentence = caught.value.sentence
    assert "the file glibc.tar of the plugin's release is needed in this container" in sentence
    assert "was not installed from a package source that has it" in sentence
    assert f"the one in {tmp_path / 'given'} is another one or cut off" in sentence
    assert "STASH_FACE_RUNTIME" in sentence


def test_a_package_source_without_the_archive_is_told_with_what_helps(
    tmp_path: Path, archives: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with file_server() as server:
        source = f"http://127.0.0.1:{server.server_port}/sub/index.yml?key=secret"

        with pytest.raises(DownloadError) as caught:
            unpacked(tmp_path, pins(*archives), monkeypatch, source=source)

    assert [path for path, _, _ in server.seen] == ["/sub/glibc.tar?key=secret"]
    sentence = caught.value.sentence
    assert "/sub/glibc.tar is not there (HTTP 404): put it into" in sentence
    assert "secret" not in sentence


@pytest.mark.parametrize(
    "entry",
    [
        ("../outside", "file", b"x"),
        ("/outside", "file", b"x"),
        ("python/bin/link", "link", b"../../../outside"),
        ("python/bin/link", "link", b"/etc/passwd"),
    ],
)
def test_nothing_is_written_outside_the_folder(
    tmp_path: Path,
    archives: tuple[Path, Path],
    entry: tuple[str, str, bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tape(archives[0], entry)

    with pytest.raises(DownloadError, match=r"python\.tar (holds the path|links outside)"):
        unpacked(tmp_path, pins(*archives), monkeypatch, str(archives[0].parent))
    assert not (tmp_path / "outside").exists()


def test_an_archive_without_its_interpreter_is_refused(
    tmp_path: Path, archives: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    tape(archives[0], ("readme", "file", b"x"))

    with pytest.raises(DownloadError, match=r"hold no python/bin/python3\.12: update the plugin"):
        unpacked(tmp_path, pins(*archives), monkeypatch, str(archives[0].parent))


def test_another_processor_is_told_exactly_what_does_not_hold() -> None:
    with pytest.raises(SetupNeeded) as caught:
        runtime_for("aarch64")
    assert caught.value.sentence == (
        "Set up cannot go on in this container: its system (musl, as in Alpine) has no "
        "onnxruntime, OpenCV and Voyager for Python, and the plugin brings its own Python only "
        "for x86_64, not for aarch64; use an image of Stash that is based on Debian, as "
        "docs/install/debian.Dockerfile makes one."
    )
