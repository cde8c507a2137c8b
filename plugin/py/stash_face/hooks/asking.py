"""Which Stash a hook is of, and what the user has set there."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ..protocol.request import Request
from ..settings import PLUGIN_ID, Settings, read_settings
from ..stash import queries
from ..stash.connection import Connection
from ..stash.quick import ask
from ..store.connection import Store
from ..store.installations import Installation, claim


class Asking(NamedTuple):
    settings: Settings
    installation: Installation

    def check(self, store: Store) -> None:
        """StoreError where the store is another Stash's: its items have other numbers."""
        claim(store, self.installation, lambda path: Path(path).is_file())


def who_asks(request: Request, connection: Connection) -> Asking:
    """Asks Stash; StashError where it does not answer."""
    data = ask(connection, queries.SETTINGS, {"plugin": PLUGIN_ID})
    given = request.settings
    if given is None:
        given = data["configuration"]["plugins"].get(PLUGIN_ID) or {}
    status = data["systemStatus"]
    paths = (status["databasePath"] or "", status["configPath"] or "", status["os"])
    return Asking(read_settings(given), Installation(*paths))
