"""The document that Stash writes to stdin, read strictly."""

from __future__ import annotations

import json
from typing import Any, NamedTuple, NoReturn

from ..errors import BadRequest
from .arguments import Arguments


class Request(NamedTuple):
    """One call: what is wanted, with what, and how to reach the Stash that asked. `settings` are
    the plugin's, where this Stash hands them over (0.32), else None."""

    mode: str
    args: Arguments
    server_connection: dict[str, Any]
    settings: dict[str, Any] | None = None


def parse(document: bytes) -> Request:
    """Raises BadRequest with a sentence for anything that is not what Stash sends."""
    if not document.strip():
        raise BadRequest(
            "Nothing arrived on stdin: this program is started by Stash; "
            "use 'python -m stash_face --help' by hand."
        )
    try:
        data = json.loads(document.decode("utf-8"), parse_constant=_not_a_number)
    except (ValueError, RecursionError) as error:  # ValueError: also numbers of 5,000 digits
        raise BadRequest(f"The request is not whole JSON ({error}): try again.") from None
    if not isinstance(data, dict):
        raise BadRequest("The request must be a JSON object with server_connection and args.")
    args = data.get("args") or {}
    connection = data.get("server_connection") or {}
    if not isinstance(args, dict) or not isinstance(connection, dict):
        raise BadRequest("The request's args and server_connection must be JSON objects.")
    arguments = Arguments(args)
    settings = data.get("settings")
    given = settings if isinstance(settings, dict) else None
    return Request(arguments.text("mode", ""), arguments, connection, given)


def _not_a_number(name: str) -> NoReturn:
    raise BadRequest(f"The request holds {name}, which is not a JSON number.")
