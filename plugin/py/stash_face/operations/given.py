"""What comes with a call instead of an item of Stash: bytes as text, or an address to fetch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import BadRequest, StoreError
from ..media.limits import MAX_BYTES
from ..protocol import log
from .context import Context

if TYPE_CHECKING:
    from .told import Told

# Connect and read timeouts in seconds for files from the web.
_TIMEOUT = (5.0, 20.0)


def from_url(context: Context, url: Any, name: str, max_bytes: int = MAX_BYTES) -> bytes:
    """The file behind the address that is the argument `name`.

    An address of the user's own Stash is fetched with the session; any other http(s) address
    without credentials, and never from a private network."""
    from ..media.web import fetch_public
    from ..stash.pictures import fetch_stash_media, is_stash_url

    if not isinstance(url, str):
        raise BadRequest(f"The argument {name} must be text.")
    if is_stash_url(context.connection, url):
        return fetch_stash_media(context.client, url, max_bytes=max_bytes)
    return fetch_public(url, max_bytes, _TIMEOUT)


def from_text(text: Any) -> bytes:
    """The file that the argument image_base64 holds."""
    from ..media.web import from_base64

    if not isinstance(text, str):
        raise BadRequest("The argument image_base64 must be text.")
    return from_base64(text, MAX_BYTES)


def told_if_any(context: Context, kind: str = "image", item_ids: Sequence[str] = ()) -> Told | None:
    """The user's own people and decisions, if they can be had: what is only asked about needs
    no store, and makes none."""
    from .told import told

    if not context.has_store:
        return None
    try:
        return told(context.store, context.pack, kind, item_ids)
    except StoreError as error:
        log.warning(error.sentence)
        return None
