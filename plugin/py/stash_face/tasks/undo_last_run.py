"""Takes back what the last run that changed anything in Stash has changed."""

from __future__ import annotations

from typing import Any

from ..errors import NotFound
from ..operations.context import Context
from ..operations.undo import undo
from ..protocol import log
from ..protocol.arguments import Arguments
from ..protocol.request import Request
from ..store.runs import load_runs

# Runs looked at: those that only scanned changed nothing.
_RUNS = 500


def undo_last_run(request: Request) -> dict[str, Any]:
    """What `undo` answers for that run, and its number."""
    with Context(request) as context:
        runs = load_runs(context.store, limit=_RUNS)
    last = next((run for run in runs if run.changed), None)
    if last is None:
        raise NotFound(
            "None of the last runs has changed anything in Stash that still holds: there is "
            "nothing to undo."
        )
    undone = undo(request._replace(args=Arguments({"run": last.id})))
    log.info(
        f"Undone of run {last.id} ({last.task}): {len(undone['restored'])} changes; "
        f"{len(undone['skipped'])} were left, as they were changed since."
    )
    for each in undone["skipped"]:
        log.info(each["sentence"])
    return {"run": last.id, **undone}
