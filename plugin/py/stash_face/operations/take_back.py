"""Journalled changes taken back: only what the plugin did and nobody has changed since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..errors import StashFaceError
from ..stash import changes
from ..store import journal
from ..store.journal import Entry
from ..store.suggestions import forget_local_performer, reopen
from .context import Context


class Restored(NamedTuple):
    """Items of one kind that are as before, as far as `name` is concerned."""

    kind: str
    item_ids: list[str]
    name: str
    change: str


class Skipped(NamedTuple):
    """What was left alone, and why, as a sentence."""

    kind: str
    item_id: str
    sentence: str


def take_back_changes(
    context: Context, entries: Sequence[Entry]
) -> tuple[list[Restored], list[Skipped]]:
    """Takes back entries that are done, in the order given (the last one first). The caller is
    `changing`."""
    restored: list[Restored] = []
    skipped: list[Skipped] = []
    for entry in entries:
        if entry.state != journal.DONE:
            continue
        try:
            ids, left = _TAKE_BACK[entry.intent.change](context, entry)
        except StashFaceError as error:
            kind, item_ids = entry.intent.kind, entry.intent.item_ids
            skipped += [Skipped(kind, each, error.sentence) for each in item_ids or ("",)]
            continue
        skipped += left
        if ids:
            intent = entry.intent
            restored.append(Restored(intent.kind, ids, intent.name, intent.change))
        if ids or not left:
            told = " ".join(each.sentence for each in left) or None
            journal.end_change(context.store, entry.id, journal.UNDONE, told)
            if entry.suggestion_id is not None:
                reopen(context.store, entry.suggestion_id)
    return restored, skipped


def _performer_added(context: Context, entry: Entry) -> tuple[list[str], list[Skipped]]:
    intent, client = entry.intent, context.client
    performer_id = intent.performer_id or ""
    if changes.performer_state(client, performer_id) is None:
        told = f"{intent.name} (performer {performer_id}) was merged or deleted in Stash since."
        return [], [Skipped(intent.kind, each, told) for each in intent.item_ids]
    now = changes.performers_of(client, intent.kind, intent.item_ids)
    ours, left = [], []
    for each in intent.item_ids:
        what = f"{intent.kind.capitalize()} {each}"
        if each not in now:
            left.append(Skipped(intent.kind, each, f"{what} is not in Stash any more."))
        elif performer_id not in now[each]:
            told = f"{what}: {intent.name} was removed from it since."
            left.append(Skipped(intent.kind, each, told))
        else:
            ours.append(each)
    if ours:
        changes.remove_performer(client, intent.kind, ours, performer_id)
    return ours, left


def _stash_ids_added(context: Context, entry: Entry) -> tuple[list[str], list[Skipped]]:
    intent = entry.intent
    performer_id = intent.performer_id or ""
    state = changes.performer_state(context.client, performer_id)
    if state is None:
        told = f"{intent.name} (performer {performer_id}) is not in Stash any more."
        return [], [Skipped("performer", performer_id, told)]
    added = {(endpoint, stash_id) for endpoint, stash_id in intent.before["added"]}
    left = [
        Skipped(
            "performer", performer_id, f"{intent.name}: the id of {endpoint} was changed since."
        )
        for endpoint, _ in sorted(added - set(state.stash_ids))
    ]
    kept = [pair for pair in state.stash_ids if pair not in added]
    if len(kept) == len(state.stash_ids):
        return [], left
    changes.set_stash_ids(context.client, performer_id, kept)
    return [performer_id], left


def _performer_created(context: Context, entry: Entry) -> tuple[list[str], list[Skipped]]:
    """A performer is destroyed only while it is as it was made, and on nothing."""
    performer_id, name = entry.intent.performer_id or "", entry.intent.name
    state = changes.performer_state(context.client, performer_id)
    if state is None:
        return [performer_id], []
    told = None
    if state.items:
        told = f"{name} (performer {performer_id}) stays in Stash: it is on {state.items} items."
    elif state.updated_at != entry.intent.before.get("updated_at"):
        told = f"{name} (performer {performer_id}) stays in Stash: it was edited since."
    if told:
        return [], [Skipped("performer", performer_id, told)]
    changes.destroy_performer(context.client, performer_id)
    forget_local_performer(context.store, performer_id)
    return [performer_id], []


_TAKE_BACK = {
    journal.ADD_PERFORMER: _performer_added,
    journal.ADD_STASH_ID: _stash_ids_added,
    journal.CREATE_PERFORMER: _performer_created,
}
