from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from struct import pack

import pytest

from stash_face.errors import MediaError
from stash_face.media.archive import Archive, read_entry

LIMIT = 1_000_000


@pytest.fixture
def packed(tmp_path: Path) -> Callable[..., Path]:
    def pack_zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
        path = tmp_path / "set.cbz"
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return path

    return pack_zip


def refused(path: Path, entry: str = "a.jpg", limit: int = LIMIT) -> str:
    with pytest.raises(MediaError) as caught:
        read_entry(path, entry, limit)
    return caught.value.sentence


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_entry_is_read_by_its_path(packed: Callable[..., Path], method: int) -> None:
    path = packed({"a.jpg": b"one", "deep/er/b.jpg": b"two", "Größe/東京.jpg": b"three"}, method)

    assert read_entry(path, "a.jpg", LIMIT) == b"one"
    assert read_entry(path, "deep/er/b.jpg", LIMIT) == b"two"
    assert read_entry(path, "deep\\er\\b.jpg", LIMIT) == b"two"  # Stash on Windows
    assert read_entry(path, "Größe/東京.jpg", LIMIT) == b"three"


def test_an_open_archive_gives_many_entries(packed: Callable[..., Path]) -> None:
    files = {f"{n:03}.jpg": b"%d" % n for n in range(200)}

    with Archive(packed(files)) as archive:
        assert {name: archive.read(name, LIMIT) for name in files} == files


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Größe.jpg".encode(), "Größe.jpg"),  # UTF-8 that the archive does not tell
        ("Größe.jpg".encode("cp437"), "Größe.jpg"),  # DOS
        ("Größe.jpg".encode("cp1252"), "Größe.jpg"),  # Windows
        ("写真.jpg".encode("cp932"), "写真.jpg"),  # Japanese
        ("照片.jpg".encode("gb18030"), "照片.jpg"),  # Chinese
        ("사진.jpg".encode("cp949"), "사진.jpg"),  # Korean
        ("Фото.jpg".encode("cp1251"), "Фото.jpg"),  # Cyrillic
        ("Größe.jpg".encode(), "GrÃ¶Ãße.jpg".replace("Ãß", "Ã\x9f")),  # guessed wrongly
        (b"dir\\b.jpg", "dir/b.jpg"),  # written with Windows' separator
        (b"../../b.jpg", "b.jpg"),
        (b"/b.jpg", "b.jpg"),
    ],
)
def test_an_entry_is_found_by_the_name_that_stash_shows(
    packed: Callable[..., Path], raw: bytes, shown: str
) -> None:
    path = packed({"@" * len(raw): b"data"}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"@" * len(raw), raw))

    assert read_entry(path, shown, LIMIT) == b"data"


def test_an_entry_that_is_gone_or_a_folder_is_told(packed: Callable[..., Path]) -> None:
    path = packed({"folder/": b"", "folder/a.jpg": b"x"})
    gone = 'in the archive "set.cbz" is not there any more; scan the archive again.'

    assert refused(path, "b.jpg") == f'The file "b.jpg" {gone}'
    assert refused(path, "folder/") == f'The file "folder/" {gone}'
    assert refused(path, "") == f"The file {gone}"


def test_an_entry_above_the_limit_is_refused_unread(packed: Callable[..., Path]) -> None:
    path = packed({"a.jpg": bytes(5_000_000)})

    assert path.stat().st_size < 10_000
    assert refused(path) == (
        'The file "a.jpg" in the archive "set.cbz" is 5 MB large unpacked, above the limit of 1 '
        "MB; take it out of the archive."
    )


def test_an_entry_that_lies_about_its_size_is_damaged(packed: Callable[..., Path]) -> None:
    path = packed({"a.jpg": bytes(5_000_000)})
    path.write_bytes(path.read_bytes().replace(pack("<I", 5_000_000), pack("<I", 500)))

    assert 'The file "a.jpg" in the archive "set.cbz" is cut off or damaged' in refused(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_stash_does_not_read_are_refused(
    packed: Callable[..., Path], method: int
) -> None:
    assert f"is compressed by method {method}, which Stash does not read either" in refused(
        packed({"a.jpg": b"data"}, method)
    )


def test_an_encrypted_entry_is_told(packed: Callable[..., Path]) -> None:
    path = packed({"a.jpg": b"data"})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)

    assert "is encrypted; unpack it and pack it without a password." in refused(path)


def test_damage_inside_an_entry_is_told(packed: Callable[..., Path]) -> None:
    data = os.urandom(1000)
    path = packed({"a.jpg": data}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(data[500:600], bytes(100)))

    assert "is cut off or damaged; copy or download it again." in refused(path)


@pytest.mark.parametrize("part", [0.0, 0.3, 0.8, 0.99])
def test_an_archive_that_is_cut_off_is_told(packed: Callable[..., Path], part: float) -> None:
    path = packed({f"{n}.jpg": os.urandom(100) for n in range(20)})
    os.truncate(path, int(path.stat().st_size * part))

    assert refused(path) == (
        'The archive "set.cbz" is not a zip file, or is cut off or damaged; copy or download it '
        "again."
    )


def test_what_is_no_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "comic.cbz").write_bytes(b"Rar!\x1a\x07\x01\0" * 100)

    assert 'The archive "comic.cbz" is not a zip file' in refused(tmp_path / "comic.cbz")
    assert "is a folder; give the path of a file in it." in refused(tmp_path)
    assert "is not where it should be" in refused(tmp_path / "gone.zip")


def test_damage_anywhere_ends_in_bytes_or_a_sentence(packed: Callable[..., Path]) -> None:
    path = packed({"a.jpg": b"data" * 9, "b/c.jpg": b"more" * 9})
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        assert bytes_or_sentence(path)


def bytes_or_sentence(path: Path) -> bytes | str:
    try:
        return read_entry(path, "a.jpg", LIMIT)
    except MediaError as error:
        return error.sentence
