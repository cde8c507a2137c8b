"""Looking at pictures in the workers of a cluster, which may die and come back.

A picture's bytes go to a worker, and what it found comes back; how is the cluster's business.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from itertools import count
from typing import Any

from builder.flow import Flow
from builder.looking.cluster import Cluster, LostError
from builder.looking.handout import Given, Handout
from builder.looking.looked import Looked, unlucky, untouched
from builder.looking.worker import Task
from builder.net.pace import StoppedError
from builder.net.wire import Answer, DroppedError, Question, Wire
from builder.pictures import Bytes
from stash_face.errors import SetupNeeded, StashFaceError

# Workers that may end one after the other before any has loaded its models, and pictures given
# up one after the other, before all is given up.
MOST_VAIN, MOST_GIVEN_UP = 3, 10
# Seconds between two looks at whether all is to end, and until a lack of workers is told.
_LOOK, _LONG = 0.1, 30.0
# Seconds without anything from a worker that has pictures, after which it is taken for dead: a
# chunk takes some, but TensorRT may plan a network for minutes first.
PATIENCE = 900.0
_DONE = 32


class RayEngine:
    """`lines`: downloads of one worker at once. `say` gets sentences about the cluster."""

    def __init__(
        self, cluster: Cluster, task: Task, lines: int, say: Callable[[str], None]
    ) -> None:
        self._cluster, self._task, self._lines, self._say = cluster, task, lines, say
        self._handout = Handout[int]()
        self._numbers = count()
        # Workers by number; those of `_loading` have not said yet that they are ready.
        self._workers: dict[int, Any] = {}
        self._loading: dict[Any, int] = {}
        self._looking: dict[Any, Given[int]] = {}
        # When each of those last gave anything, or else was given its first.
        self._heard: dict[int, float] = {}
        self._ready: tuple[int, ...] = ()
        self._turns = count()
        self._over = threading.Event()
        self._vain = self._given_up = 0
        self._idle_since = time.monotonic()

    def stages(self, flow: Flow, stopped: Callable[[], bool]) -> None:
        try:
            self._cluster.start(self._task, self._lines)
        except BaseException:
            self._over.set()
            raise
        flow.pipe(lambda incoming: self._look(incoming, stopped), _DONE)

    def end(self) -> None:
        self._cluster.end()

    def ask(self, question: Question, left: Callable[[], None]) -> Answer:
        """Wire.ask by the workers in turn, from any thread; one that dies meanwhile has dropped
        it. StoppedError when all is over."""
        while not self._ready:
            if self._over.wait(_LOOK):
                raise StoppedError
        ready = self._ready
        worker = self._workers[ready[next(self._turns) % len(ready)]]
        try:
            for answer in self._cluster.ask(worker, question):
                if answer is None:
                    left()
                elif isinstance(answer, Exception):
                    raise answer
                else:
                    return answer
        except LostError:
            pass
        raise DroppedError("the worker that asked has ended")

    def _look(
        self, incoming: Iterator[Bytes | None], stopped: Callable[[], bool]
    ) -> Generator[Looked | None, None, None]:
        try:
            for _ in range(self._cluster.count):
                self._begin()
            for got in incoming:
                if got is not None and got.content is None:
                    yield untouched(got)
                    continue
                if got is not None:
                    self._handout.add(got)
                yield from self._turn(got is None, 0.0)
                while self._handout.full and not stopped():
                    yield from self._turn(False, _LOOK)
            while self._handout.busy:
                if stopped():
                    self._handout.drop()
                yield from self._turn(True, _LOOK)
        finally:
            self._over.set()

    def _turn(self, rest: bool, seconds: float) -> Iterator[Looked | None]:
        """Hands out what there is, and takes what has come within `seconds`; None for nothing."""
        for given in self._handout.give(rest):
            ref = self._cluster.look(self._workers[given.worker], given.chunk)
            if given.worker not in self._busy():
                self._heard[given.worker] = time.monotonic()
            self._looking[ref] = given
        ended = self._cluster.ended([*self._loading, *self._looking], seconds)
        dead: list[int] = []
        for ref in ended:
            if ref in self._loading:
                self._loaded(ref)
            else:
                yield from self._took(ref, dead)
        dead += self._silent()
        for worker in dict.fromkeys(dead):
            yield from self._died(worker)
        if not ended:
            self._tell_of_none()
            yield None

    def _busy(self) -> set[int]:
        return {given.worker for given in self._looking.values()}

    def _silent(self) -> list[int]:
        late = time.monotonic() - PATIENCE
        return [worker for worker in self._busy() if self._heard[worker] < late]

    def _begin(self) -> None:
        number = next(self._numbers)
        self._workers[number], ref = self._cluster.new()
        self._loading[ref] = number

    def _loaded(self, ref: Any) -> None:
        number = self._loading.pop(ref)
        try:
            notes = self._cluster.result(ref)
        except LostError as error:
            self._vain += 1
            if self._vain >= MOST_VAIN:
                raise SetupNeeded(
                    f"The workers of the Ray cluster end as soon as they begin ({error}): see "
                    "that each machine has this project's packages and memory for the models."
                ) from None
            self._gone(number)
            return
        if isinstance(notes, StashFaceError):
            raise notes
        for note in notes if not self._handout.workers else []:
            self._say(note)
        self._vain = 0
        self._handout.join(number)
        self._ready = tuple(self._handout.workers)

    def _took(self, ref: Any, dead: list[int]) -> Iterator[Looked]:
        given = self._looking.pop(ref)
        try:
            looked = self._cluster.result(ref)
        except LostError:
            dead.append(given.worker)
            return
        self._handout.done(given)
        self._heard[given.worker] = time.monotonic()
        self._given_up = 0
        yield from looked

    def _died(self, worker: int) -> Iterator[Looked]:
        for ref in [ref for ref, given in self._looking.items() if given.worker == worker]:
            del self._looking[ref]
        for got in self._handout.died(worker):
            self._given_up += 1
            if self._given_up >= MOST_GIVEN_UP:
                raise SetupNeeded(
                    f"Workers of the Ray cluster die of every picture, the last one of "
                    f'"{got.ref.name}": see that the machines have memory enough, or leave out '
                    "--engine; nothing saved is lost."
                )
            yield unlucky(got, "one worker after the other died of it")
        self._ready = tuple(self._handout.workers)
        self._idle_since = time.monotonic()
        self._gone(worker)

    def _gone(self, worker: int) -> None:
        """Another one in its place, wherever there is room."""
        self._say("A worker of the Ray cluster has ended; another one takes its place.")
        self._cluster.drop(self._workers.pop(worker))
        self._begin()

    def _tell_of_none(self) -> None:
        if not self._ready and time.monotonic() - self._idle_since > _LONG:
            self._idle_since = time.monotonic()
            self._say("The Ray cluster has no room for a worker yet; Ctrl-C stops and saves.")


class ClusterWire(Wire):
    """Requests that leave from the workers of a cluster. Hosts in `own` are asked from here, as
    they may be known here alone, and by a key that is not to travel."""

    def __init__(
        self, inside: frozenset[tuple[str, int]], own: frozenset[tuple[str, int]], engine: RayEngine
    ) -> None:
        super().__init__(inside)
        self._own, self._engine = own, engine

    def ask(self, question: Question, left: Callable[[], None] = lambda: None) -> Answer:
        if question.target.place in self._own:
            return super().ask(question, left)
        return self._engine.ask(question, left)
