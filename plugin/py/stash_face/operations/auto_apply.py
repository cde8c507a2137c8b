"""Suggestions of a run put into effect without asking, where the user has switched that on: only
those that 1 stranger in 1,000 comes as close to, and only for performers who are in Stash."""

from __future__ import annotations

from collections.abc import Callable

from ..identify.types import MATCH
from ..store.connection import Store
from ..store.suggestion_pages import Place, Wanted, page
from ..store.suggestions import FACES
from .apply import Outcome, Wish, accept, changing
from .context import Context

_PAGE = 500
# Nothing less likely is ever sure.
_LEAST = 0.5


def apply_sure(
    context: Context, run_id: int, go_on: Callable[[], bool] = lambda: True
) -> list[Outcome]:
    """What became of each sure suggestion that this run brought; the run's undo takes all of it
    back. Nothing is done where the setting is off."""
    if not context.settings.auto_apply:
        return []
    outcomes: list[Outcome] = []
    with changing(context):
        for number in _sure(context.store, run_id):
            if not go_on():
                break
            outcomes.append(accept(context, run_id, number, Wish()))
    return outcomes


def _sure(store: Store, run_id: int) -> list[int]:
    wanted = Wanted(source=FACES, run_id=run_id, low=_LEAST)
    numbers: list[int] = []
    after: Place | None = None
    while found := page(store, wanted, _PAGE, after):
        numbers += [
            each.id
            for each in found
            if each.proposal.sure
            and each.proposal.decision == MATCH
            and each.item.kind != "performer"
        ]
        after = Place(found[-1].proposal.confidence, str(found[-1].id))
    return numbers
