"""How many suggestions wait for the items of a page of cards. Standard library only: it is asked
for every page of Stash's lists."""

from __future__ import annotations

from typing import Any

from ..errors import BadRequest
from ..protocol.arguments import shown
from ..protocol.request import Request
from ..stash.connection import data_home, from_server_connection
from ..stash.ids import item_id
from ..store.connection import FILE_NAME, Store
from ..store.suggestions import KINDS
from ..store.waiting import waiting as load_waiting

# More than any list of Stash shows at once.
MOST = 2_000


def waiting(request: Request) -> dict[str, Any]:
    """Open suggestions of the items in `items`, {kind: ids}; those without any are left out."""
    asked = _asked(request.args.raw("items"))
    file = data_home(from_server_connection(request.server_connection)) / FILE_NAME
    if not asked or not file.is_file():
        return {"waiting": {}}
    with Store(file) as store:
        found = {kind: load_waiting(store, kind, ids) for kind, ids in asked.items()}
    return {"waiting": {kind: counts for kind, counts in found.items() if counts}}


def _asked(items: Any) -> dict[str, list[str]]:
    """BadRequest where it is no map of kinds to ids."""
    if not isinstance(items, dict) or not all(isinstance(ids, list) for ids in items.values()):
        raise BadRequest(f"The argument items must be {{kind: [ids]}}, not {shown(items)}.")
    unknown = [kind for kind in items if kind not in KINDS]
    if unknown:
        raise BadRequest(
            f"The argument items must name kinds of {', '.join(KINDS)}, not {shown(unknown[0])}."
        )
    if sum(map(len, items.values())) > MOST:
        raise BadRequest(f"The argument items may hold {MOST} ids: ask in several calls.")
    return {kind: [item_id(each, "items") for each in ids] for kind, ids in items.items() if ids}
