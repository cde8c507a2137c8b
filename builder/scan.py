"""Pictures that are due to stored faces: read, look, save, all at the same time.

Who looks at them, and where, is an engine's business; only this thread touches the state.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from builder.flow import Flow
from builder.looking.looked import Looked, LookingEngine
from builder.net.pace import StoppedError
from builder.pictures import Bytes, Fetch, read_local
from builder.progress import Progress
from builder.state.connection import State
from builder.state.faces import save_scan
from builder.state.files import File, save_files
from builder.values import PictureRef

# Pictures that wait as bytes, and those that are saved together unless nothing else comes.
_BYTES, _TOGETHER = 32, 4


class Due(NamedTuple):
    """A picture to be looked at, and what was known of it."""

    ref: PictureRef
    known: File | None


class Scanner:
    """Has pictures that are due looked at and saves what is found."""

    def __init__(
        self,
        state: State,
        looking: LookingEngine,
        models: str,
        scanned: set[str],
        fetch: Fetch,
        build: int,
        *,
        readers: int,
        progress: Progress,
    ) -> None:
        self._state, self._looking, self._models = state, looking, models
        self._fetch, self._build, self._readers = fetch, build, readers
        self._progress = progress
        self._claimed = set(scanned)
        self._claim = threading.Lock()
        self._ready: list[Looked] = []

    def run(self, due: Iterable[Due], stopped: Callable[[], bool]) -> None:
        """Until all are done, or `stopped` says so: then the faces that are found are saved."""

        def read(due: Due) -> Iterable[Any]:
            return () if stopped() else self._read(due)

        try:
            with Flow() as flow:
                flow.feed(due, _BYTES)
                flow.stage(read, self._readers, _BYTES)
                self._looking.stages(flow, stopped)
                for looked in flow.results(self._rest):
                    self._ready.append(looked)
                    if len(self._ready) >= _TOGETHER:
                        self._save()
                self._rest()
        finally:
            self._looking.end()

    def _read(self, due: Due) -> Iterator[Bytes]:
        try:
            got = (
                self._fetch(due.ref, due.known, self._build)
                if due.ref.remote
                else read_local(due.ref, self._build)
            )
        except StoppedError:  # the next build asks for it
            return
        yield got if self._is_new(got) else got._replace(content=None)

    def _is_new(self, got: Bytes) -> bool:
        """Whether nobody has looked at these bytes, wherever they lay; true once."""
        sha256 = got.file.sha256
        if sha256 is None or got.content is None:
            return False
        with self._claim:
            new = sha256 not in self._claimed
            self._claimed.add(sha256)
        return new

    def _rest(self) -> None:
        """Nothing comes at the moment."""
        self._save()
        self._progress.told()

    def _save(self) -> None:
        if not self._ready:
            return
        with self._state.transaction():
            save_files(
                self._state, ((each.got.ref.location, each.got.file) for each in self._ready)
            )
            for each in self._ready:
                sha256 = each.got.file.sha256
                if each.size is not None and sha256 is not None:
                    save_scan(
                        self._state, self._models, sha256, each.size, each.faces, each.problem
                    )
        for each in self._ready:
            self._progress.picture(len(each.faces), bool(each.problem or each.got.file.problem))
        self._ready.clear()
