"""A few questions to Stash without loading a whole client, which takes as long as a stored answer
does; where the standard library gets no answer, the client asks, and says what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import StashError
from . import quick
from .connection import Connection

if TYPE_CHECKING:
    from .client import StashClient

# Stash may be busy; whoever waits here is no hook.
SECONDS = 10.0


class Asks(Protocol):
    """Who can be asked: a client, or a reader."""

    def query(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer's `data`; StashError."""
        ...


class Reader:
    """Asks by itself first, and by the client that `client` gives where that fails: for reading
    alone, as a question may be put twice."""

    def __init__(self, connection: Connection, client: Callable[[], StashClient]) -> None:
        self._connection = connection
        self._client = client

    def query(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        try:
            return quick.ask(self._connection, document, variables, SECONDS)
        except StashError:
            return self._client().query(document, variables)
