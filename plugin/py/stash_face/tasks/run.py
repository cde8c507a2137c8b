"""A task's run: one at a time, written down with what it found, and patient with Stash."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from ..errors import BusyError, StashError, StoreError
from ..operations.alone import alone
from ..operations.apply import changing
from ..operations.auto_apply import apply_sure
from ..operations.context import Context
from ..operations.installation import check_installation
from ..protocol import log
from ..stash.failures import RefusedError
from ..stash.library import stash_version
from ..store.answers import database_number
from ..store.runs import DONE, FAILED, begin_run, count, end_run, stop_lost_runs

# A Stash that restarts is back by then; what was done is kept anyway.
STASH_PATIENCE_SECONDS = 120.0
# Failures in a row between which nothing was done.
_IN_VAIN = 3
# Counts are a commit of their own.
_COUNT_SECONDS = 5.0
_PLURALS = {"gallery": "galleries"}
_CAME = (
    ("suggestions", "new"),
    ("changed", "changed"),
    ("withdrawn", "withdrawn"),
    ("applied", "put into effect"),
)
_LOCK = ("task", "library")


class Run:
    """An entry of the store's runs; `counts` are written down now and then, and at the end."""

    def __init__(self, context: Context, task: str, number: int) -> None:
        self.id = number
        self.task = task
        self.counts: Counter[str] = Counter()
        self._context = context
        self._written: Counter[str] = Counter()
        self._wrote = time.monotonic()

    def add(self, **counts: int) -> None:
        self.counts.update(counts)
        if time.monotonic() - self._wrote > _COUNT_SECONDS:
            self.write()

    def write(self) -> None:
        self._wrote = time.monotonic()
        new = {what: n - self._written[what] for what, n in self.counts.items()}
        self._written = Counter(self.counts)
        if any(new.values()):
            count(self._context.store, self.id, new)


@contextmanager
def run_of(
    context: Context, task: str, *, wait: bool = False, tell: Callable[[Run], str] | None = None
) -> Iterator[Run]:
    """A run while no other works on the library, with Stash's API key at hand for long work.

    BusyError at once where another one does, or with `wait` only a line in the log. A failure
    ends the run as failed with its sentence; `tell` gives that of a good end."""
    # Before hours of work: what is wrong with the database, its models or the settings.
    context.options.distance_limit(context.pack)
    check_installation(context)
    with _alone(context, wait):
        stop_lost_runs(context.store, task)
        context.work_long()
        context.client.use_api_key()
        with changing(context):
            pass  # what a dead process left half done in Stash is settled
        manifest = context.manifest
        known = database_number(context.store, manifest.version, manifest.pack, manifest.identity)
        run = Run(context, task, begin_run(context.store, task, known))
        try:
            yield run
        except BaseException as error:
            _end(context, run, FAILED, getattr(error, "sentence", type(error).__name__))
            raise
        _end(context, run, DONE, tell(run) if tell else None)


def with_patience(context: Context, run: Run, work: Callable[[], None]) -> None:
    """Does the work, and again where Stash did not answer but comes back in a while: what is
    done already costs little then."""
    in_vain, before = 0, run.counts.total()
    while True:
        try:
            return work()
        except RefusedError:
            raise
        except StashError as error:
            in_vain = 0 if run.counts.total() > before else in_vain + 1
            before = run.counts.total()
            if in_vain >= _IN_VAIN:
                raise
            log.warning(error.sentence)
            _await_stash(context, error)


def apply_what_is_sure(context: Context, run: Run) -> None:
    """Puts sure suggestions of the run into effect, where the user wants that."""
    for outcome in apply_sure(context, run.id):
        if outcome.problem:
            log.warning(outcome.problem)
        elif outcome.changed:
            run.add(applied=1)


def counted(counts: Mapping[str, int], *words: str) -> str:
    """`3 images, 1 gallery` of those words that were counted; "" where none was."""
    told = []
    for word in words:
        many = _PLURALS.get(word, f"{word}s")
        number = counts.get(many, 0)
        if number:
            told.append(f"{number:,} {word if number == 1 else many}")
    return ", ".join(told)


def came_and_went(counts: Mapping[str, int]) -> str:
    """What became of suggestions: `suggestions: 3 new, 1 withdrawn`."""
    told = [f"{counts[what]:,} {word}" for what, word in _CAME if counts.get(what)]
    return f"suggestions: {', '.join(told)}" if told else "no new suggestions"


def _await_stash(context: Context, error: StashError) -> None:
    end = time.monotonic() + STASH_PATIENCE_SECONDS
    while time.monotonic() < end:
        time.sleep(1.0)
        try:
            stash_version(context.client)
            return
        except RefusedError:
            raise
        except StashError:
            continue
    raise error


def _end(context: Context, run: Run, state: str, told: str | None) -> None:
    try:
        run.write()
        end_run(context.store, run.id, state, told)
    except StoreError as error:
        # The disk may be full: the next run marks this one as stopped.
        log.warning(error.sentence)
    if told and state == DONE:
        log.info(told)


@contextmanager
def _alone(context: Context, wait: bool) -> Iterator[None]:
    with ExitStack() as held:
        if held.enter_context(alone(context, *_LOCK, end=0.0)):
            yield
            return
        if not wait:
            raise BusyError(
                "Another task of this plugin works on the library just now: start this one again "
                "when it has ended."
            )
    log.info("Waiting for another task of this plugin to end.")
    with alone(context, *_LOCK, end=math.inf):
        yield
