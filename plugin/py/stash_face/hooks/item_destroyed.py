"""An item that left Stash leaves the store. Standard library only."""

from __future__ import annotations

from typing import Any

from ..protocol.request import Request
from ..stash.connection import data_home, from_server_connection
from ..store.connection import FILE_NAME, Store
from ..store.forget import forget_items
from .asking import who_asks
from .changed import changed


def item_destroyed(request: Request) -> dict[str, Any]:
    """Whether anything was stored about the item (`forgotten`)."""
    kind, item_id = changed(request)
    connection = from_server_connection(request.server_connection)
    file = data_home(connection) / FILE_NAME
    if not file.is_file():
        return {"forgotten": False}
    asking = who_asks(request, connection)
    with Store(file) as store:
        asking.check(store)
        return {"forgotten": forget_items(store, kind, [item_id]) > 0}
