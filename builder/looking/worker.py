"""One process of a cluster: it has the models, looks at pictures, and asks servers for them.

It gets all it needs with its task, and finds nothing on a disk but perhaps the weights. Knows
nothing of the state.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builder.flow import Flow
from builder.looking.local import LocalEngine
from builder.looking.looked import Looked
from builder.net.wire import Answer, DroppedError, Question, RefusedError, Wire
from builder.pictures import Bytes
from stash_face.errors import StashFaceError
from stash_face.faces.engine import Engine
from stash_face.faces.packs import Pack
from stash_face.faces.weights import missing, weight_folders

Load = Callable[[Pack, Sequence[Path], str, "int | None", int], Engine]


@dataclass(frozen=True)
class Task:
    """What every worker is told. `weights`: file name to what `fetch` of Worker.load turns into
    its content, for workers that have none in `folders`; `threads` of one model, 0 for as many
    as it likes; `inside`: hosts and ports that may lie in the home network."""

    pack: Pack
    folders: tuple[Path, ...]
    weights: Mapping[str, Any]
    device: str
    batch: int | None
    threads: int
    inside: frozenset[tuple[str, int]]
    load: Load = Engine


class Worker:
    """Created where it is to work; `load` comes first."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._wire = Wire(task.inside)

    def load(self, fetch: Callable[[Any], bytes]) -> list[str] | StashFaceError:
        """Loads the models; sentences where they run elsewhere than was asked for, or why they
        cannot be loaded."""
        import cv2

        task = self._task
        cv2.setNumThreads(task.threads)
        try:
            with tempfile.TemporaryDirectory(prefix="stash_face_models_") as own:
                folders = [*task.folders, *weight_folders(None), Path(own)]
                for file in missing(task.pack, folders) if task.weights else []:
                    (Path(own) / file.name).write_bytes(fetch(task.weights[file.name]))
                engine = task.load(task.pack, folders, task.device, task.batch, task.threads)
        except StashFaceError as error:
            return error
        self._local = LocalEngine(lambda: engine, 1)
        return engine.notes

    def look(self, pictures: Sequence[Bytes]) -> list[Looked]:
        """In any order."""
        with Flow() as flow:
            flow.feed(pictures, len(pictures))
            self._local.stages(flow)
            return list(flow.results())

    def ask(self, question: Question) -> Iterator[Answer | DroppedError | RefusedError | None]:
        """None when the request leaves, then its answer, or what Wire.ask would raise."""
        yield None
        try:
            yield self._wire.ask(question)
        except (DroppedError, RefusedError) as error:
            yield error
