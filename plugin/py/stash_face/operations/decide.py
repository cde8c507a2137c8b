"""What the user says of a face: this is them, this is not them, or neither any more."""

from __future__ import annotations

from typing import Any

from ..errors import BadRequest, NotFound
from ..protocol.arguments import shown
from ..protocol.request import Request
from ..stash.library import image, item_id, local_performers
from ..stash.performers import performer
from ..store.images import Scan, StoredFace, load_scan
from ..store.references import (
    CONFIRM,
    REJECT,
    UNDO,
    Origin,
    Who,
    confirm,
    decisions,
    reject,
    take_back,
)
from .context import Context
from .identify_image import KIND

DECISIONS = (CONFIRM, REJECT, UNDO)
_MOST_FACES = 9_999


def decide(request: Request) -> dict[str, Any]:
    """Notes one decision about a face of an image; answers all that hold for the image. The
    next identify call heeds it."""
    kind, decision = request.args.text("kind"), request.args.text("decision")
    if kind != KIND:
        raise BadRequest(f"The argument kind must be {KIND}, not {shown(kind)}.")
    if decision not in DECISIONS:
        raise BadRequest(
            f"The argument decision must be one of {', '.join(DECISIONS)}, not {shown(decision)}."
        )
    image_id, named = item_id(request.args.raw("id")), _named(request)
    given = request.args.raw("face")
    face = None if given is None else request.args.whole(("face",), 0, 0, _MOST_FACES)
    with Context(request) as context:
        if decision == UNDO:
            take_back(context.store, KIND, image_id, face, _who_was(context, named))
        else:
            _note(context, image_id, decision, named, face)
        held = decisions(context.store, KIND, [image_id]).get(image_id, [])
        return {
            "kind": KIND,
            "id": image_id,
            "decisions": [
                {"performer_id": each.performer_id, "face": each.face, "decision": each.decision}
                for each in held
            ],
        }


def _note(context: Context, image_id: str, decision: str, named: str, ordinal: int | None) -> None:
    scan = _scan(context, image_id)
    if decision == REJECT:
        face = None if ordinal is None else _face(scan, image_id, ordinal)
        reject(context.store, KIND, image_id, ordinal, face, _who(context, named))
        return
    if ordinal is None and scan and len(scan.faces) > 1:
        raise BadRequest(
            f"Image {image_id} has {len(scan.faces)} faces: say which one with the argument face."
        )
    ordinal = ordinal or 0
    face = _face(scan, image_id, ordinal)
    who = _who(context, named, known=True)
    origin = Origin(scan.file_fingerprint if scan else "", context.pack.name)
    confirm(context.store, KIND, image_id, ordinal, face, who, origin)


def _scan(context: Context, image_id: str) -> Scan | None:
    """The image's faces, if they were found in the file that it has now."""
    item = image(context.client, image_id)
    scan = load_scan(context.store, image_id)
    state = (item.file.fingerprint() if item.file else "", context.pack.name)
    return scan if scan and (scan.file_fingerprint, scan.pack) == state else None


def _face(scan: Scan | None, image_id: str, ordinal: int) -> StoredFace:
    if scan is None or ordinal >= len(scan.faces):
        raise NotFound(
            f"Face {ordinal} of image {image_id} is not known: identify the image first."
        )
    return scan.faces[ordinal]


def _named(request: Request) -> str:
    given = request.args.raw("performer")
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    return request.args.text("performer")


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
