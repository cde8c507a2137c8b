"""An unknown person gets a name: the best faces become references, and every item they are seen
in a suggestion."""

from __future__ import annotations

from collections.abc import Collection

from ..errors import BadRequest
from ..protocol.request import Request
from ..stash.performers import performer
from ..store import unknown
from ..store.images import StoredFace, load_scan
from ..store.references import Origin, Who, confirm, take_back
from ..store.runs import REVIEW, begin_run, count, end_run
from ..store.scenes import load_scene_faces
from ..store.unknown import NAMED, Member, Person
from ..store.unknown_pages import SeenFace, seen_faces
from ..store.unnamed import IMAGE
from .apply import changing, create
from .context import Context
from .decide import named_performer, named_who
from .told import who_is
from .unknown_proposals import propose_people

# Enough to know somebody by; one of each item, the best ones.
REFERENCES = 10


def name_person(request: Request, context: Context, person: Person) -> int:
    """`performer`, or a new one with the `name`. Answers how many suggestions came."""
    from .recognition import Recognition
    from .told import told

    if person.state == NAMED:
        raise BadRequest(f"Unknown person {person.id} has a name: reopen them first.")
    store = context.store
    run = begin_run(store, REVIEW)
    who = _who(request, context, run)
    for face in _best(seen_faces(store, [person.id])):
        _confirm(context, face, who)
    unknown.set_person(store, person.id, NAMED, who)
    recognition = Recognition(
        context.manifest,
        context.pack,
        context.data_home,
        context.options,
        told(store, context.pack),
    )
    proposed = propose_people(context, run, [person.id], recognition.law)
    count(store, run, {"suggested": proposed.new})
    end_run(store, run)
    return proposed.new


def forget_name(context: Context, person: Person) -> None:
    """The references go, and with the next look at each item its suggestion."""
    if person.who is None:
        return
    for face in seen_faces(context.store, [person.id]):
        place = face.member.place
        take_back(context.store, place.kind, place.item_id, _number(face), person.who)
    unknown.set_person(context.store, person.id, unknown.OPEN)
    _withdraw(context, person)


def forget_performers(context: Context, performer_ids: Collection[str]) -> None:
    """These performers are not in Stash any more: whoever was named after them has no name."""
    for person in unknown.load_people(context.store).values():
        if person.state == NAMED and person.who and person.who.local_performer_id in performer_ids:
            forget_name(context, person)


def _withdraw(context: Context, person: Person) -> None:
    """The suggestions that followed from the name."""
    from .recognition import Recognition

    recognition = Recognition(context.manifest, context.pack, context.data_home, context.options)
    propose_people(context, None, [person.id], recognition.law)


def _who(request: Request, context: Context, run: int) -> Who:
    name = request.args.raw("name")
    if (name is None) == (request.args.raw("performer") is None):
        raise BadRequest("Give either performer, or the name of a new one.")
    if name is None:
        return named_who(context, named_performer(request))
    fields = {"name": request.args.text("name").strip()}
    if not fields["name"]:
        raise BadRequest("The argument name must not be empty.")
    with changing(context):
        created = create(context, run, None, fields)
    return who_is(performer(context.client, created))


def _best(faces: list[SeenFace]) -> list[SeenFace]:
    """The best face of each item, the best items first."""
    found: dict[tuple[str, str], SeenFace] = {}
    for face in faces:
        found.setdefault(face.member.place[:2], face)
    return list(found.values())[:REFERENCES]


def _confirm(context: Context, face: SeenFace, who: Who) -> None:
    place = face.member.place
    found = _stored(context, face.member, face.ordinal)
    if found is not None:
        confirm(context.store, place.kind, place.item_id, _number(face), found[0], who, found[1])


def _number(face: SeenFace) -> int:
    """Its place in an image; of a scene its number in the store."""
    return face.member.face_id if face.ordinal is None else face.ordinal


def _stored(
    context: Context, member: Member, ordinal: int | None
) -> tuple[StoredFace, Origin] | None:
    store, item_id, pack = context.store, member.place.item_id, context.pack.name
    if member.place.kind == IMAGE and ordinal is not None:
        scan = load_scan(store, item_id)
        if scan is None or ordinal >= len(scan.faces):
            return None
        return scan.faces[ordinal], Origin(scan.file_fingerprint, pack)
    seen = (each for each in load_scene_faces(store, item_id) if each.id == member.face_id)
    found = next(seen, None)
    return found and (found.face, Origin("", pack, (found.source, found.at)))
