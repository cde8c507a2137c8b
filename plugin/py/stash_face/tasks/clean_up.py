"""Removes from the store what is in Stash no more."""

from __future__ import annotations

from typing import Any

from ..errors import StashError
from ..operations.context import Context
from ..protocol import log
from ..protocol.request import Request
from ..stash.browse import item_ids
from ..store.forget import forget_items, stored_ids
from .run import Run, counted, run_of

TASK = "clean_up"
KINDS = ("image", "gallery", "scene")
_PLURAL = {"image": "images", "gallery": "galleries", "scene": "scenes"}
# With fewer items stored than this nobody has to be asked whether they are really gone.
_FEW = 100
_MOST_GONE = 0.9


def clean_up(request: Request) -> dict[str, Any]:
    """How many images, galleries and scenes were forgotten. What the user decided stays."""
    with Context(request) as context, run_of(context, TASK, tell=_told) as run:
        for number, kind in enumerate(KINDS):
            gone = _gone(context, kind, request.args.flag("force"))
            for item_id in gone:
                forget_items(context.store, kind, [item_id])
                run.add(**{_PLURAL[kind]: 1})
            log.progress((number + 1) / len(KINDS))
    return {"run": run.id, **{each: run.counts[each] for each in _PLURAL.values()}}


def _gone(context: Context, kind: str, force: bool) -> list[str]:
    """The stored ids that Stash has not; StashError where that is nearly all of them."""
    # First what is stored: what Stash gets afterwards is not taken for gone.
    stored = stored_ids(context.store, kind)
    if not stored:
        return []
    there = {each for page in item_ids(context.client, kind) for each in page}
    gone = [each for each in stored if each not in there]
    if len(gone) > max(_FEW, _MOST_GONE * len(stored)) and not force:
        raise StashError(
            f"Stash has no more than {len(there):,} {_PLURAL[kind]}, and {len(gone):,} of "
            f"{len(stored):,} that are stored would be forgotten: see whether this is the right "
            "Stash, and whether its library is whole; the argument force forgets them."
        )
    return gone


def _told(run: Run) -> str:
    return f"Forgot {counted(run.counts, *KINDS) or 'nothing'}."
