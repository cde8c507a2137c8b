"""A journalled change made in Stash, and what Stash looks like beside it."""

from __future__ import annotations

from ..stash import changes
from ..stash.client import StashClient
from ..store import journal
from ..store.journal import Intent
from .context import Context

MADE, AS_BEFORE, OTHERWISE = "made", "as before", "otherwise"


def perform(client: StashClient, intent: Intent) -> None:
    """Makes the change; harmless where it was made before."""
    performer_id = intent.performer_id or ""
    if intent.change == journal.ADD_PERFORMER:
        changes.add_performer(client, intent.kind, intent.item_ids, performer_id)
    else:
        held = [(endpoint, stash_id) for endpoint, stash_id in intent.before[performer_id]]
        added = [(endpoint, stash_id) for endpoint, stash_id in intent.before["added"]]
        changes.set_stash_ids(client, performer_id, [*held, *added])


def standing(client: StashClient, intent: Intent) -> str:
    """Whether Stash is as the change made it, as it was before, or as somebody else made it."""
    performer_id = intent.performer_id or ""
    if intent.change == journal.ADD_PERFORMER:
        now = changes.performers_of(client, intent.kind, intent.item_ids)
        if now and all(performer_id in performers for performers in now.values()):
            return MADE
        before = {each: sorted(intent.before[each]) for each in intent.item_ids}
        same = {each: sorted(performers) for each, performers in now.items()} == before
        return AS_BEFORE if same else OTHERWISE
    state = changes.performer_state(client, performer_id)
    if state is None:
        return OTHERWISE
    held = {tuple(pair) for pair in intent.before[performer_id]}
    added = {tuple(pair) for pair in intent.before["added"]}
    if added <= set(state.stash_ids):
        return MADE
    return AS_BEFORE if set(state.stash_ids) == held else OTHERWISE


def note_created(context: Context, entry: int, performer_id: str) -> None:
    """Notes how the new performer is, so that undo can tell whether anybody changed it."""
    state = changes.performer_state(context.client, performer_id)
    before = {"updated_at": state.updated_at if state else ""}
    journal.end_change(context.store, entry, journal.DONE, None, performer_id, before)
