"""Pinned files over HTTP, one or a whole pack: resumed where they stopped, checked by sha256,
put in place at once. Knows nothing of settings or Stash.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import DownloadError, WeightsError
from ..file_lock import file_lock
from .archive import extract
from .packs import Archive, Pack, WeightFile
from .transfer import DroppedError, Progress, Transfer, host_of, size_of
from .weights import check, megabytes, missing, missing_sentence, sha256_of

# Failures in a row without a new byte: the first number while no server has answered.
TRIES_UNHEARD, TRIES_HEARD = 3, 6
# Bytes that stay free on the disk.
SPARE = 32_000_000
# The `code` of a DownloadError when the server did not answer at all.
OFFLINE = "offline"
# Where an archive lies until its members are out.
INCOMING = ".incoming"


def download(
    url: str,
    target: Path,
    *,
    size: int,
    sha256: str,
    progress: Progress | None = None,
    timeout: float = 30.0,
    pause: float = 0.5,
) -> None:
    """Fetches `url` into `target`, which afterwards has `size` bytes and this `sha256`.

    What an interrupted call has fetched stays in `<target>.part` and is continued by the next.
    A second process that wants the same file waits and finds it done. `progress` gets bytes done
    and bytes in all; `timeout` is seconds without an answer; after the n-th failure in a row the
    next try waits `pause` * 2^n seconds. DownloadError says what to do; its code is "offline"
    where the server cannot be reached at all."""
    tell = progress or _silent
    part = _part_of(target)
    lock = target.with_name(f".{target.name}.lock")
    with _disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with file_lock(lock, lambda: tell(size_of(part), size)) as exclusive:
            if not exclusive:
                part = part.with_suffix(f".part-{os.getpid()}")
            if size_of(target) == size and sha256_of(target) == sha256:
                tell(size, size)
                return
            _require_space(part.parent, size - size_of(part))
            transfer = Transfer(url, part, size, tell, timeout)
            _fetch_right(transfer, sha256, pause)
            os.replace(part, target)
            transfer.forget()


def fetch_pack(
    pack: Pack,
    folder: Path,
    progress: Progress | None = None,
    *,
    announce: Callable[[str], None] | None = None,
    elsewhere: Sequence[Path] = (),
    timeout: float = 30.0,
    pause: float = 0.5,
) -> None:
    """Brings the weights of a pack that are neither in `folder` nor `elsewhere` into `folder`,
    verified and stamped. `announce` is told once, before the first byte, what comes from where
    and how much it is; `progress` counts the bytes of all downloads together.

    WeightsError names files that no address is known for, before anything is fetched;
    DownloadError says what else went wrong, without a network that names all files too."""
    places = [folder, *elsewhere]
    if not missing(pack, places):
        return
    with _disk_errors(folder / pack.name):
        folder.mkdir(parents=True, exist_ok=True)
        with file_lock(folder / ".fetch.lock"):
            wanted = missing(pack, places)
            sources = _sources(wanted, folder)
            total = sum(source.size for source in sources)
            coming = [source for source in sources if not source.given]
            if coming:
                (announce or _silent)(_announcement(pack, coming, folder))
            _require_space(folder, sum(source.space for source in sources))
            done = 0
            for source in sources:
                tell = _counting(progress or _silent, done, total)
                try:
                    _bring(source, folder, tell, timeout, pause)
                except DownloadError as error:
                    raise _with_addresses(error, missing(pack, places), folder) from error
                done += source.size


@dataclass
class _Source:
    """One download: a weight file itself, or an archive with the files wanted of it."""

    pinned: WeightFile | Archive
    url: str
    target: Path
    files: list[WeightFile]

    @property
    def size(self) -> int:
        return self.pinned.size

    @property
    def given(self) -> bool:
        """An archive that the user has put there."""
        return isinstance(self.pinned, Archive) and self.target.parent.name != INCOMING

    @property
    def space(self) -> int:
        """Bytes that it will yet need on the disk."""
        here = size_of(self.target) + size_of(_part_of(self.target))
        unpacked = [file.size for file in self.files] if isinstance(self.pinned, Archive) else []
        return max(self.size - here, 0) + sum(unpacked)


def _sources(files: Sequence[WeightFile], folder: Path) -> list[_Source]:
    unknown = [file for file in files if not (file.url or file.archive)]
    if unknown:
        raise WeightsError(missing_sentence(unknown, folder))
    sources: dict[str, _Source] = {}
    for file in files:
        pinned = file.archive or file
        if pinned.name not in sources:
            target = _target(pinned, folder)
            sources[pinned.name] = _Source(pinned, pinned.url or "", target, [])
        sources[pinned.name].files.append(file)
    return list(sources.values())


def _target(pinned: WeightFile | Archive, folder: Path) -> Path:
    given = folder / pinned.name
    if isinstance(pinned, WeightFile):
        return given
    # An archive that the user has put there is used and stays; ours is for this moment only.
    right = size_of(given) == pinned.size and sha256_of(given) == pinned.sha256
    return given if right else folder / INCOMING / pinned.name


def _with_addresses(
    error: DownloadError, files: Sequence[WeightFile], folder: Path
) -> DownloadError:
    """Without a network a person has to bring the files: then the sentence names them."""
    if error.code != OFFLINE:
        return error
    named = missing_sentence(files, folder)
    sentence = f"{error.sentence.rstrip('.')}; {named[0].lower()}{named[1:]}"
    return DownloadError(sentence, OFFLINE)


def _announcement(pack: Pack, sources: Sequence[_Source], folder: Path) -> str:
    total = sum(source.size for source in sources)
    hosts = ", ".join(dict.fromkeys(host_of(source.url) for source in sources))
    names = ", ".join(f"{source.pinned.name} {megabytes(source.size)}" for source in sources)
    licences = "; ".join(dict.fromkeys(file.licence for source in sources for file in source.files))
    return (
        f"Downloading {megabytes(total)} of model weights for the pack {pack.name} from {hosts} "
        f"into {folder}: {names} (licence: {licences})."
    )


def _bring(source: _Source, folder: Path, tell: Progress, timeout: float, pause: float) -> None:
    pinned, target = source.pinned, source.target
    download(
        source.url,
        target,
        size=pinned.size,
        sha256=pinned.sha256,
        progress=tell,
        timeout=timeout,
        pause=pause,
    )
    if isinstance(pinned, Archive):
        extract(target, source.files, folder)
        if not source.given:
            target.unlink()
            with contextlib.suppress(OSError):
                target.parent.rmdir()
    for file in source.files:
        problem = check(folder / file.name, file)
        if problem:
            raise DownloadError(f"{file.name} from {source.url} {problem}: update the plugin.")


def _fetch_right(transfer: Transfer, sha256: str, pause: float) -> None:
    """A part of older content spoils what is appended to it, so that one is fetched afresh."""
    continued = transfer.begin()
    _fetch_whole(transfer, pause)
    found = sha256_of(transfer.part)
    if found != sha256 and continued:
        transfer.restart()
        _fetch_whole(transfer, pause)
        found = sha256_of(transfer.part)
    if found != sha256:
        transfer.restart()
        raise DownloadError(
            f"{transfer.url} sent {transfer.size:,} bytes of other content than expected (sha256 "
            f"{found[:12]}… in place of {sha256[:12]}…): update the plugin, or try again later."
        )


def _fetch_whole(transfer: Transfer, pause: float) -> None:
    failures, best = 0, transfer.done
    while transfer.done < transfer.size:
        try:
            transfer.attempt()
        except DroppedError as dropped:
            failures = 0 if transfer.done > best else failures + 1
            best = max(best, transfer.done)
            if failures >= (TRIES_HEARD if transfer.heard else TRIES_UNHEARD):
                raise _given_up(transfer, dropped) from dropped
            time.sleep(pause * 2.0**failures)


def _given_up(transfer: Transfer, dropped: DroppedError) -> DownloadError:
    host = host_of(transfer.url)
    if not transfer.heard:
        return DownloadError(
            f"{host} cannot be reached ({dropped}): check the connection and try again.", OFFLINE
        )
    return DownloadError(
        f"{host} stopped sending {transfer.url} at {transfer.done:,} of {transfer.size:,} bytes "
        f"({dropped}): try again, it continues where it stopped."
    )


def _part_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _require_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        raise DownloadError(
            f"The disk of {folder} has {megabytes(free)} free and {megabytes(needed + SPARE)} are "
            "needed: make room there, or set STASH_FACE_DATA to a folder on another disk."
        )


def _counting(progress: Progress, before: int, total: int) -> Progress:
    return lambda done, _: progress(before + done, total)


def _silent(*_: object) -> None:
    pass


@contextlib.contextmanager
def _disk_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            advice = "make room there and try again, it continues where it stopped"
        else:
            advice = "make that folder writable, or set STASH_FACE_DATA to another one"
        raise DownloadError(
            f"{target.name} cannot be written into {target.parent} ({error.strerror}): {advice}."
        ) from error
