"""The whole library: scans what is new or changed, and proposes who is in it."""

from __future__ import annotations

import math
from typing import Any

from ..operations.context import Context
from ..operations.gallery_answers import KIND as GALLERY
from ..operations.identify_image import KIND as IMAGE
from ..operations.identify_scene import KIND as SCENE
from ..operations.unknown_grouping import group_unknown_people
from ..protocol import log
from ..protocol.request import Request
from ..stash.browse import item_ids, library_counts
from ..store.images import Scan
from ..store.runs import STOPPED, load_runs
from .answering import Answering
from .course import Course
from .library_units import library_units
from .pipeline import Pipeline, Unit
from .run import Run, apply_what_is_sure, came_and_went, counted, run_of, with_patience
from .scenes import PICTURES, Scenes

SCAN, EVERYTHING, MATCH = "scan", "scan_everything", "match_again"
# Runs looked at for those that were stopped before this one.
_RUNS = 50


def scan_library(request: Request) -> dict[str, Any]:
    """Scans what is not known as it is now, or with `everything` all of it; newest first. Goes
    on where a run that was stopped has left off."""
    everything = request.args.flag("everything")
    task = EVERYTHING if everything else SCAN
    with Context(request) as context, run_of(context, task, tell=told_scan) as run:
        since = _began(context, task) if everything else None
        LibraryScan(context, run, since).work()
    return summary(run)


def match_again(request: Request) -> dict[str, Any]:
    """Names everything that was scanned anew, where the face database, the settings or what the
    user decided are others than before; opens no media."""
    with Context(request) as context, run_of(context, MATCH, tell=_told_match) as run:
        LibraryScan(context, run, scans=False).work()
    return summary(run)


class LibraryScan:
    """One way through the library; without `scans`, items that are not known are left out."""

    def __init__(
        self, context: Context, run: Run, since: str | None = None, *, scans: bool = True
    ) -> None:
        self._context = context
        self._run = run
        counts, kinds = library_counts(context.client), context.settings.kinds
        pictures = counts.images if {IMAGE, GALLERY} & set(kinds) else 0
        scenes = counts.scenes if SCENE in kinds else 0
        self._course = Course(pictures + scenes * PICTURES)
        self._answering = Answering(context, run)
        self._pipeline = Pipeline(context, self._ready, self._kept, since, scans=scans)
        self._scenes = Scenes(context, self._answering, since, scans=scans)

    def work(self) -> None:
        with_patience(self._context, self._run, self._once)
        self._context.let_engine_go()
        self._group_unknown_people()
        apply_what_is_sure(self._context, self._run)
        log.progress(1.0)

    def _once(self) -> None:
        self._course.restart()
        kinds = self._context.settings.kinds
        units = library_units(self._context.client, kinds, self._course.advance)
        self._pipeline.work(units)
        self._answering.flush()
        if SCENE in kinds:
            for page in item_ids(self._context.client, SCENE):
                for scene_id in page:
                    self._scenes.look_at(scene_id)
                    self._course.advance(PICTURES, self._so_far())

    def _group_unknown_people(self) -> None:
        grouped = group_unknown_people(self._context, math.inf, self._run.id)
        if grouped:
            new, changed, withdrawn = grouped.proposed
            self._run.add(suggestions=new, changed=changed, withdrawn=withdrawn)

    def _ready(self, unit: Unit) -> None:
        self._answering.take(unit)
        self._course.advance(len(unit.images), self._so_far())

    def _so_far(self) -> str:
        return f", {self._run.counts['faces']:,} new faces"

    def _kept(self, scan: Scan) -> None:
        self._run.add(images=1, faces=len(scan.faces), problems=int(scan.problem is not None))


def summary(run: Run) -> dict[str, Any]:
    """The output of a task that scans or names."""
    names = ("images", "scenes", "faces", "problems", "suggestions", "changed", "withdrawn",
             "applied")  # fmt: skip
    return {"run": run.id, **{name: run.counts[name] for name in names}}


def told_scan(run: Run) -> str:
    """The end of a scan in a sentence."""
    scanned = counted(run.counts, "image", "scene") or "nothing, as nothing is new or changed"
    faces = counted(run.counts, "face")
    told = f"Scanned {scanned}{f' with {faces}' if faces else ''}; {came_and_went(run.counts)}"
    unread = run.counts["problems"]
    return told + (f"; {unread:,} could not be read." if unread else ".")


def _told_match(run: Run) -> str:
    return f"Named anew what was scanned: {came_and_went(run.counts)}."


def _began(context: Context, task: str) -> str:
    """When the work began: with this run, or with the first of those before it that were all
    stopped."""
    began = ""
    for number, run in enumerate(each for each in load_runs(context.store, limit=_RUNS)
                                 if each.task == task):  # fmt: skip
        if number and run.state != STOPPED:
            break
        began = run.started_at
    return began
