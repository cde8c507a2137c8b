"""Looks at what hooks have noted since the last time: the task that they ask for."""

from __future__ import annotations

from typing import Any

from ..errors import BadRequest
from ..operations.context import Context
from ..operations.identify_scene import KIND as SCENE
from ..operations.results import KINDS
from ..protocol import log
from ..protocol.arguments import shown
from ..protocol.request import Request
from ..stash.ids import item_id
from ..store.forget import forget_items
from ..store.images import Scan
from ..store.queue import Queued, done, enqueue, not_asked, peek, take
from .answering import Answering
from .course import Course
from .library_units import units_of
from .pipeline import Pipeline, Unit
from .run import Run, apply_what_is_sure, run_of, with_patience
from .scan_library import summary, told_scan
from .scenes import Scenes

TASK = "new_items"
# Items that are looked up in one go, and are done together.
_TAKEN = 200
# Items that can be chosen in one go: a page of Stash's lists is at most 1000.
_MOST = 5_000


def scan_new_items(request: Request) -> dict[str, Any]:
    """Scans the items that `kind` and `ids` name and those that wait, newest first, until none
    waits; waits for another task that is at work."""
    chosen = _chosen(request)
    with Context(request) as context:
        for item in chosen:
            enqueue(context.store, *item, "user")
        if not peek(context.store):
            not_asked(context.store)
            return summary(Run(context, TASK, 0))
        with run_of(context, TASK, wait=True, tell=told_scan) as run:
            # From here on a new item asks for a task of its own, as this one may be about to end.
            not_asked(context.store)
            NewItems(context, run).work()
    return summary(run)


def _chosen(request: Request) -> list[tuple[str, str]]:
    """(kind, id) of the items that the user chose; none where the task was only asked for."""
    kind, ids = request.args.raw("kind"), request.args.raw("ids")
    if kind is None and ids is None:
        return []
    if kind not in KINDS:
        raise BadRequest(f"The argument kind must be one of {', '.join(KINDS)}, not {shown(kind)}.")
    if not isinstance(ids, list) or not 0 < len(ids) <= _MOST:
        raise BadRequest(f"The argument ids must be a list of 1 to {_MOST} ids.")
    return [(kind, item_id(each)) for each in ids]


class NewItems:
    """Works the queue off; an item leaves it once its suggestions are there."""

    def __init__(self, context: Context, run: Run) -> None:
        self._context = context
        self._run = run
        self._course = Course(sum(peek(context.store).values()))
        self._answering = Answering(context, run)
        self._pipeline = Pipeline(context, self._ready, self._kept)
        self._scenes = Scenes(context, self._answering)

    def work(self) -> None:
        while items := take(self._context.store, _TAKEN):
            with_patience(self._context, self._run, lambda: self._look_at(items))
            done(self._context.store, items)
            self._course.advance(len(items))
        apply_what_is_sure(self._context, self._run)
        log.progress(1.0)

    def _look_at(self, items: list[Queued]) -> None:
        pictures = [(item.kind, item.item_id) for item in items if item.kind != SCENE]
        units = units_of(self._context.client, pictures, self._gone)
        self._pipeline.work(units)
        self._answering.flush()
        self._scenes.look_at_all(item.item_id for item in items if item.kind == SCENE)

    def _gone(self, kind: str, item_id: str) -> None:
        forget_items(self._context.store, kind, [item_id])

    def _ready(self, unit: Unit) -> None:
        self._answering.take(unit)

    def _kept(self, scan: Scan) -> None:
        self._run.add(images=1, faces=len(scan.faces), problems=int(scan.problem is not None))
