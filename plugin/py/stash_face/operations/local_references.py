"""The pictures of the user's own performers as references, read in slices."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from ..errors import BadRequest
from ..protocol.arguments import shown
from ..protocol.request import Request
from ..stash.entities import LocalPerformer
from ..store.idle_references import forget_gone, idle_counts
from ..store.references import (
    CONFIRMED,
    PICTURE,
    forget_pictures,
    picture_versions,
    reference_counts,
    rename,
    save_picture,
)
from .context import Context
from .models_turn import ModelsBusyError

LIST, REFRESH = "list", "refresh"
ACTIONS = (LIST, REFRESH)


def local_references(request: Request) -> dict[str, Any]:
    """How many references there are (`list`), or that after looking at pictures that are new or
    changed (`refresh`), which goes on where the last call left off."""
    start = time.monotonic()
    action = request.args.text("action", LIST)
    if action not in ACTIONS:
        raise BadRequest(
            f"The argument action must be one of {', '.join(ACTIONS)}, not {shown(action)}."
        )
    end = start + request.args.number("budget_s", 15.0, 0.0, 3600.0)
    with Context(request) as context:
        context.models.until = end
        seen = _refresh(context, end) if action == REFRESH else {}
        return {"pack": context.pack.name, **_counts(context), **seen}


def _counts(context: Context) -> dict[str, Any]:
    idle = idle_counts(context.store, context.pack.name)
    counts = reference_counts(context.store, context.pack.name)
    return {**counts, "idle": sum(idle.values()), "note": _note(idle, context.pack.name)}


def _note(idle: dict[str, int], pack: str) -> str | None:
    """What to do about references of other models."""
    if not idle:
        return None
    cures = {
        CONFIRMED: "identify the images of the confirmed faces and confirm them again",
        PICTURE: "refresh to read the performers' pictures again",
    }
    cure = ", and ".join(cure for source, cure in cures.items() if source in idle)
    count = sum(idle.values())
    return (
        f"{count} {'references are' if count > 1 else 'reference is'} of other models than the "
        f"face database's ({pack}) and {'do' if count > 1 else 'does'} not count: {cure}."
    )


def _refresh(context: Context, end: float) -> dict[str, Any]:
    from ..stash.performers import performers
    from .told import who_is

    everyone = performers(context.client)
    pictured = {each.id: each for each in everyone if each.picture is not None}
    rename(context.store, [who_is(each) for each in everyone])
    forget_pictures(context.store, pictured)
    forget_gone(context.store, {each.id for each in everyone})
    due = pictures_due(context, pictured)
    if due:
        context.client.use_api_key()
        with suppress(ModelsBusyError):
            read_pictures(context, due, lambda: time.monotonic() < end)
        due = pictures_due(context, pictured)
    looked_at = picture_versions(context.store, context.pack.name)
    processed = len(pictured) - len(due)
    return {
        "total": len(pictured),
        "processed": processed,
        "problems": [
            {"local_performer_id": each, "name": pictured[each].name, "problem": problem}
            for each, (_, problem) in looked_at.items()
            if each in pictured and problem
        ],
        "done": not due,
        "cursor": str(processed) if due else None,
    }


def pictured_of(context: Context, everyone: Sequence[LocalPerformer]) -> dict[str, LocalPerformer]:
    """Those who have a picture, by id; references follow the names that everyone has now."""
    from .told import who_is

    pictured = {each.id: each for each in everyone if each.picture is not None}
    rename(context.store, [who_is(each) for each in everyone])
    forget_pictures(context.store, pictured)
    return pictured


def pictures_due(context: Context, pictured: dict[str, LocalPerformer]) -> list[LocalPerformer]:
    """Performers whose picture is another one than was looked at with these models."""
    known = picture_versions(context.store, context.pack.name)
    return [each for each in pictured.values() if known.get(each.id, ("",))[0] != _version(each)]


def _version(performer: LocalPerformer) -> str:
    return f"?{performer.picture}"


def read_pictures(
    context: Context, due: Iterable[LocalPerformer], go_on: Callable[[], bool]
) -> None:
    """Looks at one picture at least, each of them a commit."""
    from .performer_pictures import PictureReader
    from .told import who_is

    reader = PictureReader(context.client, lambda: context.engine)
    for performer in due:
        picture = reader.read(performer, _version(performer))
        save_picture(context.store, who_is(performer), context.pack.name, picture)
        context.give_way()
        if not go_on():
            return
