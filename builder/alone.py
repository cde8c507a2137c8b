"""One builder at a time works on an output, and in a working folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from stash_face.errors import BadRequest
from stash_face.file_lock import file_lock


@contextlib.contextmanager
def alone(output: Path, work: Path) -> Iterator[None]:
    """BadRequest where another builder has this output or this working folder."""

    def refuse() -> None:
        raise BadRequest(
            f"Another builder is working on {output}: wait for it, or stop it with Ctrl-C."
        )

    output.resolve().parent.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    beside = output.resolve().with_name(f".{output.name}.builder.lock")
    with file_lock(beside, refuse), file_lock(work / "lock", refuse):
        yield
