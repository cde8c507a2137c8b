"""`python -m builder` whose cluster's workers die: one of the third picture that any of them looks
at, each of every picture of a certain size. A file that argv[1] names remembers the first death.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from pathlib import Path
from typing import Any

from builder import assembly
from builder.cli import main
from builder.looking.worker import Task
from stash_face.faces.engine import Engine
from stash_face.faces.types import Detection, Picture

POISON = (61, 83)


class Deadly(Engine):
    """Pickled as it stands here, since the worker has no such module."""

    mark = ""
    looked = 0

    def detect(self, picture: Picture) -> list[Detection]:
        self.looked += 1
        if picture.shape[:2] == POISON or (self.looked == 3 and not Path(self.mark).exists()):
            Path(self.mark).touch()
            os.kill(os.getpid(), signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
        return super().detect(picture)


def load(*options: Any, mark: str) -> Engine:
    engine = Deadly(*options)
    engine.mark = mark
    return engine


if __name__ == "__main__":
    assembly.Task = functools.partial(  # type: ignore[assignment, misc]
        Task, load=functools.partial(load, mark=sys.argv[1])
    )
    raise SystemExit(main(sys.argv[2:]))
