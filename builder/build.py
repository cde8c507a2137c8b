"""`build`: a face database from pictures on disk in one call, for programs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from builder.folder import Performer
from builder.net.cache import Cache
from builder.pictures import Bytes
from builder.pipeline import Builder
from builder.progress import Progress, Tell
from builder.report import REPORT, Report
from builder.sources.folder import Given
from builder.state.files import File
from builder.values import PictureRef
from stash_face.faces.engine import Engine

__all__ = ["REPORT", "Report", "build"]


def build(
    performers: Iterable[Performer],
    engine: Engine,
    output: Path,
    *,
    source: str,
    say: Callable[[str], None] = lambda sentence: None,
) -> Report:
    """Writes the database to `output` and its report into it, and keeps no state: the next call
    begins anew. Performers of one key are one person, named by the first. BadRequest when no
    face at all was found, DatabaseError when `output` holds something else."""
    with tempfile.TemporaryDirectory(prefix="stash_face_build_") as work:
        builder = Builder(
            output, Path(work), engine.pack, lambda: engine, [Given(source, performers)], _nothing,
            Cache(Path(work)), Progress(Tell(say), None),
        )  # fmt: skip
        report = builder.run()
    assert report is not None  # nobody stops it
    return report


def _nothing(ref: PictureRef, known: File | None, build: int) -> Bytes:
    raise AssertionError(f"{ref.location} is no file of this disk")
