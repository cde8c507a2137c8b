"""Why was nothing found in this item? Sentences from what is stored; nothing is looked at anew."""

from __future__ import annotations

from typing import Any

from ..errors import BadRequest, StashFaceError
from ..protocol.arguments import shown
from ..protocol.request import Request
from ..stash.ids import item_id
from ..stash.library import gallery, image
from ..store.answers import load_answer, load_progress
from .context import Context

KINDS = ("image", "gallery", "scene")
# Below this a recogniser makes little of a face.
_POOR = 0.35
_LISTED = 5


def why(request: Request, context: Context) -> dict[str, Any]:
    """`kind`, `id` and `sentences`, the likeliest reason first."""
    kind = request.args.text("kind")
    if kind not in KINDS:
        raise BadRequest(f"The argument kind must be one of {', '.join(KINDS)}, not {shown(kind)}.")
    number = item_id(request.args.raw("id"))
    return {"kind": kind, "id": number, "sentences": _sentences(kind, number, context)}


def _sentences(kind: str, number: str, context: Context) -> list[str]:
    try:
        if kind == "image":
            image(context.client, number)
        elif kind == "gallery":
            gallery(context.client, number)
        answer = load_answer(context.store, kind, number) if context.has_store else None
        progress = load_progress(context.store, kind, number) if context.has_store else None
    except StashFaceError as error:
        return [error.sentence]
    told = []
    if progress and progress.done < progress.total:
        told.append(
            f"Only {progress.done} of its {progress.total} pictures have been looked at: ask again "
            "to go on."
        )
    if answer is None:
        told.append(f"This {kind} has not been looked at yet: open it in Stash and press Identify.")
        return told
    return told + _unreadable(answer) + _found(kind, answer)


def _unreadable(answer: dict[str, Any]) -> list[str]:
    problems = answer.get("problems") or []
    if not problems:
        return []
    return [f"{len(problems)} pictures could not be read; their own answers say why."]


def _found(kind: str, answer: dict[str, Any]) -> list[str]:
    """Of the faces: how many there are, and for those without a name, why."""
    named = answer.get("performers") or answer.get("persons") or []
    faces = [*(answer.get("faces") or []), *named, *(answer.get("unknown") or [])]
    if not faces:
        return [
            f"No face was found in this {kind}: faces smaller than about 20 pixels, turned away or "
            "covered are not seen."
        ]
    told = []
    for number, face in enumerate(faces[:_LISTED], 1):
        name = face.get("name") or _best(face)
        decision = face.get("decision") or "unknown"
        quality = face.get("quality")
        poor = isinstance(quality, float) and quality < _POOR
        told.append(
            f"Face {number} ({decision}{f', nearest is {name}' if name else ''}): "
            f"{face.get('reason') or 'no reason is stored.'}"
            + (" It is small or blurred, so that little can be said of it." if poor else "")
        )
    if len(faces) > _LISTED:
        told.append(f"{len(faces) - _LISTED} more faces are stored with it.")
    return told


def _best(face: dict[str, Any]) -> str:
    for field in ("matches", "candidates"):
        for each in face.get(field) or []:
            return str(each.get("name") or "")
    return ""
