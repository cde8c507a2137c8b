"""A page of suggestions with their evidence, and the runs that brought them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import BadRequest
from ..protocol.arguments import Arguments, shown
from ..protocol.request import Request
from ..stash.ids import item_id
from ..store.connection import Store
from ..store.images import load_thumbnail
from ..store.runs import load_runs
from ..store.scenes import load_scene_thumbnail
from ..store.suggestion_pages import (
    ITEM,
    PERSON,
    Group,
    Place,
    Wanted,
    groups,
    page,
    tallies,
    total,
    wake,
)
from ..store.suggestions import KINDS, OPEN, STATES, Suggestion
from .context import Context
from .matches import jpeg_uri

ALL = "all"
SUGGESTION = "suggestion"
# Faces of each suggestion at the most, and suggestions of each group, that come with a page.
_FACES, _OF_A_GROUP = 4, 8
_SHOWN = ("image_id", "scene_id", "face", "at", "bbox", "distance", "confidence")
_MOST = 2**62


def suggestions(request: Request) -> dict[str, Any]:
    """One page of what fits the filters, the surest first; `cursor` leads to the next."""
    args = request.args
    by = _one_of(args, "by", (SUGGESTION, ITEM, PERSON), SUGGESTION)
    wanted, limit = _wanted(args), args.whole(("limit",), 50, 1, 200)
    faces = args.whole(("faces",), _FACES, 0, _FACES)
    after = _place(args.raw("cursor"), by)
    with Context(request) as context:
        store = context.store
        wake(store)
        answer: dict[str, Any] = {"by": by, "suggestions": [], "groups": []}
        last: Place | None = None
        if by == SUGGESTION:
            found = page(store, wanted, limit, after)
            answer["suggestions"] = [suggestion_entry(store, each, faces) for each in found]
            if len(found) == limit:
                last = Place(found[-1].proposal.confidence, str(found[-1].id))
        else:
            grouped = groups(store, wanted, by, limit, after)
            answer["groups"] = [_group(store, wanted, by, each, faces) for each in grouped]
            if len(grouped) == limit:
                last = grouped[-1].place
        answer["cursor"] = last and f"{last.confidence!r} {last.key}"
        answer["total"] = None if after else total(store, wanted, by if by != SUGGESTION else None)
        answer["counts"] = tallies(store)
        return answer


def runs(request: Request) -> dict[str, Any]:
    """The newest runs, or those before the run `before`."""
    before = request.args.raw("before")
    number = None if before is None else request.args.whole(("before",), 1, 1, _MOST)
    limit = request.args.whole(("limit",), 20, 1, 200)
    with Context(request) as context:
        found = load_runs(context.store, number, limit)
    return {
        "runs": [
            {
                "run": str(run.id),
                "task": run.task,
                "state": run.state,
                "counts": run.counts,
                "told": run.told,
                "started_at": run.started_at,
                "ended_at": run.ended_at,
                "suggested": run.suggested,
                "changed": run.changed,
            }
            for run in found
        ]
    }


def _wanted(args: Arguments) -> Wanted:
    state = _one_of(args, "state", (*STATES, ALL), OPEN)
    kind = _one_of(args, "kind", (*KINDS, ALL), ALL)
    run = None if args.raw("run") is None else args.whole(("run",), 1, 1, _MOST)
    given = args.raw("id")
    performer = args.raw("performer")
    source = args.raw("source")
    return Wanted(
        None if state == ALL else state,
        None if kind == ALL else kind,
        None if given is None else item_id(given),
        None if performer is None else args.text("performer"),
        None if source is None else args.text("source"),
        run,
        args.number("min_confidence", 0.0, 0.0, 1.0),
        args.number("max_confidence", 1.0, 0.0, 1.0),
        args.text("text", ""),
        None if args.raw("suggestion") is None else args.whole(("suggestion",), 1, 1, _MOST),
    )


def _one_of(args: Arguments, name: str, known: tuple[str, ...], default: str) -> str:
    value = args.text(name, default)
    if value not in known:
        raise BadRequest(
            f"The argument {name} must be one of {', '.join(known)}, not {shown(value)}."
        )
    return value


def _place(cursor: Any, by: str) -> Place | None:
    if cursor is None:
        return None
    confidence, _, key = str(cursor).partition(" ")
    try:
        return Place(float(confidence), key if by == PERSON else str(int(key)))
    except ValueError:
        raise BadRequest("The argument cursor must be one that was answered before.") from None


def _group(store: Store, wanted: Wanted, by: str, group: Group, faces: int) -> dict[str, Any]:
    """An item or a person, with the surest suggestions of it."""
    kind, _, number = group.key.partition(":")
    if by == ITEM:
        inside = wanted._replace(kind=kind, item_id=number)
    else:
        inside = wanted._replace(performer_id=group.key)
    members = page(store, inside, _OF_A_GROUP)
    return {
        "kind": kind if by == ITEM else None,
        "id": number if by == ITEM else None,
        "performer_id": group.key if by == PERSON else None,
        "title": group.title,
        "confidence": group.confidence,
        "count": group.size,
        "suggestions": [suggestion_entry(store, each, faces) for each in members],
    }


def suggestion_entry(store: Store, suggestion: Suggestion, shown_faces: int) -> dict[str, Any]:
    proposal, item = suggestion.proposal, suggestion.item
    who, evidence = proposal.who, dict(proposal.evidence)
    faces = evidence.pop("faces", [])
    told: dict[str, Any] = {
        key: evidence.pop(key) for key in ("reason_code", "reason_values") if key in evidence
    }
    return {
        "suggestion": str(suggestion.id),
        "kind": item.kind,
        "id": item.id,
        "title": item.title,
        "performer_id": who.performer_id,
        "stash_ids": who.stash_ids,
        "name": who.name,
        "local_performer_id": who.local_performer_id,
        "decision": proposal.decision,
        "reason": proposal.reason,
        **told,
        "confidence": proposal.confidence,
        "distance": proposal.distance,
        "margin": proposal.margin,
        "sure": proposal.sure,
        "source": suggestion.source,
        "state": suggestion.state,
        "run": None if suggestion.run_id is None else str(suggestion.run_id),
        "faces": [_face(store, each) for each in faces[:shown_faces]],
        "evidence": evidence,
        "created_at": suggestion.created_at,
        "updated_at": suggestion.updated_at,
    }


def _face(store: Store, face: Mapping[str, Any]) -> dict[str, Any]:
    if "face_id" in face:  # of a scene: its number in the store
        face = {**face, "face": face["face_id"]}
    known = {key: face[key] for key in _SHOWN if face.get(key) is not None}
    return {**known, "face_thumbnail": jpeg_uri(face_picture(store, face))}


def face_picture(store: Store, face: Mapping[str, Any]) -> bytes:
    """The JPEG of a face that is named by its image and its place there, or by its number in
    a scene; empty where it is gone. Pictures are looked up when they are shown, not kept twice."""
    if "face" not in face:
        return b""
    if "image_id" in face:
        return load_thumbnail(store, face["image_id"], face["face"])
    return load_scene_thumbnail(store, face["face"])
