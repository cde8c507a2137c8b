"""What a source's server answers, or a sentence about what went wrong on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

from builder.net.wire import Answer, DroppedError, RefusedError
from builder.values import is_remote
from stash_face.errors import BadRequest, DownloadError

CURE_OF_SILENCE = "try again later; what was read is kept"


def heard(who: str, ask: Callable[[], Answer], cure: str) -> Answer:
    """What `ask` brings; DownloadError with the `cure` where nothing came, BadRequest where it may
    not be asked."""
    try:
        return ask()
    except DroppedError as error:
        raise DownloadError(f"{who} does not answer ({error}): {cure}.") from None
    except RefusedError as error:
        raise BadRequest(f"{who} is not asked: {error}.") from None


def graphql(who: str, answer: Answer) -> tuple[dict[str, Any], str]:
    """(data, "") of an answer, or ({}, what it says was wrong with the question); DownloadError
    for every other one."""
    try:
        content = json.loads(answer.body)
        errors, data = content.get("errors"), content.get("data")
        told = str(errors[0].get("message", errors[0]))[:200] if errors else ""
    except (ValueError, AttributeError, LookupError, TypeError, RecursionError):
        raise DownloadError(
            f"{who} answers with status {answer.status} and no GraphQL: check its address."
        ) from None
    if told:
        return {}, told
    if not isinstance(data, dict):
        raise DownloadError(f"{who} answers nothing to the question: try again later.")
    return data, ""


@contextmanager
def understood(who: str) -> Iterator[None]:
    """DownloadError where what is read of an answer is not there, or something else."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError):
        raise DownloadError(
            f"{who} answers otherwise than the builder knows: update the builder."
        ) from None


def web_address(base: str, told: str) -> str:
    """The address of a picture as a server at `base` tells it. Never a path of this machine,
    whatever it tells: what is no address is refused when it is asked for."""
    try:
        address = urljoin(base, told.strip())
    except ValueError:
        address = told
    return address if is_remote(address) else f"http://{told}"
