"""Takes back what was changed in Stash by a run, or by one decision."""

from __future__ import annotations

from typing import Any

from ..errors import BadRequest, NotFound
from ..protocol.request import Request
from ..store.journal import CREATE_PERFORMER, changes_of_run, changes_of_suggestion
from ..store.references import take_back
from ..store.runs import run_exists
from ..store.suggestions import REJECTED, load_suggestions, reopen
from .apply import changing
from .context import Context
from .take_back import take_back_changes

_MOST = 2**62


def undo(request: Request) -> dict[str, Any]:
    """`run`, or `decision`: a suggestion's number. What somebody changed since is left alone
    and listed."""
    args = request.args
    run, decision = (
        None if args.raw(name) is None else args.whole((name,), 0, 1, _MOST)
        for name in ("run", "decision")
    )
    if (run is None) == (decision is None):
        raise BadRequest("Give either run or decision: the number of what is to be undone.")
    with Context(request) as context:
        if run is not None and not run_exists(context.store, run):
            raise NotFound(f"There is no run {run}: reload the page.")
        if decision is not None:
            _forget_decision(context, decision)
        context.client.use_api_key()
        with changing(context):
            entries = (
                changes_of_run(context.store, run)
                if run is not None
                else changes_of_suggestion(context.store, decision or 0)
            )
            restored, skipped = take_back_changes(context, entries)
            gone = {n for r in restored if r.change == CREATE_PERFORMER for n in r.item_ids}
            if gone:
                from .unknown_naming import forget_performers

                forget_performers(context, gone)
    return {
        "restored": [
            {"kind": each.kind, "ids": each.item_ids, "name": each.name, "change": each.change}
            for each in restored
        ],
        "skipped": [
            {"kind": each.kind, "id": each.item_id, "sentence": each.sentence} for each in skipped
        ],
    }


def _forget_decision(context: Context, suggestion_id: int) -> None:
    """Rejected or put off: open again, and allowed to be proposed."""
    found = load_suggestions(context.store, [suggestion_id])
    if not found:
        raise NotFound("This suggestion is not there any more: reload the page.")
    (suggestion,) = found
    if suggestion.state == REJECTED:
        item = suggestion.item
        take_back(context.store, item.kind, item.id, None, suggestion.proposal.who)
    if not changes_of_suggestion(context.store, suggestion_id):
        reopen(context.store, suggestion_id)
