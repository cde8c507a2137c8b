"""Who is in a picture that is no item of Stash: given as bytes or by address; nothing is stored."""

from __future__ import annotations

from typing import Any

from ..errors import BadRequest
from ..protocol.request import Request
from .context import Context
from .given import from_text, from_url, told_if_any
from .matches import mark_local


def identify(request: Request) -> dict[str, Any]:
    """`faces[]` of `image_url` or `image_base64`, or `persons[]` of `sprite_url` and `vtt_url`."""
    url, base64 = request.args.raw("image_url"), request.args.raw("image_base64")
    sprite, vtt = request.args.raw("sprite_url"), request.args.raw("vtt_url")
    given = [url is not None, base64 is not None, sprite is not None and vtt is not None]
    if sum(given) != 1 or (sprite is None) != (vtt is None):
        raise BadRequest("Give either image_url or image_base64, or sprite_url with vtt_url.")
    with Context(request) as context:
        context.pack  # noqa: B018  (no database, no need to fetch anything)
        if sprite is not None:
            from .identify_sprite import identify_sprite

            return identify_sprite(context, sprite, vtt)
        data = from_url(context, url, "image_url") if url is not None else from_text(base64)
        faces = _identify(context, data)
        mark_local(context.client, [m for face in faces for m in face["matches"]], set())
        return {"faces": faces, "stored": False}


def _identify(context: Context, data: bytes) -> list[dict[str, Any]]:
    from ..media.image import decode
    from .recognition import Recognition
    from .scan import faces_of

    picture, options, engine = decode(data), context.options, context.engine
    recognition = Recognition(
        context.manifest, context.pack, context.data_home, options, told_if_any(context)
    )
    return recognition.picture_answer(faces_of(engine, picture))[0]
