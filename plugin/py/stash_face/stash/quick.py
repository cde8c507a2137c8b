"""A few words with Stash by the standard library alone: hooks must be quick, and Stash waits for
them with its scan. Nothing is tried twice, and no redirect is followed."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any

from ..errors import StashError
from .connection import Connection

SECONDS = 3.0


def ask(
    connection: Connection,
    document: str,
    variables: Mapping[str, Any] | None = None,
    seconds: float = SECONDS,
) -> dict[str, Any]:
    """The `data` of the answer; StashError where Stash does not give one within `seconds`."""
    http_connection = _open(connection, seconds)
    headers = {"Content-Type": "application/json"}
    if connection.cookie_value:
        # It carries the chain of hooks that keeps a hook from starting itself for ever.
        headers["Cookie"] = f"{connection.cookie_name}={connection.cookie_value}"
    if connection.api_key:
        headers["ApiKey"] = connection.api_key
    body = json.dumps({"query": document, "variables": dict(variables or {})})
    try:
        http_connection.request("POST", "/graphql", body.encode(), headers)
        answer = json.loads(http_connection.getresponse().read())
        data = answer["data"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        data = None
    finally:
        http_connection.close()
    if not isinstance(data, dict) or answer.get("errors"):
        raise StashError(
            f"Stash at {connection.base_url} did not take a short question: see whether it is "
            "running, and look into Settings > Logs in Stash."
        )
    return data


def _open(connection: Connection, seconds: float) -> http.client.HTTPConnection:
    if connection.scheme == "http":
        return http.client.HTTPConnection(connection.host, connection.port, timeout=seconds)
    import ssl

    context = ssl.create_default_context()
    if connection.is_loopback:
        # Stash's own certificate is self-signed, and nobody stands between on this computer.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(
        connection.host, connection.port, timeout=seconds, context=context
    )
