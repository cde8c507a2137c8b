"""What the user says of a face or of a suggestion: this is them, this is not them, neither any
more, not now, or nobody is to be proposed here."""

from __future__ import annotations

from typing import Any

from ..errors import BadRequest, NotFound
from ..protocol.arguments import shown
from ..protocol.request import Request
from ..stash.changes import tagged_items
from ..stash.ids import item_id
from ..stash.library import image, local_performers
from ..stash.performers import performer
from ..store.answers import load_answer
from ..store.ignored import heed_again, ignore
from ..store.references import (
    CONFIRM,
    IGNORE,
    REJECT,
    UNDO,
    Who,
    confirm,
    decisions,
    reject,
    take_back,
)
from ..store.suggestions import KINDS, Item
from .chosen import chosen_proposal
from .context import Context
from .decide_suggestions import (
    ACCEPT,
    LATER,
    choose,
    decide_suggestions,
    note_rejection,
    undo_choice,
)
from .identify_image import KIND as IMAGE
from .identify_scene import KIND as SCENE
from .meant_faces import meant_face, meant_person, same_person

DECISIONS = (ACCEPT, REJECT, LATER, IGNORE, CONFIRM, UNDO)
# Faces of scenes have the numbers of the store.
_LARGEST = 2**53


def decide(request: Request) -> dict[str, Any]:
    """One decision: about `suggestions`, or about an item and a performer; the next identify
    call heeds it."""
    decision = request.args.text("decision")
    if decision not in DECISIONS:
        raise BadRequest(
            f"The argument decision must be one of {', '.join(DECISIONS)}, not {shown(decision)}."
        )
    if request.args.raw("suggestions") is not None:
        return decide_suggestions(request, decision)
    kind = request.args.text("kind")
    kinds = (IMAGE, SCENE) if decision in (CONFIRM, IGNORE) else KINDS
    if kind not in kinds:
        known = ", ".join(kinds)
        raise BadRequest(f"The argument kind must be one of {known}, not {shown(kind)}.")
    wanted = item_id(request.args.raw("id"))
    given = request.args.raw("face")
    face = None if given is None else request.args.whole(("face",), 0, 0, _LARGEST)
    with Context(request) as context:
        decided, run = _decide(context, request, decision, Item(kind, wanted), face)
        held = decisions(context.store, kind, [wanted]).get(wanted, [])
        return {
            "kind": kind,
            "id": wanted,
            "decisions": [
                {
                    "performer_id": each.performer_id or None,
                    "face": each.face,
                    "decision": each.decision,
                }
                for each in held
            ],
            "decided": decided,
            "run": run,
        }


def _decide(
    context: Context, request: Request, decision: str, item: Item, face: int | None
) -> tuple[list[dict[str, Any]], str | None]:
    """What became of a suggestion, where the decision is about one, and the run."""
    store = context.store
    if decision == IGNORE:
        person = meant_person(context, item, face)
        faces = [(each.number, each.face.bbox, each.origin.still) for each in person]
        ignore(store, item.kind, item.id, faces)
        return [], None
    if decision == UNDO and request.args.raw("performer") is None:
        faces_of = None if face is None else same_person(store, item, face)
        heed_again(store, item.kind, item.id, faces_of)
        return [], None
    named = named_performer(request)
    if decision in (ACCEPT, LATER):
        who = named_who(context, named)
        proposal = chosen_proposal(load_answer(store, item.kind, item.id), who)
        item = item._replace(title=_title(context, item))
        return choose(request, context, decision, item, proposal)
    if decision == UNDO:
        was = _who_was(context, named)
        take_back(store, item.kind, item.id, face, was)
        return undo_choice(request, context, item, was) if face is None else ([], None)
    if decision == REJECT:
        _reject(context, item, named, face)
    else:
        _confirm(context, item, named, face)
    return [], None


def _title(context: Context, item: Item) -> str:
    if item.kind == "performer":
        return performer(context.client, item.id).name
    found = tagged_items(context.client, item.kind, [item.id])
    if item.id not in found:
        raise NotFound(f"{item.kind.capitalize()} {item.id} is not in Stash (any more).")
    return found[item.id].title


def _reject(context: Context, item: Item, named: str, number: int | None) -> None:
    who, face = _who(context, named), None
    if number is not None:
        if item.kind != IMAGE:
            raise BadRequest(
                f"The argument face is for images: a {item.kind} is rejected as a whole."
            )
        face = meant_face(context, item, number).face
    elif item.kind == IMAGE:
        image(context.client, item.id)
    reject(context.store, item.kind, item.id, number, face, who)
    note_rejection(context.store, item, who, number)


def _confirm(context: Context, item: Item, named: str, number: int | None) -> None:
    meant, who = meant_face(context, item, number), named_who(context, named)
    confirm(context.store, item.kind, item.id, meant.number, meant.face, who, meant.origin)
    heed_again(context.store, item.kind, item.id, same_person(context.store, item, meant.number))


def named_performer(request: Request) -> str:
    """The argument `performer`: a number of Stash, or a performer_id."""
    given = request.args.raw("performer")
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    return request.args.text("performer")


def named_who(context: Context, named: str) -> Who:
    """Who that is, in Stash or in the face database; NotFound."""
    return _who(context, named, known=True)


def _who(context: Context, named: str, known: bool = False) -> Who:
    """The performer by Stash's id, `local:` and that, or the `performer_id` of a match."""
    from .told import who_is

    number = named.removeprefix("local:")
    if number.isdecimal():
        return who_is(performer(context.client, number))
    found = local_performers(context.client, [named]).get(named)
    if found is not None:
        who = who_is(found)
        # As the face database has it, so that the rejection is found there.
        return who._replace(performer_id=named)
    return _in_database(context, named) if known else Who(named, named, {})


def _who_was(context: Context, named: str) -> Who:
    """The same, also for a performer who is gone from Stash."""
    try:
        return _who(context, named)
    except NotFound:
        number = named.removeprefix("local:")
        return Who(f"local:{number}", named, {}, number)


def _in_database(context: Context, named: str) -> Who:
    from ..facedb.people import People

    people = People(context.manifest.folder)
    key = people.key_of(named)
    if key is None:
        raise NotFound(
            f"There is no performer {shown(named)} in Stash or in the face database: reload the "
            "page."
        )
    person = people[key]
    stash_ids = {host: uuid for host, uuid in person.stash_ids.items() if uuid}
    return Who(person.performer_id, person.name, stash_ids)
