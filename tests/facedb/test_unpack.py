from __future__ import annotations

import shutil
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from stash_face.errors import DatabaseError
from stash_face.facedb.manifest import STAMP, read_manifest, verify
from stash_face.facedb.unpack import unpack
from tests.facedb.made_up import world, write


def zipped(folder: Path, target: Path, place: str = "") -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"{place}{path.name}")
    return target


def test_zip_and_tar_are_installed_under_their_version(folder: Path, tmp_path: Path) -> None:
    version = read_manifest(folder).version
    told: list[tuple[int, int]] = []
    archive = zipped(folder, tmp_path / "a.zip")
    manifest = unpack(archive, tmp_path / "one", lambda *x: told.append(x))

    assert manifest.folder == tmp_path / "one" / "facedb" / version
    verify(manifest)
    assert told[-1][0] == told[-1][1] > 0
    assert [p.name for p in (tmp_path / "one" / "facedb").iterdir()] == [version]

    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as tape:
        tape.add(folder, "some/where")
    again = unpack(tmp_path / "a.tar.gz", tmp_path / "two")
    assert again.identity == manifest.identity


def test_what_is_there_already_stays_and_another_one_gets_a_name_of_its_own(
    folder: Path, tmp_path: Path
) -> None:
    first = unpack(zipped(folder, tmp_path / "a.zip"), tmp_path)
    assert unpack(tmp_path / "a.zip", tmp_path) == first

    other = write(tmp_path / "other", world(3))
    text = (other / "manifest.json").read_text()
    version = read_manifest(other).version
    (other / "manifest.json").write_text(text.replace(version, first.version))
    second = unpack(zipped(other, tmp_path / "b.zip"), tmp_path)
    assert second.folder.name == f"{first.version}-{second.identity[:8]}"
    assert read_manifest(first.folder).identity == first.identity


def test_links_paths_and_strange_files_are_left_out(folder: Path, tmp_path: Path) -> None:
    archive = zipped(folder, tmp_path / "a.zip", "db/")
    with zipfile.ZipFile(archive, "a") as more:
        for name in ("../evil.json", "/evil.json", "db/..\\evil.json", "db/deep/x.json", "db/x.py"):
            more.writestr(name, "evil")
        link = zipfile.ZipInfo("db/link.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        more.writestr(link, "/etc/passwd")
    manifest = unpack(archive, tmp_path / "home")

    taken = {p.name for p in folder.iterdir() if p.suffix in (".json", ".voy")}
    assert {p.name for p in manifest.folder.iterdir()} == taken | {STAMP}
    assert list(tmp_path.rglob("evil*")) == []


def test_archives_that_are_no_database_are_refused_and_leave_nothing(
    folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    empty = tmp_path / "empty.zip"
    zipfile.ZipFile(empty, "w").close()
    text = tmp_path / "text.zip"
    text.write_text("no archive")
    whole = zipped(folder, tmp_path / "whole.zip")
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[:-2000])
    spoilt = tmp_path / "spoilt.tar"
    (folder / "performers.json").write_text("{}")
    with tarfile.open(spoilt, "w") as tape:
        tape.add(folder, "db")
    half = tmp_path / "half.zip"
    shutil.copy(whole, half)
    with zipfile.ZipFile(half, "w") as archive:
        archive.write(folder / "manifest.json", "manifest.json")

    for path in (empty, text, cut, spoilt, half):
        with pytest.raises(DatabaseError) as refused:
            unpack(path, home)
        assert refused.value.sentence.endswith(".")
    assert list((home / "facedb").iterdir()) == []


def test_a_tape_that_ends_early_is_refused(folder: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tape:
        tape.add(folder, "db")
    data = bytearray((tmp_path / "a.tar").read_bytes())
    (tmp_path / "a.tar").write_bytes(data[: len(data) // 2])
    with pytest.raises(DatabaseError):
        unpack(tmp_path / "a.tar", tmp_path / "home")


def test_what_a_killed_process_left_is_swept_away(folder: Path, tmp_path: Path) -> None:
    left = tmp_path / "facedb" / ".coming-abc"
    left.mkdir(parents=True)
    (left / "face.voy").write_bytes(b"half")
    unpack(zipped(folder, tmp_path / "a.zip"), tmp_path)
    assert not left.exists()
