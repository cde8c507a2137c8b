"""What another least confidence would do to the suggestions that are stored. No model is loaded."""

from __future__ import annotations

from typing import Any

from ..errors import DatabaseError
from ..protocol.request import Request
from ..store.connection import Store
from ..store.suggestions import FACES, OPEN, Item, Proposal, Suggestion
from ..store.tuning import counts, next_to
from .context import Context
from .database import describe
from .suggestions import suggestion_entry

# Shares of 1. Beyond 99 % the last tenths tell how many strangers in a thousand get a name.
BARS = (*(percent / 100 for percent in range(100)), 0.995, 0.999)
# Examples on each side of a bar, with a face each, and what is said of them.
_SHOWN = 4
_SAID = (
    "kind", "id", "title", "performer_id", "stash_ids", "name", "local_performer_id", "decision",
    "confidence", "distance", "margin", "faces",
)  # fmt: skip


def tuning(request: Request) -> dict[str, Any]:
    """The counts for every bar; with `bar`, those next to it instead."""
    bar = request.args.optional_number("bar", 0.0, 1.0)
    with Context(request) as context:
        if bar is not None:
            return {"steps": None, "examples": _examples(context.store, bar)}
        return {"steps": _steps(context), "examples": None}


def _steps(context: Context) -> dict[str, Any]:
    found = counts(context.store, BARS)
    return {
        "min_confidence": context.settings.min_confidence,
        "calibrated": _is_calibrated(context),
        "bars": list(BARS),
        "kept": [each.kept for each in found],
        "wrong": [round(each.wrong, 4) for each in found],
        "accepted": [each.accepted for each in found],
        "rejected": [each.rejected for each in found],
    }


def _examples(store: Store, bar: float) -> dict[str, Any]:
    reached, missed = next_to(store, bar, _SHOWN)
    return {
        "kept": [_example(store, *each) for each in reached],
        "gone": [_example(store, *each) for each in missed],
    }


def _example(store: Store, item: Item, proposal: Proposal) -> dict[str, Any]:
    """As a suggestion, which it need not be yet."""
    entry = suggestion_entry(store, Suggestion(0, item, proposal, FACES, OPEN, None, "", ""), 1)
    return {key: entry[key] for key in _SAID}


def _is_calibrated(context: Context) -> bool | None:
    """Whether the confidences were measured on the face database; None where there is none."""
    try:
        return bool(describe(context.manifest, context.data_home)["calibrated"])
    except DatabaseError:
        return None
