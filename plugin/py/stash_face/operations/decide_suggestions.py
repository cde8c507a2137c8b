"""Suggestions accepted, rejected, put off or opened again, several in one call."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ..errors import BadRequest
from ..protocol.arguments import shown
from ..protocol.request import Request
from ..store.connection import Store
from ..store.journal import changes_of_suggestion
from ..store.references import REJECT, UNDO, Who, reject, take_back
from ..store.runs import REVIEW, begin_run, count, end_run
from ..store.suggestions import (
    ACCEPTED,
    REJECTED,
    Item,
    Proposal,
    Suggestion,
    add_decided,
    find_suggestion,
    load_suggestions,
    reopen,
    set_state,
)
from ..store.suggestions import LATER as ASLEEP
from .apply import SCOPES, Outcome, Wish, accept, changing
from .context import Context
from .take_back import take_back_changes

ACCEPT, LATER = "accept", "later"
# In one call; more are left for the next.
MOST = 500
_DAY_S = 86_400


def decide_suggestions(request: Request, decision: str) -> dict[str, Any]:
    """`decided[]` in the order given, as far as `budget_s` reached; `left` are the others."""
    if decision not in (ACCEPT, REJECT, LATER, UNDO):
        raise BadRequest(
            f"Suggestions are decided with accept, reject, later or undo, not {decision}."
        )
    end = time.monotonic() + request.args.number("budget_s", 15.0, 0.0, 3600.0)
    wanted = _numbers(request.args.raw("suggestions"))
    with Context(request) as context:
        decided, run = _decide_all(request, context, decision, wanted, end)
        left = wanted[len(decided) :]
        return {
            "run": run,
            "decided": decided,
            "left": [str(number) for number in left],
            "done": not left,
        }


def choose(
    request: Request, context: Context, decision: str, item: Item, proposal: Proposal
) -> tuple[list[dict[str, Any]], str | None]:
    """Accepts or puts off a person for an item, whether they were proposed or not; what became
    of it, and the run."""
    number = find_suggestion(context.store, item, proposal.who.names)
    if number is None:
        number = add_decided(context.store, item, proposal)
    return _decide_all(request, context, decision, [number], time.monotonic())


def undo_choice(
    request: Request, context: Context, item: Item, who: Who
) -> tuple[list[dict[str, Any]], str | None]:
    """Takes back what was done with a person for an item; nothing where nothing was."""
    number = find_suggestion(context.store, item, who.names)
    if number is None:
        return [], None
    return _decide_all(request, context, UNDO, [number], time.monotonic())


def note_rejection(store: Store, item: Item, who: Who, face: int | None) -> None:
    """A person who was rejected for an item, or for the only face that spoke for them."""
    number = find_suggestion(store, item, who.names)
    for suggestion in load_suggestions(store, [] if number is None else [number]):
        seen = {each.get("face") for each in suggestion.proposal.evidence.get("faces", [])}
        if face is None or seen <= {face}:
            set_state(store, suggestion.id, REJECTED)


def _decide_all(
    request: Request, context: Context, decision: str, wanted: Sequence[int], end: float
) -> tuple[list[dict[str, Any]], str | None]:
    if decision in (REJECT, LATER):
        awake_at = int(time.time() + _DAY_S * request.args.number("days", 7.0, 0.0, 3650.0))
        return [_note(context.store, each, decision, awake_at) for each in wanted], None
    wish = _wish(request)
    context.client.use_api_key()
    decided: list[dict[str, Any]] = []
    with changing(context):
        if decision == UNDO:
            while len(decided) < len(wanted) and (not decided or time.monotonic() < end):
                decided.append(_undo(context, wanted[len(decided)]))
            return decided, None
        run = begin_run(context.store, REVIEW)
        while len(decided) < len(wanted) and (not decided or time.monotonic() < end):
            outcome = accept(context, run, wanted[len(decided)], wish)
            decided.append(_entry(outcome, _state(context.store, outcome.suggestion_id)))
        accepted = sum(each["state"] == ACCEPTED for each in decided)
        count(context.store, run, {"accepted": accepted})
        end_run(context.store, run)
    return decided, str(run)


def _wish(request: Request) -> Wish:
    scope = request.args.text("scope", SCOPES[0])
    if scope not in SCOPES:
        raise BadRequest(
            f"The argument scope must be one of {', '.join(SCOPES)}, not {shown(scope)}."
        )
    hosts = request.args.raw("hosts") or []
    texts = hosts.split(",") if isinstance(hosts, str) else hosts
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
        raise BadRequest(
            "The argument hosts must be a list of stash-boxes, as stash_ids names them."
        )
    return Wish(scope, request.args.flag("create"), tuple(each.strip() for each in texts))


def _note(store: Store, number: int, decision: str, awake_at: int) -> dict[str, Any]:
    """Rejects or puts off; what was accepted has to be undone first."""
    found = load_suggestions(store, [number])
    if not found:
        return _entry(_gone(number), None)
    (suggestion,) = found
    if suggestion.state == ACCEPTED:
        problem = f"{shown(suggestion.proposal.who.name)} was accepted: undo that first."
        return _entry(Outcome(number, problem=problem), ACCEPTED)
    if decision == LATER:
        _forget_rejection(store, suggestion)
        set_state(store, number, ASLEEP, awake_at)
        return _entry(Outcome(number), ASLEEP)
    item = suggestion.item
    reject(store, item.kind, item.id, None, None, suggestion.proposal.who)
    set_state(store, number, REJECTED)
    return _entry(Outcome(number), REJECTED)


def _undo(context: Context, number: int) -> dict[str, Any]:
    found = load_suggestions(context.store, [number])
    if not found:
        return _entry(_gone(number), None)
    _forget_rejection(context.store, found[0])
    entries = changes_of_suggestion(context.store, number)
    restored, skipped = take_back_changes(context, entries)
    problem = " ".join(dict.fromkeys(each.sentence for each in skipped)) or None
    if restored or not problem:
        reopen(context.store, number)
    changed = {each.kind: each.item_ids for each in restored}
    outcome = Outcome(number, None, changed, problem=problem)
    return _entry(outcome, _state(context.store, number))


def _forget_rejection(store: Store, suggestion: Suggestion) -> None:
    if suggestion.state == REJECTED:
        item = suggestion.item
        take_back(store, item.kind, item.id, None, suggestion.proposal.who)


def _entry(outcome: Outcome, state: str | None) -> dict[str, Any]:
    return {
        "suggestion": str(outcome.suggestion_id),
        "state": state,
        "local_performer_id": outcome.performer_id,
        "changed": {kind: list(ids) for kind, ids in outcome.changed.items()},
        "note": outcome.note,
        "problem": outcome.problem,
    }


def _state(store: Store, number: int) -> str | None:
    found = load_suggestions(store, [number])
    return found[0].state if found else None


def _gone(number: int) -> Outcome:
    return Outcome(number, problem="This suggestion is not there any more: reload the page.")


def _numbers(given: Any) -> list[int]:
    """A list of numbers, or as text with commas between, each once."""
    listed = given.split(",") if isinstance(given, str) else given
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST:
        raise BadRequest(f"The argument suggestions must be a list of 1 to {MOST} numbers.")
    texts = [str(each).strip() for each in listed]
    if not all(text.isascii() and text.isdecimal() and len(text) < 19 for text in texts):
        raise BadRequest("The argument suggestions must hold the numbers of suggestions.")
    return list(dict.fromkeys(int(text) for text in texts))
