"""What is on offer: a note beside each archive, and the `index.json` of them all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stash_face import __version__
from stash_face.errors import BadRequest
from stash_face.facedb.catalogue import FORMAT, INDEX
from stash_face.facedb.manifest import Manifest

RELEASE, DELTA = ".release.json", ".delta.json"


def note_release(folder: Path, manifest: Manifest, archive: dict[str, Any]) -> None:
    """The entry of a whole database."""
    told = {
        "version": manifest.version,
        "created_at": manifest.created_at,
        "pack": manifest.pack,
        "min_plugin_version": __version__,
        "performer_count": manifest.performer_count,
        "face_count": manifest.face_count,
        "archive": archive,
    }
    _write(folder / f"{archive['name']}{RELEASE}", told)


def note_delta(folder: Path, old: Manifest, new: Manifest, archive: dict[str, Any]) -> None:
    """The entry of what has changed from `old` to `new`."""
    told = {"version": new.version, "from": old.version, "archive": archive}
    _write(folder / f"{archive['name']}{DELTA}", told)


def write_index(folder: Path, base: str = "") -> dict[str, Any]:
    """index.json of all that is noted in `folder`, addresses after `base`; BadRequest where
    nothing is, or an archive that is noted has gone."""
    releases = [_read(path) for path in sorted(folder.glob(f"*{RELEASE}"))]
    if not releases:
        raise BadRequest(
            f"There is no package in {folder}: make one with 'builder package DATABASE --output "
            f"{folder}' first."
        )
    deltas = [_read(path) for path in sorted(folder.glob(f"*{DELTA}"))]
    for each in (*releases, *deltas):
        for part in each["archive"]["parts"]:
            path = folder / part["url"]
            if not path.is_file() or path.stat().st_size != part["size"]:
                raise BadRequest(f"{path} is not as it was packed: package its database again.")
            part["url"] = base + part["url"]
    for release in releases:
        release["deltas"] = [
            {"from": delta["from"], "archive": delta["archive"]}
            for delta in deltas
            if delta["version"] == release["version"]
        ]
    releases.sort(key=lambda release: (release["created_at"], release["version"]))
    index = {"format": FORMAT, "databases": releases}
    _write(folder / INDEX, index)
    return index


def _read(path: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return told
    except ValueError as error:
        raise BadRequest(f"{path} is broken ({error}): package its database again.") from None


def _write(path: Path, told: dict[str, Any]) -> None:
    new = path.with_name(f".{path.name}.new")
    new.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(path)
