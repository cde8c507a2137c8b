"""Files inside zip and cbz archives, as bytes.

Reads what Stash reads, stored and deflated entries, by the names that Stash shows. Knows
nothing of pictures.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path
from types import TracebackType

from stash_face.errors import MediaError
from stash_face.media.naming import titled
from stash_face.media.source import open_file, unreadable

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_UTF8 = 0x800
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error)
_AGAIN = "copy or download it again"

# Stash guesses the encoding of an archive whose names are not marked as UTF-8; an entry is
# found again by the bytes of its name, whichever of these the guess was.
_ENCODINGS = (
    *("utf-8", "cp437", "cp1252", "cp932", "gb18030", "big5", "cp949", "euc_jp"),
    *(
        "latin_1",
        "iso8859_2",
        "cp1250",
        "cp1251",
        "koi8_r",
        "iso8859_7",
        "iso8859_9",
        "cp1255",
        "cp1256",
    ),
)


class Archive:
    """An archive that stays open, so that many entries cost its directory once.

    `with Archive(path) as archive: archive.read("a/b.jpg", MAX_BYTES)`. Raises MediaError.
    """

    def __init__(self, path: Path) -> None:
        self._title = titled("archive", path.name)
        self._file, _ = open_file(path, self._title)
        try:
            self._zip = zipfile.ZipFile(self._file)
        except (*_BROKEN, ValueError, OSError) as error:
            self._file.close()
            raise _broken(
                error, self._title, "is not a zip file, or is cut off or damaged"
            ) from error
        self._by_name = {info.filename: info for info in self._zip.infolist()}
        self._by_bytes: dict[bytes, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            raw = info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437")
            self._by_bytes.setdefault(raw, info)
            self._by_bytes.setdefault(_go_path(raw), info)

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._zip.close()
        self._file.close()

    def read(self, entry: str, max_bytes: int) -> bytes:
        """One file of the archive; MediaError where it is gone, locked, broken or too large."""
        info = self._find(entry)
        title = titled("file", entry) + " in " + self._title[0].lower() + self._title[1:]
        if info is None or info.is_dir():
            raise MediaError(f"{title} is not there any more; scan the archive again.")
        _check(info, max_bytes, title)
        try:
            with self._zip.open(info) as file:
                data = file.read(max_bytes + 1)
        except (*_BROKEN, ValueError, OSError) as error:
            raise _broken(error, title, "is cut off or damaged") from error
        if len(data) != info.file_size:
            raise MediaError(f"{title} is cut off or damaged; {_AGAIN}.")
        return data

    def _find(self, entry: str) -> zipfile.ZipInfo | None:
        # Stash on Windows writes the path inside the archive with backslashes.
        for name in dict.fromkeys((entry, entry.replace("\\", "/"))):
            if name in self._by_name:
                return self._by_name[name]
            for encoding in _ENCODINGS:
                try:
                    info = self._by_bytes.get(name.encode(encoding))
                except UnicodeEncodeError:
                    continue
                if info is not None:
                    return info
        return None


def read_entry(archive: Path, entry: str, max_bytes: int) -> bytes:
    """One file of a zip archive, at most `max_bytes` long; MediaError as `Archive.read`."""
    with Archive(archive) as opened:
        return opened.read(entry, max_bytes)


def _broken(error: Exception, title: str, what: str) -> MediaError:
    if isinstance(error, OSError) and error.errno:
        return unreadable(error, title)
    return MediaError(f"{title} {what}; {_AGAIN}.")


def _go_path(raw: bytes) -> bytes:
    # archive/zip of Go, which Stash reads with, shows names as clean relative paths with "/".
    clean = raw.replace(b"\\", b"/").lstrip(b"/")
    while clean.startswith(b"../"):
        clean = clean[3:]
    return clean


def _check(info: zipfile.ZipInfo, max_bytes: int, title: str) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise MediaError(f"{title} is encrypted; unpack it and pack it without a password.")
    if info.compress_type not in _METHODS:
        raise MediaError(
            f"{title} is compressed by method {info.compress_type}, which Stash does not read "
            "either; pack it again as an ordinary zip."
        )
    if info.file_size > max_bytes:
        raise MediaError(
            f"{title} is {info.file_size / 1e6:.0f} MB large unpacked, above the limit of "
            f"{max_bytes / 1e6:.0f} MB; take it out of the archive."
        )
