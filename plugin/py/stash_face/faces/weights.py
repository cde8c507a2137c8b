"""Where weight files lie, and whether they are the right ones: sha256 once, then size and a
stamp. Standard library only; fetches nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..errors import WeightsError, run_set_up_first
from .packs import Pack, WeightFile

MODELS_VARIABLE = "STASH_FACE_MODELS"


def weight_folders(data_home: Path | None) -> list[Path]:
    """The folders to look in, in this order: `$STASH_FACE_MODELS`, `<data home>/models`, and for
    a source checkout the models shared beside it."""
    folders = []
    chosen = os.environ.get(MODELS_VARIABLE)
    if chosen:
        folders.append(Path(chosen).expanduser())
    if data_home is not None:
        folders.append(data_home / "models")
    checkout = Path(__file__).resolve().parents[4]
    shared = checkout.parent / "shared" / "models"
    if (checkout / "plugin").is_dir() and (checkout / "builder").is_dir() and shared.is_dir():
        folders.append(shared)
    return folders


def find(file: WeightFile, folders: Sequence[Path]) -> Path:
    """The verified file. Raises WeightsError where it is missing, cut off or another one; a
    wrong copy does not hide a right one in a later folder."""
    return _find_all([file], folders)[file.name]


def require(pack: Pack, folders: Sequence[Path]) -> dict[str, Path]:
    """File name to verified path for a whole pack. One WeightsError names all that is amiss."""
    return _find_all(pack.files, folders)


def missing(pack: Pack, folders: Sequence[Path]) -> list[WeightFile]:
    """The files of a pack of which no folder holds a right copy."""
    wanted = []
    for file in pack.files:
        try:
            find(file, folders)
        except WeightsError:
            wanted.append(file)
    return wanted


def missing_sentence(files: Sequence[WeightFile], folder: Path) -> str:
    """Names every file with its size and address, and the folder to put them in."""
    named = [f"{file.name} ({megabytes(file.size)}, {_origin(file)})" for file in files]
    them = "them" if len(named) > 1 else "it"
    return f"Model weights are missing: {', '.join(named)}; put {them} into {folder}."


def check(path: Path, file: WeightFile, stamp_folders: Sequence[Path] = ()) -> str | None:
    """What is wrong with the file at `path` ("has 3 of 10 bytes"), or None where it is right.

    Reads the content only where no stamp vouches for this size and time of change. The stamp is
    left beside the file or, where that cannot be written, in `stamps/` of a stamp folder.
    OSError where the file cannot be read."""
    state = path.stat()
    if state.st_size != file.size:
        return f"has {state.st_size:,} of {file.size:,} bytes"
    stamp = {"size": state.st_size, "mtime_ns": state.st_mtime_ns, "sha256": file.sha256}
    places = _stamp_places(path, stamp_folders)
    if any(_read_stamp(place) == stamp for place in places):
        return None
    found = sha256_of(path)
    if found != file.sha256:
        return f"has other content (sha256 {found[:12]}… where {file.sha256[:12]}… is expected)"
    for place in places:
        if _write_stamp(place, stamp):
            break
    return None


def sha256_of(path: Path) -> str:
    """The sha256 of a file's content, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def megabytes(size: int) -> str:
    """Bytes as people read them: "16.9 MB"."""
    return f"{size / 1e6:,.1f} MB"


def _find_all(files: Sequence[WeightFile], folders: Sequence[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    wrong: list[str] = []
    absent: list[WeightFile] = []
    for file in files:
        complaint = None
        for folder in folders:
            problem = _problem(folder / file.name, file, folders)
            if problem is None:
                found[file.name] = folder / file.name
                break
            complaint = complaint or problem
        else:
            if complaint:
                wrong.append(complaint)
            else:
                absent.append(file)
    if wrong or absent:
        if absent:
            home = folders[0] if folders else Path(f"the folder that {MODELS_VARIABLE} names")
            sentence = missing_sentence(absent, home).rstrip(".")
            if not wrong and all(map(_fetchable, absent)):
                raise WeightsError(run_set_up_first(_inside(sentence)))
            wrong.append(_inside(sentence) if wrong else sentence)
        raise WeightsError("; ".join(wrong) + ".")
    return found


def _inside(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _problem(path: Path, file: WeightFile, folders: Sequence[Path]) -> str | None:
    """None: right. Empty: not there. Else the sentence about a wrong copy, without its stop."""
    others = [folder for folder in folders if folder != path.parent]
    try:
        problem = check(path, file, others)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        return f"The weights file {path} cannot be read ({error.strerror}): check its permissions"
    if problem is None:
        return None
    mend = "delete that file and run Set up, or " if _fetchable(file) else ""
    return (
        f"The weights file {file.name} in {path.parent} {problem}: {mend}put the right one "
        f"({_origin(file)}) into {path.parent}"
    )


def _fetchable(file: WeightFile) -> bool:
    return bool(file.url or file.archive)


def _origin(file: WeightFile) -> str:
    if file.archive:
        return f"inside {file.archive.url}, {megabytes(file.archive.size)}"
    if file.url:
        return f"from {file.url}"
    if file.page:
        return f"look for it at {file.page}"
    return f"part of the development data: set {MODELS_VARIABLE} to the folder that holds it"


def _stamp_places(path: Path, stamp_folders: Sequence[Path]) -> list[Path]:
    # Equal names in several folders must not share a stamp.
    ident = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:12]
    there_first = sorted(stamp_folders, key=lambda folder: not folder.is_dir())
    elsewhere = [folder / "stamps" / f"{path.name}-{ident}.ok.json" for folder in there_first]
    return [path.with_name(f"{path.name}.ok.json"), *elsewhere]


def _read_stamp(place: Path) -> object:
    try:
        return json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write_stamp(place: Path, stamp: dict[str, object]) -> bool:
    temporary = None
    try:
        if place.parent.name == "stamps":
            place.parent.parent.mkdir(exist_ok=True)
            place.parent.mkdir(exist_ok=True)
        if not place.parent.stat().st_mode & 0o222:
            # Root could, but a folder marked read-only is to stay as it is.
            return False
        handle, temporary = tempfile.mkstemp(prefix=".stamp-", dir=place.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(stamp, stream)
        os.chmod(temporary, 0o644)
        os.replace(temporary, place)
    except OSError:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        return False
    return True
