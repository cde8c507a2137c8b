"""What went wrong between the plugin and Stash, as one sentence each.

No sentence holds a cookie, a key or a URL's query.
"""

from __future__ import annotations

import requests
import urllib3

from ..errors import MediaError, NotFound, StashError, StashFaceError
from .connection import Connection

_QUOTED = 200
# A proxy or a restarting Stash answers so for a while.
_PASSING_STATUS = (502, 503, 504)


class PassingError(StashError):
    """May be gone at the next attempt, and the first attempt did nothing or only read."""


class RefusedError(StashError):
    """Stash does not take the session or the key: trying again is of no use."""


def of_exception(error: requests.RequestException, connection: Connection) -> StashError:
    """For a request that got no whole answer."""
    where = connection.base_url
    if isinstance(error, requests.exceptions.SSLError):
        return StashError(
            f"The certificate of Stash at {where} is not trusted by this computer: "
            "let Stash listen on 0.0.0.0, or give it a certificate that is trusted."
        )
    if isinstance(error, requests.exceptions.ConnectTimeout) or _is_timeout(error):
        return StashError(
            f"Stash at {where} took the request but did not answer in time: "
            "wait until it is less busy, or restart it, and try again."
        )
    if _is_broken_off(error):
        return PassingError(
            f"Stash at {where} closed the connection before its answer was whole: "
            "see whether it is still running, and try again."
        )
    return PassingError(
        f"Stash cannot be reached at {where}: "
        "see whether it is running and listens at this address, and try again."
    )


def of_answer(
    response: requests.Response, connection: Connection, with_key: bool
) -> StashError | None:
    """For a GraphQL answer; None when it holds data and no errors."""
    where = connection.base_url
    status = response.status_code
    if status == requests.codes.unauthorized:
        return _refused(where, with_key)
    if status in _PASSING_STATUS:
        return PassingError(
            f"Stash at {where} is not ready (HTTP {status}): wait a moment and try again."
        )
    if "Location" in response.headers:
        return _not_stash(where, "sends the plugin to another address")
    content = _json(response)
    errors = content.get("errors")
    if errors:
        return _graphql_error(errors, status)
    if status != requests.codes.ok and not content:
        return StashError(
            f"Stash at {where} failed with HTTP {status}: "
            "look into Settings > Logs in Stash, and try again."
        )
    if not isinstance(content.get("data"), dict):
        return _not_stash(where, "answers with something else than Stash's data")
    return None


def of_media_status(
    response: requests.Response, connection: Connection, with_key: bool
) -> StashFaceError:
    """For an answer other than 200 to a request for a picture."""
    status, where = response.status_code, connection.base_url
    target = response.headers.get("Location", "")
    if status == requests.codes.unauthorized or target.startswith("/login"):
        return _refused(where, with_key)
    if target:
        return _not_stash(where, "sends the plugin to another address")
    if status == requests.codes.not_found:
        return NotFound("Stash has no such picture (any more): reload the page.")
    return MediaError(
        f"Stash cannot read the picture's file (HTTP {status}): "
        "see whether the file is still there, and let Stash scan its folder."
    )


def _is_timeout(error: BaseException) -> bool:
    """requests reports a silence in the middle of a body as a ConnectionError around it."""
    wrapped = next(iter(error.args), None)
    return isinstance(error, requests.exceptions.ReadTimeout) or isinstance(
        wrapped, urllib3.exceptions.ReadTimeoutError
    )


def _is_broken_off(error: requests.RequestException) -> bool:
    wrapped = next(iter(error.args), None)
    return isinstance(error, requests.exceptions.ChunkedEncodingError) or isinstance(
        wrapped, urllib3.exceptions.ProtocolError
    )


def _refused(where: str, with_key: bool) -> StashError:
    if with_key:
        return RefusedError(
            f"Stash at {where} refused its API key, which has been changed since this work began: "
            "start it again."
        )
    return RefusedError(
        f"Stash at {where} refused the session, which has expired: start the work again, and if "
        "it takes longer than the session lasts, first generate an API key "
        "under Settings > Security > Authentication in Stash."
    )


def _graphql_error(errors: object, status: int) -> StashError:
    first = errors[0] if isinstance(errors, list) and errors else {}
    message = str(first.get("message", "")) if isinstance(first, dict) else ""
    quoted = " ".join(message.split())[:_QUOTED].rstrip(".")
    if "database is locked" in message:
        return PassingError(
            "Stash's database is locked by other work: "
            "wait until Stash's tasks have finished, and try again."
        )
    if status == requests.codes.unprocessable_entity:
        return StashError(
            f"Stash does not know this question ({quoted}): "
            "update Stash to version 0.30 or newer, or this plugin if Stash is newer."
        )
    return StashError(f"Stash refused: {quoted}; look into Settings > Logs in Stash.")


def _not_stash(where: str, what: str) -> StashError:
    return StashError(
        f"What listens at {where} {what}: "
        "see whether a proxy with a login, or another program, stands in place of Stash."
    )


def _json(response: requests.Response) -> dict[str, object]:
    try:
        content = response.json()
    except requests.exceptions.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}
