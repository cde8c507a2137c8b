"""The faces that the user confirmed, as a file for whoever makes the face database."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from ..errors import BadRequest
from ..facedb.contribution import GivenFace, is_universal_id, write_contribution
from ..facedb.installed import installed
from ..facedb.people import STASH_BOXES
from ..faces.packs import Pack, load_pack
from ..store.connection import FILE_NAME, Store
from ..store.references import CONFIRMED, Reference, Who, load_references
from .context import pack_of
from .told import vectors_of


def contribute(
    data_home: Path, target: Path, pack_name: str | None = None, hosts: Collection[str] = ()
) -> str:
    """Writes `target`, and says what is in it in a sentence. `hosts` are stash-boxes to name
    performers by beside the public ones; the pack is that of the face database in use unless
    named. BadRequest where there is nothing to write, or no place for it."""
    pack = load_pack(pack_name) if pack_name else pack_of(installed(data_home))
    path = data_home / FILE_NAME
    if not path.is_file():
        raise BadRequest(f"There is no store in {data_home}: name the plugin's data folder.")
    with Store(path) as store:
        held = [each for each in load_references(store, pack.name) if each.source == CONFIRMED]
    known = {*STASH_BOXES, *hosts}
    faces = list(_given(held, pack, known))
    if not faces:
        raise BadRequest(
            f"No face that was found with the models {pack.name!r} was confirmed of anybody with "
            f"an id at {', '.join(sorted(known))}: confirm some first."
        )
    written = write_contribution(target, pack, faces)
    people = len({face.performers for face in written})
    told = f"{target} has {len(written)} faces of {people} performers"
    if staying := len(held) - len(written):
        told += (
            f"; of those that you confirmed {staying} stay here (of performers without such an "
            "id, doubles, or too many of one)"
        )
    return f"{told}."


def _given(held: Collection[Reference], pack: Pack, hosts: Collection[str]) -> Iterator[GivenFace]:
    needed = {spec.key for spec in pack.embedders}
    for each in held:
        performers = tuple(sorted(_public(each.who, hosts)))
        if performers and needed <= set(each.embeddings):
            vectors = vectors_of(each)
            yield GivenFace(performers, each.quality, {key: vectors[key] for key in needed})


def _public(who: Who, hosts: Collection[str]) -> set[str]:
    """The performer's ids that mean the same to everybody."""
    names = {name.lower() for name in who.names}
    return {name for name in names if name.partition(":")[0] in hosts and is_universal_id(name)}
