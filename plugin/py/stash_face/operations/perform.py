"""A journalled change made in Stash, and what Stash looks like beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..stash import changes
from ..stash.client import StashClient
from ..store import journal
from ..store.journal import Intent
from .context import Context


class Standing(NamedTuple):
    """The items that are as the change makes them, and those that are still as before; the
    others were changed by somebody else, or are gone."""

    made: tuple[str, ...]
    as_before: tuple[str, ...]


def perform(client: StashClient, intent: Intent, ids: Sequence[str] | None = None) -> None:
    """Makes the change, for `ids` only where they are given; harmless where it was made before."""
    performer_id = intent.performer_id or ""
    if intent.change == journal.ADD_PERFORMER:
        changes.add_performer(client, intent.kind, ids or intent.item_ids, performer_id)
    else:
        held, added = _pairs(intent)
        changes.set_stash_ids(client, performer_id, [*held, *added])


def standing(client: StashClient, intent: Intent) -> Standing:
    """How the items of a change stand in Stash."""
    performer_id = intent.performer_id or ""
    if intent.change == journal.ADD_PERFORMER:
        now = changes.performers_of(client, intent.kind, intent.item_ids)
        made = [each for each, performers in now.items() if performer_id in performers]
        same = [
            each
            for each, performers in now.items()
            if sorted(performers) == sorted(intent.before[each])
        ]
        return Standing(tuple(made), tuple(same))
    state = changes.performer_state(client, performer_id)
    held, added = _pairs(intent)
    if state is not None and set(added) <= set(state.stash_ids):
        return Standing((performer_id,), ())
    untouched = state is not None and set(state.stash_ids) == set(held)
    return Standing((), (performer_id,) if untouched else ())


def _pairs(intent: Intent) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(endpoint, id) of stash-boxes that the performer had, and that are added."""
    held, added = intent.before[intent.performer_id or ""], intent.before["added"]
    return [(e, i) for e, i in held], [(e, i) for e, i in added]


def note_created(context: Context, entry: int, performer_id: str) -> None:
    """Notes how the new performer is, so that undo can tell whether anybody changed it."""
    state = changes.performer_state(context.client, performer_id)
    before = {"updated_at": state.updated_at if state else ""}
    journal.end_change(context.store, entry, journal.DONE, None, performer_id, before)
