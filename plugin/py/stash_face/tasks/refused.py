"""Whom only the user's least confidence keeps from being proposed, noted beside the suggestions:
the page on which it is set tells what a lower one would bring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..identify.reasons import BARRED
from ..identify.scene import moments
from ..operations.context import Context
from ..operations.gallery_answers import known_images
from ..operations.recognition import Recognition
from ..operations.scene_recognition import SceneFaces, SceneRecognition
from ..stash.entities import SceneItem
from ..store.images import Scan, load_faces
from ..store.refused import note_refused
from ..store.scenes import load_scene_faces, looked_times
from ..store.suggestions import Item, Proposal
from .pipeline import Unit
from .proposals import LocalPeople, gallery_proposals, image_proposals, scene_proposals

Answer = Mapping[str, Any]


class Refusals:
    """Names once more, without the least confidence, what was refused a name."""

    def __init__(self, context: Context, people: LocalPeople) -> None:
        self._store = context.store
        self._context = context
        self._people = people
        self._least = context.options.min_confidence

    def in_images(
        self,
        recognition: Recognition,
        units: Sequence[Unit],
        scans: Mapping[str, Scan],
        answers: Sequence[Answer],
    ) -> None:
        barred = [u for u, a in zip(units, answers, strict=True) if self._is_barred(a["faces"])]
        pictures = [(unit.id, scans[unit.id].faces) for unit in barred]
        found = recognition.unbarred().picture_answers(pictures) if barred else []
        named = {u.id: faces for u, (faces, _) in zip(barred, found, strict=True)}
        for unit in units:
            answer = {"image_id": unit.id, "faces": named.get(unit.id, [])}
            tagged, law = unit.performer_ids, recognition.law
            proposals = image_proposals(answer, self._people, tagged, law)
            self._note(Item(unit.kind, unit.id, unit.title), proposals)

    def in_galleries(
        self, recognition: Recognition, units: Sequence[Unit], answers: Sequence[Answer]
    ) -> None:
        for unit, answer in zip(units, answers, strict=True):
            proposals: list[Proposal] = []
            if self._is_barred(answer["unknown"]):
                known = known_images(self._context, unit.pictures)
                faces = list(load_faces(self._store, list(known), thumbnails=False))
                readable = sum(not problem for problem in known.values())
                free, _ = recognition.unbarred().gallery_answer(faces, readable)
                free["total_images"] = answer["total_images"]
                proposals = gallery_proposals(
                    free, faces, self._people, unit.performer_ids, recognition.law
                )
            self._note(Item(unit.kind, unit.id, unit.title), proposals)

    def in_scene(
        self, recognition: SceneRecognition, item: Item, scene: SceneItem, answer: Answer
    ) -> None:
        proposals: list[Proposal] = []
        if self._is_barred(answer["persons"]):
            faces = load_scene_faces(self._store, scene.id)
            seen = SceneFaces(scene.id, faces, moments(looked_times(self._store, scene.id)))
            free = recognition.unbarred().scene(seen).answer()
            tagged, law = scene.performer_ids, recognition.law
            proposals = scene_proposals(free, self._people, tagged, law)
        self._note(item, proposals)

    def _is_barred(self, entries: Iterable[Answer]) -> bool:
        """Whether somebody was refused; the greatest distance refuses in the same words."""
        return self._least > 0 and any(entry["reason"] == BARRED for entry in entries)

    def _note(self, item: Item, proposals: Sequence[Proposal]) -> None:
        refused = [each for each in proposals if each.confidence < self._least]
        note_refused(self._store, item, refused)
