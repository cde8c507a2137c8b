"""Unknown people of the whole library: listed, named once, merged, split and ignored."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ..errors import BadRequest, NotFound
from ..protocol.arguments import shown
from ..protocol.request import Request
from ..store import unknown
from ..store.connection import Store
from ..store.unknown import IGNORED, MERGED, NAMED, OPEN, Person
from ..store.unknown_pages import Seen, count_people, seen_faces, seen_people
from ..store.unnamed import IMAGE, SCENE
from .context import Context
from .matches import jpeg_uri
from .suggestions import face_picture

ACTIONS = ("list", "refresh", "name", "merge", "split", "ignore", "reopen")
_STATES = (OPEN, NAMED, IGNORED)
# Faces shown of each person, and of one who is asked for alone.
_FACES, _ALL_FACES = 6, 500
_MOST = 2**62
_GUESSED = ("performer_id", "name", "confidence", "reason", "reason_code", "reason_values")


def unknown_people(request: Request) -> dict[str, Any]:
    """Does the `action`, and answers the people it is about; `list` a page of them."""
    action = request.args.text("action", "list")
    if action not in ACTIONS:
        raise BadRequest(
            f"The argument action must be one of {', '.join(ACTIONS)}, not {shown(action)}."
        )
    with Context(request) as context:
        if action == "list":
            return _list(request, context)
        if action == "refresh":
            return _refresh(request, context)
        return _change(request, context, action)


def _list(request: Request, context: Context) -> dict[str, Any]:
    args, store = request.args, context.store
    if args.raw("person") is not None:
        person = _person(request, store, "person")
        return _answer(store, [_seen(store, person.id)], faces=_ALL_FACES)
    state = args.text("state", OPEN)
    if state not in _STATES:
        raise BadRequest(
            f"The argument state must be one of {', '.join(_STATES)}, not {shown(state)}."
        )
    least, limit = args.whole(("min_items",), 2, 1, 1000), args.whole(("limit",), 20, 1, 100)
    after = _place(args.raw("cursor"))
    found = seen_people(store, state, least, limit, after)
    cursor = f"{found[-1].items} {found[-1].person_id}" if len(found) == limit else None
    total = None if after else count_people(store, state, least)
    return _answer(store, found, cursor=cursor, total=total)


def _refresh(request: Request, context: Context) -> dict[str, Any]:
    """In slices: portions of faces are grouped until `budget_s` is over."""
    from .unknown_grouping import group_unknown_people

    end = time.monotonic() + request.args.number("budget_s", 15.0, 0.0, 3600.0)
    grouped = group_unknown_people(context, end)
    if grouped is None:
        return _answer(context.store, [], done=False, left=1)
    return _answer(
        context.store,
        [],
        done=not grouped.left,
        left=grouped.left,
        suggested=grouped.proposed.new,
    )


def _change(request: Request, context: Context, action: str) -> dict[str, Any]:
    store, person = context.store, _person(request, context.store, "person")
    if action == "name":
        from .unknown_naming import name_person

        suggested = name_person(request, context, person)
        return _answer(store, [_seen(store, person.id)], suggested=suggested)
    if action == "merge":
        into = _person(request, store, "into")
        if into.id == person.id:
            raise BadRequest("The arguments person and into must be two people.")
        if NAMED in (person.state, into.state) and person.who != into.who:
            raise BadRequest("One of the two has a name: reopen them first, or name the other.")
        unknown.merge_people(store, person.id, into.id, by_user=True)
        return _answer(store, [_seen(store, into.id)])
    if action == "split":
        number = _split(request, store, person)
        return _answer(store, [_seen(store, person.id), _seen(store, number)])
    if action == "reopen" and person.who is not None:
        from .unknown_naming import forget_name

        forget_name(context, person)
    unknown.set_person(store, person.id, IGNORED if action == "ignore" else OPEN)
    return _answer(store, [_seen(store, person.id)])


def _split(request: Request, store: Store, person: Person) -> int:
    """The number of whom the faces belong to now: a new one, or one who was merged before."""
    faces = _faces(request)
    if request.args.raw("into") is None:
        return unknown.split_person(store, person.id, faces)
    number = request.args.whole(("into",), 0, 0, _MOST)
    merged = unknown.load_people(store, [number]).get(number)
    if merged is None or merged.merged_into != person.id:
        raise BadRequest(f"Unknown person {number} was not merged into {person.id}.")
    unknown.part_again(store, person.id, number, faces)
    return number


def _person(request: Request, store: Store, name: str) -> Person:
    """Whoever the number stands for by now."""
    number = request.args.whole((name,), 0, 0, _MOST)
    if not number:
        raise BadRequest(f"The argument {name} is missing: the number of an unknown person.")
    found = unknown.load_people(store, [number]).get(number)
    if found is not None and found.state == MERGED and found.merged_into is not None:
        found = unknown.load_people(store, [found.merged_into]).get(found.merged_into)
    if found is None:
        raise NotFound(f"There is no unknown person {number} (any more): reload the page.")
    return found


def _faces(request: Request) -> list[tuple[str, int]]:
    given = request.args.raw("faces")
    texts = given.split(",") if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts:
        raise BadRequest("The argument faces must be a list of faces, as they were answered.")
    found = []
    for text in texts:
        kind, _, number = str(text).strip().partition(":")
        if kind not in (IMAGE, SCENE) or not (number.isascii() and number.isdecimal()):
            raise BadRequest(f"The argument faces holds {shown(text)}, which is no face.")
        found.append((kind, int(number)))
    return found


def _place(cursor: Any) -> tuple[int, int] | None:
    if cursor is None:
        return None
    items, _, person = str(cursor).partition(" ")
    if not (items.isdecimal() and person.isdecimal()):
        raise BadRequest("The argument cursor must be one that was answered before.")
    return int(items), int(person)


def _seen(store: Store, person_id: int) -> Seen:
    faces = seen_faces(store, [person_id])
    scenes = {f.member.place.item_id for f in faces if f.member.place.kind != IMAGE}
    images = {f.member.place.item_id for f in faces if f.member.place.kind == IMAGE
              and f.gallery_id is None}  # fmt: skip
    galleries = {f.gallery_id for f in faces if f.gallery_id is not None}
    return Seen(person_id, len(scenes), len(galleries), len(images), len(faces))


def _answer(
    store: Store,
    people: Sequence[Seen],
    *,
    faces: int = _FACES,
    cursor: str | None = None,
    total: int | None = None,
    done: bool = True,
    left: int = 0,
    suggested: int = 0,
) -> dict[str, Any]:
    known = unknown.load_people(store, [each.person_id for each in people])
    pictures: dict[int, list[dict[str, Any]]] = {}
    for face in seen_faces(store, known, faces):
        member, place = face.member, face.member.place
        where: dict[str, Any] = {"image_id": place.item_id, "face": face.ordinal}
        if place.kind != IMAGE:
            where = {"scene_id": place.item_id, "face": member.face_id, "at": face.at}
        entry = {
            "key": f"{place.kind}:{member.face_id}",
            **where,
            "bbox": dict(zip("xywh", face.corners, strict=True)),
            "quality": member.quality,
            "face_thumbnail": jpeg_uri(face_picture(store, where)),
        }
        pictures.setdefault(member.person_id, []).append(entry)
    return {
        "people": [
            _entry(known[each.person_id], each, pictures.get(each.person_id, [])) for each in people
        ],
        "total": total,
        "cursor": cursor,
        "done": done,
        "left": left,
        "suggested": suggested,
    }


def _entry(person: Person, seen: Seen, faces: list[dict[str, Any]]) -> dict[str, Any]:
    guess, who = person.guess, person.who
    return {
        "person": str(person.id),
        "state": person.state,
        "items": seen.items,
        "scenes": seen.scenes,
        "galleries": seen.galleries,
        "images": seen.images,
        "faces_total": seen.faces,
        "performer_id": who.performer_id if who else None,
        "name": who.name if who else None,
        "local_performer_id": who.local_performer_id if who else None,
        "guess": guess and {key: guess[key] for key in _GUESSED if key in guess},
        "faces": faces,
    }
