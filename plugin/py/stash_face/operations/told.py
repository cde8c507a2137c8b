"""What the user told, for the recognition: faces of their own, and who somebody is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..facedb.local import JoinedDatabase, LocalReference
from ..facedb.people import universal_id
from ..facedb.types import Person
from ..faces.packs import Pack
from ..faces.types import Vector
from ..stash.entities import LocalPerformer
from ..stash.library import comparable_ids
from ..store.connection import Store
from ..store.ignored import Still
from ..store.images import StoredFace
from ..store.references import (
    IGNORE,
    REJECT,
    Decision,
    Reference,
    Who,
    decisions,
    load_references,
)
from ..store.scenes import SceneFace


class _Everyone(frozenset[str]):
    """Whoever is looked for is in it."""

    def __contains__(self, key: object) -> bool:
        return True


# Not empty, so that it equals no set of people.
_EVERYONE = _Everyone(["*"])


class Told(NamedTuple):
    """Local references, and decisions by the id of the item."""

    references: Sequence[LocalReference] = ()
    decisions: Mapping[str, Sequence[Decision]] = {}

    def rejected(self, image_id: str, face: StoredFace, database: JoinedDatabase) -> frozenset[str]:
        """The keys of those whom this face of the image is not: everyone, where it is ignored."""
        about = [each for each in self.decisions.get(image_id, ()) if _is_about(each, face)]
        if any(each.decision == IGNORE for each in about):
            return _EVERYONE
        return _keys(about, database)

    def rejected_in(self, item_id: str, database: JoinedDatabase) -> frozenset[str]:
        """The keys of those who are not in the item at all."""
        whole = [each for each in self.decisions.get(item_id, ()) if each.face is None]
        return _keys(whole, database)

    def in_still(self, scene_id: str, still: Still) -> Told:
        """With what was decided about the whole scene, and about faces of this still alone."""
        held = [e for e in self.decisions.get(scene_id, ()) if e.still in (None, still)]
        return self._replace(decisions={scene_id: held})

    def ignored_in(self, scene_id: str, faces: Sequence[SceneFace]) -> set[int]:
        """The places in `faces` of those that the user wants to be left alone."""
        held = [each for each in self.decisions.get(scene_id, ()) if each.decision == IGNORE]
        return {
            place
            for place, seen in enumerate(faces)
            if any(
                each.still == (seen.source, seen.at) and _is_about(each, seen.face) for each in held
            )
        }


def told(store: Store, pack: Pack, kind: str = "image", item_ids: Sequence[str] = ()) -> Told:
    """All references made with the models of `pack`, and what was decided about the items."""
    needed = {spec.key for spec in pack.embedders}
    references = [
        _reference(each)
        for each in load_references(store, pack.name)
        if needed <= set(each.embeddings)
    ]
    return Told(references, decisions(store, kind, item_ids))


def who_is(performer: LocalPerformer) -> Who:
    """The user's own performer by the ids that the face database may know."""
    pairs = (each.partition(":") for each in sorted(comparable_ids(performer)))
    stash_ids = {host: stash_id for host, _, stash_id in pairs}
    universal = universal_id(dict(stash_ids))
    return Who(universal or f"local:{performer.id}", performer.name, stash_ids, performer.id)


def vectors_of(stored: Reference) -> dict[str, Vector]:
    """Its vectors (D,) float32 by embedder."""
    return {
        key: np.frombuffer(data, "<f2").astype(np.float32)
        for key, data in stored.embeddings.items()
    }


def _reference(stored: Reference) -> LocalReference:
    who = stored.who
    person = Person(who.performer_id, who.performer_id, who.name, dict(who.stash_ids))
    return LocalReference(person, who.local_performer_id, vectors_of(stored))


def _keys(decisions: Sequence[Decision], database: JoinedDatabase) -> frozenset[str]:
    """Of those who were rejected."""
    names = {name for each in decisions if each.decision == REJECT for name in each.names}
    keys = (database.key_of(name) for name in names)
    return frozenset(key for key in keys if key is not None)


def _is_about(decision: Decision, face: StoredFace) -> bool:
    """Faces are found again by their place, as another scan may number them otherwise."""
    if decision.middle is None:
        return True
    (x, y), (left, top, width, height) = decision.middle, face.bbox
    return left <= x <= left + width and top <= y <= top + height
