"""Who one performer of the user is: by the ids and the picture they have, and by the face that
the items share which they are tagged on. In slices: the picture first, then the rest."""

from __future__ import annotations

import time
from typing import Any

from ..errors import NotFound
from ..identify.types import Reason, code_of
from ..protocol.request import Request
from ..stash.entities import LocalPerformer
from ..stash.ids import item_id
from ..store.references import picture_versions
from ..store.suggestions import Item, Proposal, Proposed, propose
from .alone import alone
from .context import Context
from .local_references import pictured_of, pictures_due, read_pictures
from .models_turn import ModelsBusyError
from .performer_faces import TaggedFaces, tagged_faces
from .performer_look import Look, PerformerLooker

KIND = "performer"


def identify_performer(request: Request) -> dict[str, Any]:
    """Proposed stash-box ids with their evidence, people who look alike, possible duplicates,
    and items that do not show the performer. Only faces that were scanned before count, and the
    performer's picture."""
    from ..stash.performers import performers

    start = time.monotonic()
    performer_id = item_id(request.args.raw("performer_id"), "performer_id")
    end = start + request.args.number("budget_s", 15.0, 0.0, 3600.0)
    with Context(request) as context:
        everyone = performers(context.client)
        performer = next((each for each in everyone if each.id == performer_id), None)
        if performer is None:
            raise NotFound(f"Performer {performer_id} is not in Stash (any more): reload the page.")
        with alone(context, KIND, performer_id, end) as ours:
            if not ours or not _know_picture(context, everyone, performer_id, end):
                return _unfinished(performer)
            looker = open_looker(context, everyone)
            tagged = tagged_faces(context, performer_id)
            look = looker.look(performer, tagged)
            keep_proposals(context, None, performer, look)
            return _answer(context, performer, tagged, look)


def _know_picture(
    context: Context, everyone: list[LocalPerformer], performer_id: str, end: float
) -> bool:
    """Reads the performer's picture where it is new or changed; False where that took all the
    time, or where others have the models."""
    due = [
        each
        for each in pictures_due(context, pictured_of(context, everyone))
        if each.id == performer_id
    ]
    if not due:
        return True
    context.client.use_api_key()
    context.models.until = end
    try:
        read_pictures(context, due, lambda: True)
    except ModelsBusyError:
        return False
    context.let_engine_go()
    return time.monotonic() < end


def refresh_pictures(context: Context, everyone: list[LocalPerformer]) -> None:
    """Reads the pictures of all performers that are new or changed."""
    due = pictures_due(context, pictured_of(context, everyone))
    if due:
        context.client.use_api_key()
        read_pictures(context, due, lambda: True)


def open_looker(context: Context, everyone: list[LocalPerformer]) -> PerformerLooker:
    from .recognition import Recognition
    from .told import told

    known = told(context.store, context.pack)
    recognition = Recognition(
        context.manifest, context.pack, context.data_home, context.options, known
    )
    return PerformerLooker(recognition, known.references, everyone)


def keep_proposals(
    context: Context, run_id: int | None, performer: LocalPerformer, look: Look
) -> list[Proposed]:
    """Makes them the performer's suggestions."""
    item = Item(KIND, performer.id, performer.name)
    return [
        propose(context.store, run_id, item, found, source)
        for source, found in look.proposals.items()
    ]


def _answer(
    context: Context, performer: LocalPerformer, tagged: TaggedFaces, look: Look
) -> dict[str, Any]:
    from .matches import mark_local

    looked_at = picture_versions(context.store, context.pack.name).get(performer.id)
    mark_local(context.client, look.matches, set())
    return {
        "performer_id": performer.id,
        "name": performer.name,
        "pictures": look.pictures,
        "picture_problem": looked_at[1] if looked_at else None,
        "tagged": {kind: len(items) for kind, items in tagged.items.items()},
        "scanned": tagged.scanned,
        "seen_in": look.shared.items,
        "decision": look.verdict.answer if look.verdict else None,
        **(look.verdict.reason if look.verdict else _nothing(tagged, look)).entry,
        "proposals": [
            _proposed(each, source) for source, found in look.proposals.items() for each in found
        ],
        "matches": look.matches,
        "duplicates": look.duplicates,
        "never_seen": [
            {"kind": item.partition(":")[0], "id": each.id, "title": each.title}
            for item in look.never_seen
            for each in [tagged.title(item)]
        ],
        "done": True,
        "cursor": None,
    }


def _proposed(each: Proposal, source: str) -> dict[str, Any]:
    return {
        "performer_id": each.who.performer_id,
        "name": each.who.name,
        "stash_ids": each.who.stash_ids,
        "new_stash_ids": each.evidence["new_stash_ids"],
        "decision": each.decision,
        "reason": each.reason,
        **code_of(each.evidence),
        "confidence": each.confidence,
        "distance": each.distance,
        "sure": each.sure,
        "source": source,
        "faces": each.evidence.get("faces", []),
    }


def _unfinished(performer: LocalPerformer) -> dict[str, Any]:
    return {
        "performer_id": performer.id,
        "name": performer.name,
        "pictures": 0,
        "picture_problem": None,
        "tagged": {"image": 0, "gallery": 0, "scene": 0},
        "scanned": 0,
        "seen_in": 0,
        "decision": None,
        "reason": "The performer's picture was to be looked at first: ask again.",
        "proposals": [],
        "matches": [],
        "duplicates": [],
        "never_seen": [],
        "done": False,
        "cursor": "0",
    }


def _nothing(tagged: TaggedFaces, look: Look) -> Reason:
    if not look.pictures and not tagged.faces:
        return Reason(
            "There is no picture with a face, and nothing that was scanned shows the performer: "
            "give them a picture, or scan what they are tagged on.",
            "no_picture",
        )
    return Reason(
        "The items of the performer show no face more than others: give them a picture, or tag "
        "them on more items.",
        "no_face_more",
    )
