"""What is stored about an item, and how far its scan is: no model is loaded."""

from __future__ import annotations

from typing import Any

from ..errors import BadRequest, DatabaseError
from ..protocol.arguments import shown
from ..protocol.request import Request
from ..stash.ids import item_id
from ..stash.library import gallery, image, scene
from ..store.answers import is_outdated, load_answer, load_progress
from .context import Context
from .gallery_answers import KIND as GALLERY
from .identify_gallery import complete
from .identify_image import KIND as IMAGE
from .identify_image import mark
from .identify_scene import KIND as SCENE
from .identify_scene import complete as complete_scene

KINDS = (IMAGE, GALLERY, SCENE)


def results(request: Request) -> dict[str, Any]:
    """The stored answer under `answer`, or `stored` false."""
    kind, item = _item(request)
    with Context(request) as context:
        answer = load_answer(context.store, kind, item)
        if answer is None:
            return {"kind": kind, "id": item, "stored": False, "outdated": False, "answer": None}
        if kind == IMAGE:
            mark(context, answer, image(context.reader, item).performer_ids)
        elif kind == GALLERY:
            complete(context, answer, gallery(context.reader, item).performer_ids)
        else:
            complete_scene(context, answer, scene(context.reader, item).performers)
        old = _outdated(context, kind, item)
        return {"kind": kind, "id": item, "stored": True, "outdated": old, "answer": answer}


def _outdated(context: Context, kind: str, item: str) -> bool:
    """Whether another face database is in use than the one that answered."""
    try:
        identity = context.manifest.identity
    except DatabaseError:
        return False
    return is_outdated(context.store, kind, item, identity)


def progress(request: Request) -> dict[str, Any]:
    """`done` of `total` pictures or stills; zeros for an item that was never begun."""
    kind, item = _item(request)
    with Context(request) as context:
        found = load_progress(context.store, kind, item)
        if found is None:
            # A single image is either answered or not begun.
            done = int(load_answer(context.store, kind, item) is not None)
            return {"kind": kind, "id": item, "done": done, "total": done, "faces": 0,
                    "eta_s": None}  # fmt: skip
        return {"kind": kind, "id": item, "done": found.done, "total": found.total,
                "faces": found.faces, "eta_s": found.eta_s}  # fmt: skip


def _item(request: Request) -> tuple[str, str]:
    kind = request.args.text("kind")
    if kind not in KINDS:
        raise BadRequest(f"The argument kind must be one of {', '.join(KINDS)}, not {shown(kind)}.")
    return kind, item_id(request.args.raw("id"))
