"""All performers of the user: who is still without an id of a stash-box, and who has only some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..operations.context import Context
from ..operations.identify_performer import keep_proposals, open_looker, refresh_pictures
from ..operations.performer_faces import tagged_faces
from ..operations.performer_look import Look
from ..protocol import log
from ..protocol.request import Request
from ..stash.entities import LocalPerformer
from ..stash.performers import performers
from .course import Course
from .run import Run, came_and_went, counted, run_of, with_patience

UNMATCHED, MISSING_IDS = "identify_performers", "find_stash_ids"
# Lines about duplicates and wrong tags in Stash's log.
_LINES = 100


def identify_performers(request: Request) -> dict[str, Any]:
    """Proposes ids for performers who have none."""
    return _run(request, UNMATCHED, lambda performer: not performer.stash_ids)


def find_stash_ids(request: Request) -> dict[str, Any]:
    """Proposes ids of other stash-boxes for performers who have one."""
    return _run(request, MISSING_IDS, lambda performer: bool(performer.stash_ids))


def _run(request: Request, task: str, wanted: Callable[[LocalPerformer], bool]) -> dict[str, Any]:
    with Context(request) as context, run_of(context, task, tell=_told) as run:
        every = _Everyone(context, run, wanted)
        with_patience(context, run, every.work)
    names = ("performers", "suggestions", "withdrawn", "duplicates", "never_seen")
    return {"run": run.id, **{name: run.counts[name] for name in names}}


class _Everyone:
    """The performers that are wanted, one after another; after a failure of Stash it goes on
    with those that are left."""

    def __init__(
        self, context: Context, run: Run, wanted: Callable[[LocalPerformer], bool]
    ) -> None:
        self._context = context
        self._run = run
        self._wanted = wanted
        self._done: set[str] = set()
        self._lines = 0

    def work(self) -> None:
        everyone = performers(self._context.client)
        refresh_pictures(self._context, everyone)
        self._context.let_engine_go()
        looker = open_looker(self._context, everyone)
        wanted = [each for each in everyone if self._wanted(each)]
        course = Course(len(wanted))
        for performer in wanted:
            if performer.id not in self._done:
                tagged = tagged_faces(self._context, performer.id)
                self._keep(performer, looker.look(performer, tagged))
                self._done.add(performer.id)
            course.advance(1)
        log.progress(1.0)

    def _keep(self, performer: LocalPerformer, look: Look) -> None:
        for proposed in keep_proposals(self._context, self._run.id, performer, look):
            self._run.add(suggestions=proposed.new, withdrawn=proposed.withdrawn)
        self._run.add(
            performers=1, duplicates=len(look.duplicates), never_seen=len(look.never_seen)
        )
        for other in look.duplicates:
            self._line(
                f"{performer.name} ({performer.id}) and {other['name']} "
                f"({other['local_performer_id']}) look like the same person."
            )
        if look.never_seen:
            items = ", ".join(item.replace(":", " ") for item in look.never_seen[:5])
            self._line(f"{performer.name} ({performer.id}) is tagged on, but not seen in {items}.")

    def _line(self, text: str) -> None:
        self._lines += 1
        if self._lines <= _LINES:
            log.info(text)


def _told(run: Run) -> str:
    looked = counted(run.counts, "performer") or "no performer"
    told = f"Looked at {looked}: {came_and_went(run.counts)}"
    duplicates = run.counts["duplicates"]
    return told + (f"; {duplicates} may be there twice, see the log." if duplicates else ".")
