"""Who one performer of the user is: by the ids and the picture they have, and by the face that
the items share which they are tagged on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import NotFound
from ..protocol.request import Request
from ..stash.entities import LocalPerformer
from ..stash.ids import item_id
from ..store.references import picture_versions
from ..store.suggestions import Item, Proposed, propose
from .context import Context
from .local_references import pictured_of, pictures_due, read_pictures
from .performer_faces import TaggedFaces, tagged_faces
from .performer_look import Look, PerformerLooker

KIND = "performer"


def identify_performer(request: Request) -> dict[str, Any]:
    """Proposed stash-box ids with their evidence, people who look alike, possible duplicates,
    and items that do not show the performer. Only faces that were scanned before count, and the
    performer's picture."""
    from ..stash.performers import performers

    performer_id = item_id(request.args.raw("performer_id"), "performer_id")
    with Context(request) as context:
        everyone = performers(context.client)
        performer = next((each for each in everyone if each.id == performer_id), None)
        if performer is None:
            raise NotFound(f"Performer {performer_id} is not in Stash (any more): reload the page.")
        refresh_pictures(context, everyone, only=performer_id)
        looker = open_looker(context, everyone)
        tagged = tagged_faces(context, performer_id)
        look = looker.look(performer, tagged)
        keep_proposals(context, None, performer, look)
        return _answer(context, performer, tagged, look)


def refresh_pictures(
    context: Context,
    everyone: list[LocalPerformer],
    only: str | None = None,
    go_on: Callable[[], bool] = lambda: True,
) -> None:
    """Reads pictures of performers that are new or changed: of one, or of all."""
    due = pictures_due(context, pictured_of(context, everyone))
    wanted = [each for each in due if only in (None, each.id)]
    if wanted:
        context.client.use_api_key()
        read_pictures(context, wanted, context.options.device, go_on)


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
        "reason": look.verdict.reason if look.verdict else _nothing(tagged, look),
        "proposals": [
            {
                "performer_id": each.who.performer_id,
                "name": each.who.name,
                "stash_ids": each.who.stash_ids,
                "new_stash_ids": each.evidence["new_stash_ids"],
                "decision": each.decision,
                "reason": each.reason,
                "confidence": each.confidence,
                "distance": each.distance,
                "sure": each.sure,
                "source": source,
                "faces": each.evidence.get("faces", []),
            }
            for source, found in look.proposals.items()
            for each in found
        ],
        "matches": look.matches,
        "duplicates": look.duplicates,
        "never_seen": [
            {"kind": item.partition(":")[0], "id": each.id, "title": each.title}
            for item in look.never_seen
            for each in [tagged.title(item)]
        ],
    }


def _nothing(tagged: TaggedFaces, look: Look) -> str:
    if not look.pictures and not tagged.faces:
        return (
            "There is no picture with a face, and nothing that was scanned shows the performer: "
            "give them a picture, or scan what they are tagged on."
        )
    return (
        "The items of the performer show no face more than others: give them a picture, or tag "
        "them on more items."
    )
