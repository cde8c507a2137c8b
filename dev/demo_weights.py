"""The demo's model weights: those at hand, else the smallest pack that can be downloaded."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from stash_face.errors import DownloadError
from stash_face.faces.download import OFFLINE, fetch_pack
from stash_face.faces.packs import Pack, load_pack
from stash_face.faces.weights import MODELS_VARIABLE, megabytes, missing, weight_folders

# What is looked for, and in this order; the last one is downloaded where neither is there.
PACKS = ("dev", "small")
# Seconds without an answer: a person waits at the terminal.
PATIENCE = 10.0
_BAR = 40


def weights(own: Path, say: Callable[[str], None]) -> tuple[Pack, Path]:
    """A pack and the one folder that holds all of it: `$STASH_FACE_MODELS`, the models shared
    beside the checkout, or `own`, into which a pack is fetched where no folder has one.

    DownloadError names the files and where to put them."""
    packs = [load_pack(name) for name in PACKS]
    chosen = os.environ.get(MODELS_VARIABLE)
    for number, folder in enumerate((*weight_folders(None), own)):
        for pack in packs:
            if not missing(pack, [folder]):
                return pack, folder.absolute()
        if chosen and number == 0:
            say(f"${MODELS_VARIABLE} ({chosen}) holds neither pack of {', '.join(PACKS)}.")
    _fetch(packs[-1], own, say)
    return packs[-1], own


def _fetch(pack: Pack, folder: Path, say: Callable[[str], None]) -> None:
    bar = _draw_bar if sys.stdout.isatty() else None
    try:
        fetch_pack(pack, folder, bar, announce=say, timeout=PATIENCE)
    except DownloadError as error:
        raise _by_hand(error, pack, folder) from error
    finally:
        if bar:
            print()


def _draw_bar(done: int, total: int) -> None:
    filled = _BAR * done // max(total, 1)
    bar = "#" * filled + "." * (_BAR - filled)
    print(f"\r  [{bar}] {megabytes(done)} of {megabytes(total)}", end="", flush=True)


def _by_hand(error: DownloadError, pack: Pack, folder: Path) -> DownloadError:
    """Without a network a person has to bring the files: then the sentence says which."""
    if error.code != OFFLINE:
        return error
    cause = error.__cause__ if isinstance(error.__cause__, DownloadError) else error
    files = " and ".join(f"{file.name} ({megabytes(file.size)})" for file in pack.files)
    archives = {file.archive.url: file.archive.size for file in pack.files if file.archive}
    where = ", ".join(f"{url} ({megabytes(size)})" for url, size in archives.items())
    return DownloadError(
        f"{cause.sentence.rstrip('.')}, or fetch {where} elsewhere and put it, or the files "
        f"{files} from it, into {folder}.",
        OFFLINE,
    )
