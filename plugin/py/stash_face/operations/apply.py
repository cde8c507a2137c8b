"""Suggestions put into effect in Stash: performers are added, never replaced, and every change
is in the journal before it is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from ..errors import NotFound, StashError, StashFaceError, StoreError
from ..file_lock import file_lock
from ..protocol import log
from ..protocol.arguments import shown
from ..stash import changes, stash_box
from ..stash.client import StashClient
from ..stash.library import local_performers
from ..store import journal
from ..store.journal import Intent
from ..store.references import Who
from ..store.runs import REVIEW, stop_lost_runs
from ..store.suggestions import Suggestion, load_suggestions, set_local_performer
from .context import Context
from .installation import check_installation
from .perform import note_created, perform
from .settle import settle

GALLERY, WITH_IMAGES = "gallery", "gallery_and_images"
SCOPES = (GALLERY, WITH_IMAGES)


class Wish(NamedTuple):
    """How far accepting goes: `scope` one of SCOPES, `create` whether a performer who is not in
    Stash is made there from a stash-box, `hosts` which stash-boxes' ids a performer gets (all
    where it is empty)."""

    scope: str = GALLERY
    create: bool = False
    hosts: tuple[str, ...] = ()


class Outcome(NamedTuple):
    """What became of one suggestion: the performer in Stash, {kind: item ids} that were changed,
    and a sentence where something is to be told; `problem` where nothing was done."""

    suggestion_id: int
    performer_id: str | None = None
    changed: Mapping[str, Sequence[str]] = {}
    note: str | None = None
    problem: str | None = None


@contextmanager
def changing(context: Context) -> Iterator[None]:
    """One process at a time changes things in Stash; what a dead one left half done is settled
    first."""
    path = context.data_home / "locks" / "changes.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = file_lock(path)
        with held:
            check_installation(context)
            settle(context)
            stop_lost_runs(context.store, REVIEW)
            yield
    except OSError as error:
        raise StoreError(
            f"The lock {path} cannot be made ({error.strerror}): free some space on that disk, "
            "and give Stash's user the right to write there."
        ) from None


def accept(context: Context, run_id: int, suggestion_id: int, wish: Wish) -> Outcome:
    """Puts one suggestion into effect; a failure is told in the outcome. The caller is
    `changing`."""
    found = load_suggestions(context.store, [suggestion_id])
    if not found:
        problem = "This suggestion is not there any more: reload the page."
        return Outcome(suggestion_id, problem=problem)
    try:
        if found[0].item.kind == "performer":
            return _accept_stash_ids(context, run_id, found[0], wish.hosts)
        return _accept_performer(context, run_id, found[0], wish)
    except StashFaceError as error:
        return Outcome(suggestion_id, problem=error.sentence)


def _accept_performer(context: Context, run_id: int, suggestion: Suggestion, wish: Wish) -> Outcome:
    performer_id, note = _performer(context, run_id, suggestion, wish)
    who, item = suggestion.proposal.who, suggestion.item
    targets = {item.kind: [item.id]}
    if wish.scope == WITH_IMAGES and item.kind == "gallery":
        targets["image"] = image_ids(suggestion.proposal.evidence)
    intents = []
    for kind, ids in targets.items():
        before = changes.performers_of(context.client, kind, ids)
        if item.kind == kind and item.id not in before:
            raise NotFound(f"{kind.capitalize()} {item.id} is not in Stash any more.")
        lacking = tuple(each for each in before if performer_id not in before[each])
        if lacking:
            held = {each: before[each] for each in lacking}
            intents.append(
                Intent(journal.ADD_PERFORMER, kind, lacking, performer_id, shown(who.name), held)
            )
    if not intents:
        note = note or f"{shown(who.name)} was on it already."
    _make(context, run_id, suggestion, intents)
    changed = {intent.kind: intent.item_ids for intent in intents}
    return Outcome(suggestion.id, performer_id, changed, note)


def _accept_stash_ids(
    context: Context, run_id: int, suggestion: Suggestion, hosts: Sequence[str]
) -> Outcome:
    """The performer gets the proposed person's ids of stash-boxes that it has none of."""
    performer_id, who = suggestion.item.id, suggestion.proposal.who
    if hosts:
        wanted = {host: each for host, each in who.stash_ids.items() if host in hosts}
        who = who._replace(stash_ids=wanted)
    state = changes.performer_state(context.client, performer_id)
    if state is None:
        raise NotFound(f"Performer {performer_id} is not in Stash any more: merged, or deleted.")
    pairs, refused = _missing_pairs(context.client, state.stash_ids, who)
    if refused and not pairs:
        raise NotFound(refused)
    intents = []
    if pairs:
        before = {performer_id: state.stash_ids, "added": pairs}
        intents = [
            Intent(journal.ADD_STASH_ID, "performer", (performer_id,), performer_id,
                   shown(state.name), before)
        ]  # fmt: skip
    _make(context, run_id, suggestion, intents)
    changed = {"performer": [performer_id]} if pairs else {}
    return Outcome(suggestion.id, performer_id, changed, refused)


def _missing_pairs(
    client: StashClient, held: Sequence[tuple[str, str]], who: Who
) -> tuple[list[tuple[str, str]], str | None]:
    """(endpoint, id) pairs to be added, and what is to be told of the others."""
    known, told = stash_box.endpoints(client), None
    theirs = {stash_box.site(endpoint): stash_id for endpoint, stash_id in held}
    pairs = []
    for host, stash_id in who.stash_ids.items():
        has = theirs.get(stash_box.site(host))
        if has is None:
            endpoint = stash_box.endpoint_of(known, host) or f"https://{host}/graphql"
            pairs.append((endpoint, stash_id))
        elif has.lower() != stash_id.lower():
            told = f"The performer has another id of {host} ({has}), which was left alone."
    return pairs, told


def _make(context: Context, run_id: int, suggestion: Suggestion, intents: Sequence[Intent]) -> None:
    """Journal first, then Stash, then the journal again."""
    confidence = suggestion.proposal.confidence
    numbers = journal.begin_changes(
        context.store, run_id, suggestion.id, confidence, intents, accept=True
    )
    for number, intent in zip(numbers, intents, strict=True):
        try:
            perform(context.client, intent)
        except StashError as error:
            # Whether Stash did it all the same is seen when it answers again.
            log.warning(error.sentence)
            settle(context, finish=False)
            raise
        journal.end_change(context.store, number, journal.DONE)


def _performer(
    context: Context, run_id: int, suggestion: Suggestion, wish: Wish
) -> tuple[str, str | None]:
    """The performer's id in Stash, and what is to be told of it."""
    who = suggestion.proposal.who
    found = find_performer(context.client, who)
    if found is not None:
        note = None
        if who.local_performer_id not in (None, found):
            note = (
                f"Performer {who.local_performer_id} is not {shown(who.name)} any more (merged, or "
                f"deleted): performer {found} has their stash-box id."
            )
        set_local_performer(context.store, who, found)
        return found, note
    if not wish.create:
        raise NotFound(_missing(who))
    fields = stash_box.performer_fields(context.client, who.stash_ids, who.name)
    created = create(context, run_id, suggestion, fields)
    set_local_performer(context.store, who, created)
    return created, f"{shown(who.name)} was created as performer {created}."


def _missing(who: Who) -> str:
    name, gone = shown(who.name), who.local_performer_id
    if gone:
        return (
            f"{name} is not in Stash (any more; it was performer {gone}, merged or deleted): "
            "choose another performer, or accept with creating them."
        )
    return f"{name} is not in Stash yet: accept with creating them, or add them by hand."


def find_performer(client: StashClient, who: Who) -> str | None:
    """The performer in Stash with one of the person's stash-box ids; the remembered number only
    where it still is the same person."""
    ids = [f"{host}:{stash_id}" for host, stash_id in who.stash_ids.items()]
    found = local_performers(client, ids) if ids else {}
    theirs = [each for name in ids if (each := found.get(name)) is not None]
    if theirs:
        known = [each.id for each in theirs if each.id == who.local_performer_id]
        return known[0] if known else theirs[0].id
    if not who.performer_id.startswith("local:"):
        return None
    state = changes.performer_state(client, who.performer_id.removeprefix("local:"))
    return state.id if state else None


def create(
    context: Context, run_id: int, suggestion: Suggestion | None, fields: dict[str, Any]
) -> str:
    """A new performer in Stash, journalled."""
    intent = Intent(
        journal.CREATE_PERFORMER, "performer", (), None, shown(fields["name"]),
        {"stash_ids": fields.get("stash_ids", [])},
    )  # fmt: skip
    number, confidence = None, None
    if suggestion:
        number, confidence = suggestion.id, suggestion.proposal.confidence
    (entry,) = journal.begin_changes(context.store, run_id, number, confidence, [intent])
    try:
        created = changes.create_performer(context.client, fields)
    except StashError as error:
        told = f"Stash did not create {shown(fields['name'])}: {error.sentence}"
        journal.end_change(context.store, entry, journal.FAILED, told)
        raise StashError(told) from None
    note_created(context, entry, created)
    return created


def image_ids(evidence: Mapping[str, Any]) -> list[str]:
    """The images of a gallery in which the person was seen."""
    seen = [face["image_id"] for face in evidence.get("faces", []) if "image_id" in face]
    return list(dict.fromkeys([*seen, *evidence.get("image_ids", [])]))
