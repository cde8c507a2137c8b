"""Who is in a picture that is no item of Stash: given as bytes or by address; nothing is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import BadRequest, StoreError
from ..protocol import log
from ..protocol.request import Request
from .context import Context
from .matches import mark_local
from .options import Options

if TYPE_CHECKING:
    from .told import Told

# Connect and read timeouts in seconds for pictures from the web.
_TIMEOUT = (5.0, 20.0)


def identify(request: Request) -> dict[str, Any]:
    """`faces[]` of `image_url` or `image_base64`.

    An address of the user's own Stash is fetched with the session; any other http(s) address
    without credentials, and never from a private network."""
    url, base64 = request.args.raw("image_url"), request.args.raw("image_base64")
    if (url is None) == (base64 is None):
        raise BadRequest("Give either image_url or image_base64.")
    with Context(request) as context:
        options = context.options
        context.pack  # noqa: B018  (no database, no need to fetch anything)
        data = _from_url(context, url) if url is not None else _from_base64(base64)
        faces = _identify(context, data, options)
        mark_local(context.client, [m for face in faces for m in face["matches"]], set())
        return {"faces": faces, "stored": False}


def _from_url(context: Context, url: Any) -> bytes:
    from ..media.limits import MAX_BYTES
    from ..media.web import fetch_public
    from ..stash.pictures import fetch_stash_media, is_stash_url

    if not isinstance(url, str):
        raise BadRequest("The argument image_url must be text.")
    if is_stash_url(context.connection, url):
        return fetch_stash_media(context.client, url)
    return fetch_public(url, MAX_BYTES, _TIMEOUT)


def _from_base64(text: Any) -> bytes:
    from ..media.limits import MAX_BYTES
    from ..media.web import from_base64

    if not isinstance(text, str):
        raise BadRequest("The argument image_base64 must be text.")
    return from_base64(text, MAX_BYTES)


def _identify(context: Context, data: bytes, options: Options) -> list[dict[str, Any]]:
    from ..faces.engine import Engine
    from ..faces.weights import weight_folders
    from ..media.image import decode
    from .recognition import Recognition
    from .scan import faces_of

    picture = decode(data)
    engine = Engine(context.pack, weight_folders(context.data_home), options.device)
    recognition = Recognition(
        context.manifest, context.pack, context.data_home, options, _told(context)
    )
    return recognition.picture_answer(faces_of(engine, picture))[0]


def _told(context: Context) -> Told | None:
    """The user's own people, if they can be had: a picture needs no store, and makes none."""
    from .told import told

    if not context.has_store:
        return None
    try:
        return told(context.store, context.pack)
    except StoreError as error:
        log.warning(error.sentence)
        return None
