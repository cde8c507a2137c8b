"""Stored faces to named ones: the face database, its law, and the answers of the contract."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..facedb.calibration import calibrate
from ..facedb.kept_law import brought_law, keep_law, kept_law
from ..facedb.law import Law
from ..facedb.local import JoinedDatabase, law_with
from ..facedb.manifest import Manifest
from ..facedb.reader import FaceDatabase
from ..facedb.types import Candidate
from ..faces.packs import Pack
from ..faces.types import Vector
from ..identify.decision import decide_picture
from ..identify.gallery import CANDIDATES, decide_gallery, decide_groups, group_faces
from ..identify.types import MATCH, UNKNOWN, GroupVerdict, Limits, Probe, Verdict
from ..protocol import log
from ..store.images import NamedFace, StoredFace
from ..store.references import Decision
from .face_signals import signals_entry, signals_of
from .matches import LISTED_CONFIDENCE, jpeg_uri, match_entry
from .options import Options
from .told import Told

# People searched to set the bar when a database brings none and an answer is waited for.
QUICK_SAMPLE = 500
# Candidates looked at per face, of which top_k are shown.
_CANDIDATES = 10
UNUSABLE = "is of other models or people, or says what cannot be, so it is measured anew"
# Groups of unknown people listed for a gallery, the most seen first.
UNKNOWN_LISTED = 100


_Some = TypeVar("_Some", bound="Recognition")


class Recognition:
    """The installed face database, open, with what the user told and the options of one
    request."""

    def __init__(
        self,
        manifest: Manifest,
        pack: Pack,
        data_home: Path,
        options: Options,
        told: Told | None = None,
    ) -> None:
        base = FaceDatabase(manifest)
        self._told = told or Told()
        self.database = JoinedDatabase(base, self._told.references)
        self.pack = pack
        self.law = law_with(law_of(base, pack, data_home), pack, self.database)
        self._options = options
        self._limits = Limits(options.distance_limit(pack), options.min_confidence)

    def heed(self, decisions: Mapping[str, Sequence[Decision]]) -> None:
        """From now on what was decided about the faces of these images holds."""
        self._told = self._told._replace(decisions=decisions)

    def unbarred(self: _Some) -> _Some:
        """The same without a least confidence: whom the database's own bar alone would name."""
        free = copy.copy(self)
        free._options = self._options._replace(min_confidence=0.0)
        free._limits = self._limits._replace(min_confidence=0.0)
        return free

    def picture_answer(
        self, faces: Sequence[StoredFace], image_id: str = ""
    ) -> tuple[list[dict[str, Any]], list[NamedFace]]:
        """`faces[]` of one picture, and the rows to be stored of those that got a name."""
        return self.picture_answers([(image_id, faces)])[0]

    def picture_answers(
        self, pictures: Sequence[tuple[str, Sequence[StoredFace]]]
    ) -> list[tuple[list[dict[str, Any]], list[NamedFace]]]:
        """The same for many pictures (image id, faces) in one search, which costs little more
        than that of one."""
        shown = [(image_id, self._shown(faces)) for image_id, faces in pictures]
        probes = [[self.probe(face, image_id) for face in faces] for image_id, faces in shown]
        found = iter(self._search([probe.vectors for each in probes for probe in each]))
        answers = []
        for (_, faces), theirs in zip(shown, probes, strict=True):
            candidates = [next(found) for _ in theirs]
            verdicts = decide_picture(theirs, candidates, self.law, self._limits, self._name)
            told = list(zip(faces, verdicts, strict=True))
            entries = [self._face_entry(face, verdict) for face, verdict in told]
            named = [self._named(f, verdict) for f, verdict in told if verdict.answer == MATCH]
            answers.append((entries, named))
        return answers

    def picture_verdicts(self, faces: Sequence[StoredFace], picture: str) -> list[Verdict]:
        """The verdicts on all faces of one picture."""
        probes = [self.probe(face, picture) for face in faces]
        candidates = self._search([probe.vectors for probe in probes])
        return decide_picture(probes, candidates, self.law, self._limits, self._name)

    def gallery_verdicts(
        self, faces: Sequence[tuple[str, int, StoredFace]], pictures: int
    ) -> list[GroupVerdict]:
        """The verdicts on everyone in a gallery of `pictures` pictures."""
        probes = [self.probe(face, image_id) for image_id, _, face in faces]
        return decide_gallery(
            probes, pictures, self.database, self.law, self._limits, self.pack.join, self._name
        )

    def gallery_answer(
        self, faces: Sequence[tuple[str, int, StoredFace]], pictures: int
    ) -> tuple[dict[str, Any], dict[str, list[NamedFace]]]:
        """`performers[]` and `unknown[]` of a gallery from (image id, ordinal, face), and the
        rows to be stored per image. Thumbnails are named by "face": [image id, ordinal]."""
        return self.gallery_answers([(faces, pictures)])[0]

    def gallery_answers(
        self, galleries: Sequence[tuple[Sequence[tuple[str, int, StoredFace]], int]]
    ) -> list[tuple[dict[str, Any], dict[str, list[NamedFace]]]]:
        """The same for many galleries (faces, pictures) in one search."""
        least = self._options.min_face_confidence
        shown = [[row for row in faces if row[2].score >= least] for faces, _ in galleries]
        grouped = [
            group_faces([self.probe(face, image_id) for image_id, _, face in rows], self.pack.join)
            for rows in shown
        ]
        pools = [pool for each in grouped for pool in each.pools]
        found = iter(self.database.search(pools, CANDIDATES))
        answers = []
        for rows, each, (_, pictures) in zip(shown, grouped, galleries, strict=True):
            candidates = [next(found) for _ in each.pools]
            groups = decide_groups(
                each, candidates, pictures, self.database, self.law, self._limits, self._name
            )
            answers.append(self._gallery_entry(groups, rows))
        return answers

    def _search(self, probes: Sequence[Mapping[str, Vector]]) -> list[list[Candidate]]:
        return self.database.search(probes, max(_CANDIDATES, self._options.top_k))

    def _gallery_entry(
        self, groups: Sequence[GroupVerdict], shown: Sequence[tuple[str, int, StoredFace]]
    ) -> tuple[dict[str, Any], dict[str, list[NamedFace]]]:
        performers = [self._performer(g, shown) for g in groups if g.verdict.answer != UNKNOWN]
        performers.sort(key=lambda p: (-p["image_count"], p["best_distance"]))
        strangers = [g for g in groups if g.verdict.answer == UNKNOWN]
        unknown = [self._stranger(g, shown) for g in strangers[:UNKNOWN_LISTED]]
        named: dict[str, list[NamedFace]] = {}
        for group in groups:
            if group.verdict.answer == MATCH:
                for sighting in group.sightings:
                    row = self._named(shown[sighting.probe][2], group.verdict, sighting.distance)
                    named.setdefault(sighting.picture, []).append(row)
        answer = {
            "faces_detected": len(shown),
            "performers": performers,
            "unknown": unknown,
            "unknown_total": len(strangers),
        }
        return answer, named

    def probe(self, face: StoredFace, picture: str) -> Probe:
        vectors = {
            key: np.frombuffer(data, "<f2").astype(np.float32)
            for key, (_, data) in face.embeddings.items()
        }
        norm = self.pack.norm_embedder
        # The fourth power of the telling norm pools best (docs/accuracy.md).
        weight = face.embeddings[norm][0] ** 4 if norm else max(face.quality, 0.01)
        rejected = self._told.rejected(picture, face, self.database)
        flaws = signals_of(face, self.pack).flaws
        return Probe(picture, vectors, face.quality, weight, rejected, flaws)

    def _shown(self, faces: Sequence[StoredFace]) -> list[StoredFace]:
        return [face for face in faces if face.score >= self._options.min_face_confidence]

    def _name(self, key: str) -> str:
        return self.database.person(key).name

    def _face_entry(self, face: StoredFace, verdict: Verdict) -> dict[str, Any]:
        return {
            "bbox": dict(zip("xywh", face.bbox, strict=True)),
            "face_confidence": face.score,
            "quality": face.quality,
            "quality_signals": signals_entry(signals_of(face, self.pack), verdict.candidates),
            "face_thumbnail": jpeg_uri(face.thumbnail),
            "decision": verdict.answer,
            **verdict.reason.entry,
            "matches": self._matches(verdict),
        }

    def _matches(self, verdict: Verdict) -> list[dict[str, Any]]:
        candidates = verdict.candidates
        least = max(LISTED_CONFIDENCE, self._options.min_confidence)
        farthest = self._options.distance_limit(self.pack)
        return [
            self._match(verdict, rank)
            for rank, candidate in enumerate(candidates[: self._options.top_k])
            if candidate.distance <= farthest
            and verdict.law.confidence(candidate.similarity) >= least
        ]

    def _match(self, verdict: Verdict, rank: int) -> dict[str, Any]:
        candidate, following = verdict.candidates[rank], verdict.candidates[rank + 1 : rank + 2]
        runner_up = following[0].similarity if following else None
        return match_entry(candidate, self.database.person(candidate.key), verdict.law, runner_up)

    def _confidence(self, face: StoredFace, distance: float) -> float:
        """That of one face alone, which may be far from that of all faces of a person."""
        return round(self.law.at(face.quality).confidence(1 - distance), 4)

    def _performer(
        self, group: GroupVerdict, shown: Sequence[tuple[str, int, StoredFace]]
    ) -> dict[str, Any]:
        sightings = sorted(group.sightings, key=lambda s: s.distance or 0.0)
        distances = [s.distance or 0.0 for s in sightings]
        return {
            **self._match(group.verdict, 0),
            "best_distance": round(min(distances), 4),
            "avg_distance": round(sum(distances) / len(distances), 4),
            "image_count": len(group.pictures),
            "image_ids": sorted(group.pictures, key=_by_number),
            "all_matches": [
                {
                    "image_id": s.picture,
                    "distance": round(s.distance or 0.0, 4),
                    "confidence": self._confidence(face, s.distance or 0.0),
                    "bbox": dict(zip("xywh", face.bbox, strict=True)),
                }
                for s in sightings
                for face in (shown[s.probe][2],)
            ],
            "decision": group.verdict.answer,
            **group.verdict.reason.entry,
            "face": list(shown[sightings[0].probe][:2]),
        }

    def _stranger(
        self, group: GroupVerdict, shown: Sequence[tuple[str, int, StoredFace]]
    ) -> dict[str, Any]:
        best = max(group.sightings, key=lambda s: shown[s.probe][2].quality)
        return {
            "image_count": len(group.pictures),
            "image_ids": sorted(group.pictures, key=_by_number),
            "quality": shown[best.probe][2].quality,
            **group.verdict.reason.entry,
            "candidates": self._matches(group.verdict),
            "face": list(shown[best.probe][:2]),
        }

    def _named(
        self, face: StoredFace, verdict: Verdict, distance: float | None = None
    ) -> NamedFace:
        best = verdict.candidates[0]
        person = self.database.person(best.key)
        return NamedFace(
            person.performer_id,
            round(verdict.law.confidence(best.similarity), 4),
            round(best.distance if distance is None else distance, 4),
            face.bbox,
        )


def _by_number(image_id: str) -> tuple[int, str]:
    return len(image_id), image_id


def law_of(
    database: FaceDatabase,
    pack: Pack,
    data_home: Path,
    sample: int = QUICK_SAMPLE,
    progress: Callable[[float], None] = lambda share: None,
) -> Law:
    """The database's law: from its manifest, else as computed earlier, else computed now."""
    manifest, people = database.manifest, len(database.keys)
    brought = brought_law(manifest, people)
    if brought is not None:
        return brought
    law = kept_law(data_home, manifest, people)
    if law is None or law.fitted and law.probes < min(sample, people):
        if manifest.calibration:
            log.warning(f"The calibration that {manifest.folder} brings {UNUSABLE}.")
        law = calibrate(database, pack, sample, progress)
        keep_law(data_home, manifest, law)
    return law
