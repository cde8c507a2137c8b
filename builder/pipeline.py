"""A build from its sources to a face database: gather, look, choose, place, write.

Every step leaves what it did in the state, and takes from there what was done before. So a
build that was stopped, however, ends as it would have; and one that ended costs the next only
what has changed since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from builder.alike import alike
from builder.alone import alone
from builder.choose import Rule
from builder.contributed import with_contributed
from builder.enrol import Enrolment, enrol
from builder.gather import gather
from builder.looking.local import LocalEngine
from builder.looking.looked import LookingEngine
from builder.merging import Merging, Scanned, several_boxes
from builder.net.cache import Cache
from builder.people import Someone, people
from builder.pictures import Fetch, Stored, due
from builder.progress import Progress
from builder.report import Report, write_report
from builder.scan import Due, Scanner
from builder.sources.source import Source
from builder.spoilt_faces import spoilt_faces
from builder.state import builds, catalogue
from builder.state.builds import Build, Reference
from builder.state.connection import State
from builder.state.faces import apart, models_id, problems, scanned, stored_rows
from builder.state.files import File, all_files
from builder.values import PictureRef
from stash_face.errors import BadRequest
from stash_face.facedb.calibration import FEWEST_PEOPLE
from stash_face.facedb.manifest import MANIFEST
from stash_face.facedb.poor_faces import SpoiltFace
from stash_face.facedb.writer import check_target, write_database
from stash_face.faces.engine import Engine
from stash_face.faces.packs import Pack
from stash_face.faces.types import Vector

STATE, PROGRESS = "state.sqlite", "progress.json"
NO_LIMIT = 1 << 60


@dataclass(frozen=True)
class Limits:
    """What of the sources is used: so many people of them all, pictures of a person looked at,
    and references of a person kept."""

    people: int = NO_LIMIT
    pictures: int = NO_LIMIT
    references: int = NO_LIMIT
    least_quality: float = Rule(0).least_quality
    least_height: float = Rule(0).least_height


@dataclass
class Builder:
    """One output. `work` is the folder of its state; `engine` is loaded when a picture has to be
    looked at; `fetch` gets what lies at an address; `agree` answers questions that could lose
    something, `stopped` says when to finish what is on its way and save; `page` is where the
    report goes as HTML, with small pictures; `looking` looks at pictures in place of this process's
    own `engine` and `workers`; `let_go` ends the `engine`, which is not needed any more."""

    output: Path
    work: Path
    pack: Pack
    engine: Callable[[], Engine]
    sources: Sequence[Source]
    fetch: Fetch
    cache: Cache
    progress: Progress
    limits: Limits = Limits()
    workers: int = 2
    downloads: int = 4
    agree: Callable[[str], bool] = lambda question: False
    stopped: Callable[[], bool] = lambda: False
    page: Path | None = None
    looking: LookingEngine | None = None
    let_go: Callable[[], None] = lambda: None

    def run(self) -> Report | None:
        """The report of the database that is at `output` now; None where it was stopped before.
        BadRequest when no face at all was found, DatabaseError when `output` holds something
        else; nothing there is replaced then."""
        check_target(self.output)
        with alone(self.output, self.work), State(self.work / STATE) as state:
            build = builds.begin_build(state, self._settings())
            if build.resumed:
                self.progress.line(f"Going on with the build of {build.created_at}")
            done = gather(
                state, self.sources, agree=self.agree, stopped=self.stopped,
                progress=self.progress,
            )  # fmt: skip
            merging = self._merging(state)
            everyone = merging.everyone() if merging else self._everyone(state)
            if not done or not self._look(state, build, everyone):
                return None
            if merging:
                scanned = Scanned(state, self._models, self.pack, self._rule)
                everyone = merging.by_faces(scanned, self.work, self.progress.line)
            return self._write(state, build, everyone)

    def _merging(self, state: State) -> Merging | None:
        performers = several_boxes(state)
        review = self.output.with_name(f"{self.output.name}.review.jsonl")
        limits = self.limits
        return Merging(performers, review, limits.people, limits.pictures) if performers else None

    @cached_property
    def _models(self) -> str:
        return models_id(self.pack)

    @property
    def _rule(self) -> Rule:
        limits = self.limits
        least = limits.least_quality, limits.least_height
        return Rule(self.pack.join, *least, limits.references)

    def _settings(self) -> str:
        """What a stopped build must share to be gone on with."""
        names = [source.name for source in self.sources]
        return json.dumps([self._models, names, *vars(self.limits).values()])

    def _everyone(self, state: State) -> list[Someone]:
        return list(people(catalogue.performers(state), self.limits.people, self.limits.pictures))

    def _look(self, state: State, build: Build, everyone: Sequence[Someone]) -> bool:
        """Whether every picture that had to be looked at was."""
        known, seen = all_files(state), scanned(state, self._models)
        broken = problems(state, self._models)
        for ref in _refs(everyone):
            file = known.get(ref.location)
            if ref.remote and file and file.sha256 in broken and file.build != build.number:
                # What came may not have been all there was.
                del known[ref.location]
        todo = [Due(ref, known.get(ref.location)) for ref in _refs(everyone)
                if _is_due(ref, known.get(ref.location), build, seen)]  # fmt: skip
        del known
        if not todo:
            return not self.stopped()
        self.progress.stage("looking at pictures", len(todo))
        scanner = Scanner(
            state, self.looking or LocalEngine(self.engine, self.workers), self._models, seen,
            self.fetch, build.number, readers=max(self.downloads, self.workers),
            progress=self.progress,
        )  # fmt: skip
        scanner.run(todo, self.stopped)
        return not self.stopped()

    def _write(self, state: State, build: Build, everyone: Sequence[Someone]) -> Report:
        counts = catalogue.counts(state)
        report = Report(sources={source.name: counts[source.name] for source in self.sources})
        found = enrol(
            state, self._models, everyone, all_files(state), problems(state, self._models),
            self._rule, report,
        )  # fmt: skip
        found = with_contributed(state, self._models, everyone, found, self._rule, report)
        if not found.people:
            raise BadRequest(
                f"No face was found in {report.pictures} pictures of {report.performers} "
                "performers: a face database needs at least one."
            )
        placed = builds.place(state, self._models, found.references)
        content = _digest(self._models, found, placed, report.sources)
        version, before = builds.last_content(state)
        if content == before and _version_at(self.output) == version:
            builds.drop_build(state, build)
            self.progress.line(f"Nothing has changed since version {version}.")
            report.alike = alike(state, self.output, placed)
            self._show(state, report, everyone)
            return report
        spoilt = self._spoilt(state, found, placed, everyone)
        report.spoilt_faces = len(spoilt)
        # Measuring the law takes as much memory as the models do.
        self.let_go()
        there = _version_at(self.output)
        if not builds.was_written(state, build, content, there):
            builds.save_content(state, build, content)
            base = self.output if builds.can_grow(state, there) else None
            self._index(build, found, self._vectors(state, placed), report, spoilt, base)
        report.alike = alike(state, self.output, placed)
        write_report(report, self.output)
        self._show(state, report, everyone)
        builds.end_build(state, build, content)
        return report

    def _index(
        self,
        build: Build,
        found: Enrolment,
        vectors: Iterator[tuple[str, dict[str, Vector]] | None],
        report: Report,
        spoilt: Sequence[SpoiltFace],
        base: Path | None,
    ) -> None:
        write_database(
            self.output, self.pack, found.people, vectors, version=build.version,
            created_at=build.created_at, sources=list(report.sources),
            source_stats=report.sources, base=base, spoilt=spoilt, say=self.progress.line,
        )  # fmt: skip

    def _show(self, state: State, report: Report, everyone: Sequence[Someone]) -> None:
        if self.page is None:
            return
        from builder.report_page import page

        files = all_files(state)
        stored = Stored(self.cache, _places(files, everyone))
        hashes = {
            ref.name: file.sha256 for ref in _refs(everyone)
            if (file := files.get(ref.location)) and file.sha256
        }  # fmt: skip
        text = page(report, lambda name: stored.get(hashes[name]) if name in hashes else None)
        self.page.write_text(text, encoding="utf-8")

    def _spoilt(
        self,
        state: State,
        found: Enrolment,
        placed: Sequence[Reference | None],
        everyone: Sequence[Someone],
    ) -> list[SpoiltFace]:
        if len(found.people) < FEWEST_PEOPLE:
            return []
        self.progress.line("Looking at spoilt copies of some of the pictures")
        places = _places(all_files(state), everyone)
        return spoilt_faces(
            state, self._models, self.pack, [each for each in placed if each is not None],
            Stored(self.cache, places).get, self.engine,
        )  # fmt: skip

    def _vectors(
        self, state: State, placed: Sequence[Reference | None]
    ) -> Iterator[tuple[str, dict[str, Vector]] | None]:
        for reference in placed:
            if reference is None:
                yield None
                continue
            (row,) = stored_rows(state, self._models, [reference[1:]])
            yield reference.key, apart(self.pack, row)


def _refs(everyone: Sequence[Someone]) -> Iterator[PictureRef]:
    """Every picture once."""
    met: set[str] = set()
    for someone in everyone:
        for ref in someone.pictures:
            if ref.location not in met:
                met.add(ref.location)
                yield ref


def _places(files: Mapping[str, File], everyone: Sequence[Someone]) -> dict[str, PictureRef]:
    """Where the picture of a sha256 lies."""
    return {
        file.sha256: ref for ref in _refs(everyone)
        if (file := files.get(ref.location)) and file.sha256
    }  # fmt: skip


def _is_due(ref: PictureRef, known: File | None, build: Build, seen: set[str]) -> bool:
    return due(ref, known, build.number, known is not None and known.sha256 in seen)


def _digest(
    models: str,
    found: Enrolment,
    placed: Sequence[Reference | None],
    sources: dict[str, int],
) -> str:
    told = json.dumps([models, found.people, placed, sources])
    return hashlib.sha256(told.encode()).hexdigest()


def _version_at(output: Path) -> str | None:
    try:
        return str(json.loads((output / MANIFEST).read_bytes())["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
