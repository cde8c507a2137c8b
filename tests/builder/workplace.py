"""A folder of people, an output, and builders of it that count what they look at."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from builder.net.cache import Cache
from builder.net.downloads import Downloads
from builder.net.pace import Paces
from builder.net.web import Web
from builder.pipeline import Builder, Limits
from builder.progress import Progress, Tell
from builder.report import Report
from builder.sources.folder import Folder
from builder.sources.source import Source
from stash_face.facedb.reader import FaceDatabase
from stash_face.faces.engine import Engine
from stash_face.faces.packs import load_pack
from stash_face.faces.types import Detection, Picture

PACK = load_pack("dev")


class CountingEngine(Engine):
    """Knows how many pictures were looked at."""

    looked = 0

    def detect(self, picture: Picture) -> list[Detection]:
        self.looked += 1
        return super().detect(picture)


class Workplace:
    """`people` is the folder, `output` the database; `said` are the lines of all builds."""

    def __init__(self, home: Path, engine: CountingEngine) -> None:
        self.people, self.output = home / "people", home / "db"
        self.work, self.cache = home / "work", Cache(home / "cache")
        self.engine = engine
        self.said: list[str] = []
        self.people.mkdir(parents=True)

    def put(self, name: str, photos: Sequence[Path]) -> None:
        for number, photo in enumerate(photos):
            place = self.people / name / f"{number}.jpg"
            place.parent.mkdir(exist_ok=True)
            shutil.copyfile(photo, place)

    def run(
        self,
        sources: Sequence[Source] = (),
        *,
        limits: Limits | None = None,
        stopped: Callable[[], bool] = lambda: False,
        web: Web | None = None,
        agree: bool = True,
    ) -> Report | None:
        web = web or Web(Paces(0, 4), pause=0.01)
        return Builder(
            self.output, self.work, PACK, lambda: self.engine,
            sources or [Folder(self.people)],
            Downloads(web, self.cache, self.said.append).fetch, self.cache,
            Progress(Tell(self.said.append), self.work / "progress.json"), limits or Limits(),
            stopped=stopped, agree=lambda question: agree,
        ).run()  # fmt: skip

    def looked(self, run: Callable[[], object]) -> int:
        """How many pictures `run` looks at."""
        before = self.engine.looked
        run()
        return self.engine.looked - before

    @property
    def database(self) -> FaceDatabase:
        return FaceDatabase.open(self.output)

    @property
    def faces(self) -> Any:
        return json.loads((self.output / "faces.json").read_bytes())

    def content(self) -> dict[str, bytes]:
        return content(self.output)


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a database but the reader's own stamp."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "verified.json"}


def scanned(work: Path) -> int:
    """Pictures that are saved; -1 while there is no table yet."""
    with contextlib.suppress(sqlite3.Error):
        connection = sqlite3.connect(f"file:{work / 'state.sqlite'}?mode=ro", uri=True)
        with contextlib.closing(connection):
            return int(connection.execute("SELECT COUNT(*) FROM scans").fetchone()[0])
    return -1
