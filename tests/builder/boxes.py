"""Stash-boxes whose people have made-up faces, and an output that is built from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from builder.choose import Rule
from builder.merging import Merging, Scanned
from builder.net.cache import Cache
from builder.people import Someone
from builder.pipeline import Builder, Limits
from builder.progress import Progress, Tell
from builder.sources.source import End, Known, Page
from builder.state.connection import State
from builder.state.faces import StoredFace, models_id, save_scan
from builder.state.files import File, save_files
from builder.values import PictureRef, SourcePerformer
from stash_face.facedb.people import person
from stash_face.faces.types import Detection
from tests.facedb.made_up import EMBEDDERS, PACK, near, unit

A, B, C = "stashdb.org", "fansdb.cc", "theporndb.net"
DETECTION = Detection((100, 100, 300, 300), np.zeros((5, 2), np.float32), 0.9, 0)


class Box:
    """A source of performers that are told at once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.told: list[SourcePerformer] = []

    def read(self, known: Known) -> Iterator[Page]:
        yield Page(list(self.told), end=End(whole=True))


class Place:
    """An output whose pictures were all looked at: faces are made up, nothing is decoded."""

    def __init__(self, home: Path) -> None:
        self.output, self.work = home / "db", home / "work"
        self.review = home / "db.review.jsonl"
        self.boxes = {host: Box(host) for host in (A, B, C)}
        self.said: list[str] = []
        self.meanwhile: dict[str, Callable[[], None]] = {}
        self._rng = np.random.default_rng(7)
        self._centres: dict[int, Any] = {}

    def add(
        self, host: str, ident: str, name: str, face: int, likeness: float = 0.95, **more: Any
    ) -> None:
        """Somebody with two pictures of person `face`, as like their middle as `likeness`."""
        refs = tuple(PictureRef(f"https://{host}/{ident}/{n}", f"{ident} {n}", True) for n in "12")
        ids = {"name": name} | more.pop("record", {})
        told = SourcePerformer(ident, ident, person(f"{host}:{ident}", ids), refs, **more)
        self.boxes[host].told.append(told)
        with State(self.work / "state.sqlite") as state, state.transaction():
            for ref in refs:
                sha256 = f"sha of {ref.location}"
                save_files(state, [(ref.location, File(sha256, "", None, 1))])
                seen = StoredFace(0, 0.9, DETECTION, self._vector(face, likeness))
                save_scan(state, models_id(PACK), sha256, (400, 400), [seen], None)

    def _vector(self, face: int, likeness: float) -> Any:
        if face not in self._centres:
            self._centres[face] = [unit(self._rng.normal(size=512)) for _ in EMBEDDERS]
        centres = self._centres[face]
        return np.concatenate([near(centre, likeness, self._rng) for centre in centres])

    def build(
        self, *hosts: str, people: int = 1000, stopped: Callable[[], bool] = lambda: False
    ) -> dict[str, Any]:
        """performers.json of these sources, or of all that have somebody."""
        sources = [box for host, box in self.boxes.items() if host in hosts or not hosts]

        def never(*_: object) -> Any:
            raise AssertionError("every picture was looked at")

        Builder(
            self.output, self.work, PACK, never, [box for box in sources if box.told], never,
            Cache(self.work), Progress(Tell(self.say), None), Limits(people=people),
            agree=lambda question: True, stopped=stopped,
        ).run()  # fmt: skip
        if stopped():
            return {}
        found: dict[str, Any] = json.loads((self.output / "performers.json").read_bytes())
        return found

    def people(self) -> list[Someone]:
        """Who they are, without a build."""
        told = [(host, each) for host, box in self.boxes.items() for each in box.told]
        merging = Merging(told, self.review, 1000, 20)
        with State(self.work / "state.sqlite") as state:
            scanned = Scanned(state, models_id(PACK), PACK, Rule(PACK.join))
            return merging.by_faces(scanned, self.work, self.say)

    def say(self, sentence: str) -> None:
        self.said.append(sentence)
        for words in [words for words in self.meanwhile if words in sentence]:
            self.meanwhile.pop(words)()

    def pairs(self) -> list[dict[str, Any]]:
        lines = self.review.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if not line.startswith("#")]

    def decide(self, decision: str) -> None:
        """As somebody does in an editor who decides all that is in the review file alike."""
        lines = [json.dumps(each | {"decision": decision}) for each in self.pairs()]
        self.review.write_text("\n".join(["# a comment", "", *lines]), encoding="utf-8")
