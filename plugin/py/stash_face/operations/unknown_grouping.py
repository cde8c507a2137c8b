"""One round for the unknown people of the library: new faces are grouped, newer face databases
asked, and what follows is proposed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from ..store import unknown
from ..store.suggestions import Proposed
from ..store.unknown import NAMED
from .alone import alone
from .context import Context


class Grouped(NamedTuple):
    """Faces that are left for the next call, and what became of suggestions."""

    left: int
    proposed: Proposed = Proposed()


def group_unknown_people(context: Context, end: float, run_id: int | None = None) -> Grouped | None:
    """Works until `end` (time.monotonic), a portion at least; None where another process groups
    them all that time."""
    with alone(context, "unknown", "people", end) as ours:
        return _round(context, lambda: time.monotonic() < end, run_id) if ours else None


def _round(context: Context, go_on: Callable[[], bool], run_id: int | None) -> Grouped:
    from .told import told
    from .unknown_guess import CrowdRecognition, guess_people
    from .unknown_proposals import propose_people
    from .unknown_refresh import refresh

    store = context.store
    recognition = CrowdRecognition(
        context.manifest,
        context.pack,
        context.data_home,
        context.options,
        told(store, context.pack),
    )
    done = refresh(context, recognition, go_on)
    if done.left:
        return Grouped(done.left)
    stale = unknown.stale_guesses(store, context.manifest.identity)
    guessed = guess_people(context, recognition, sorted({*stale, *done.people}))
    known = unknown.load_people(store)
    named = [number for number in done.people if known[number].state == NAMED]
    due = sorted({*guessed, *named})
    if not due:
        return Grouped(0)
    return Grouped(0, propose_people(context, run_id, due, recognition.law))
