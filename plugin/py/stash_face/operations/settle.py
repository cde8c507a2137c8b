"""Changes whose process died: they are finished where nobody touched anything since, and else
marked, so that nothing stays half done."""

from __future__ import annotations

from ..errors import StashError
from ..protocol import log
from ..stash import changes
from ..stash.library import local_performers
from ..stash.stash_box import host_of
from ..store import journal
from ..store.journal import Entry
from ..store.suggestions import OPEN, set_state
from .context import Context
from .perform import note_created, perform, standing


def settle(context: Context, finish: bool = True) -> list[str]:
    """What became of each change that was begun and not ended, as sentences. The caller holds
    the lock on changes; without `finish` what was not made is only marked."""
    told = []
    for entry in journal.begun_changes(context.store):
        try:
            sentence = _settle(context, entry, finish)
        except StashError as error:
            log.debug(f"Change {entry.id} stays open: {error.sentence}")
            continue
        log.info(sentence)
        told.append(sentence)
    return told


def _settle(context: Context, entry: Entry, finish: bool) -> str:
    intent = entry.intent
    if intent.change == journal.CREATE_PERFORMER:
        return _settle_creation(context, entry)
    made, as_before = standing(context.client, intent)
    if as_before and finish and _still_there(context, entry):
        perform(context.client, intent, as_before)
        made += as_before
    if made:
        journal.end_change(context.store, entry.id, journal.DONE)
        return f"{intent.name}: the change that was stopped half way is whole now."
    told = f"{intent.name}: the change was stopped, and what it was about has been changed since."
    if as_before:
        told = f"{intent.name}: the change was not made."
    journal.end_change(context.store, entry.id, journal.FAILED, told)
    if entry.suggestion_id is not None:
        set_state(context.store, entry.suggestion_id, OPEN)
    return told


def _still_there(context: Context, entry: Entry) -> bool:
    return changes.performer_state(context.client, entry.intent.performer_id or "") is not None


def _settle_creation(context: Context, entry: Entry) -> str:
    """Whether the performer was made is seen by its stash-box id."""
    pairs = entry.intent.before.get("stash_ids", [])
    ids = [f"{host_of(each['endpoint'])}:{each['stash_id']}" for each in pairs]
    found = list(local_performers(context.client, ids).values()) if ids else []
    if found:
        note_created(context, entry.id, found[0].id)
        return f"{entry.intent.name} had been created as performer {found[0].id}."
    told = f"{entry.intent.name} was not created: the work was stopped before."
    journal.end_change(context.store, entry.id, journal.FAILED, told)
    return told
