"""An item that came into Stash is noted, and one task is asked for that looks at all of them.

Stash waits for this process with its scan, and runs the task only after it: a gallery is not
complete before. Standard library only.
"""

from __future__ import annotations

from typing import Any

from ..errors import StashError
from ..protocol.request import Request
from ..settings import PLUGIN_ID
from ..stash import queries
from ..stash.connection import Connection, data_home, from_server_connection
from ..stash.quick import ask
from ..store.connection import FILE_NAME, Store
from ..store.queue import enqueue, not_asked
from .asking import who_asks
from .changed import changed

TASK = "Look at new items"


def item_changed(request: Request) -> dict[str, Any]:
    """Whether the item was noted (`queued`), and the `job` if this call asked for the task."""
    kind, item_id = changed(request)
    connection = from_server_connection(request.server_connection)
    file = data_home(connection) / FILE_NAME
    # Before Set up, or a first question, there is nothing to look at new items with.
    if not file.is_file():
        return {"queued": False, "job": None}
    asking = who_asks(request, connection)
    if asking.settings.ignore_new_items or kind not in asking.settings.kinds:
        return {"queued": False, "job": None}
    with Store(file) as store:
        asking.check(store)
        if not enqueue(store, kind, item_id, "new"):
            return {"queued": True, "job": None}
        try:
            return {"queued": True, "job": _job(connection)}
        except StashError:
            # The item waits; the next one asks again.
            not_asked(store)
            raise


def _job(connection: Connection) -> str:
    """The id of the task that waits already, or of a new one. One that runs does not count: it
    may have seen the end of the queue."""
    for job in ask(connection, queries.JOB_QUEUE)["jobQueue"] or ():
        if job["status"] == "READY" and job["description"].endswith(f": {TASK}"):
            return str(job["id"])
    started = ask(connection, queries.RUN_TASK, {"plugin": PLUGIN_ID, "task": TASK})
    return str(started["runPluginTask"])
