"""What Stash says of the item that a hook is about."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import BadRequest
from ..protocol.arguments import shown
from ..protocol.request import Request

KINDS = ("image", "gallery", "scene")


class Changed(NamedTuple):
    kind: str
    item_id: str


def changed(request: Request) -> Changed:
    """From `hookContext` {id, type: "Image.Create.Post"}; BadRequest for anything else."""
    context = request.args.raw("hookContext")
    given = context if isinstance(context, dict) else {}
    kind = str(given.get("type", "")).partition(".")[0].lower()
    number = given.get("id")
    if kind not in KINDS or not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise BadRequest(
            "The argument hookContext must be what Stash hands to a hook of an image, a gallery "
            f"or a scene, not {shown(context)}."
        )
    return Changed(kind, str(number))
