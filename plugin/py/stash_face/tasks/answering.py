"""Units whose pictures are known become stored answers and suggestions, many in one search."""

from __future__ import annotations

import time

from ..errors import DatabaseError
from ..facedb.installed import installed
from ..operations.context import Context
from ..operations.gallery_answers import KIND as GALLERY
from ..operations.gallery_answers import answer_galleries, gallery_state
from ..operations.identify_image import KIND as IMAGE
from ..operations.identify_image import answer_images, image_state
from ..operations.identify_scene import KIND as SCENE
from ..operations.recognition import Recognition
from ..operations.scene_recognition import SceneRecognition
from ..operations.told import told
from ..stash.performers import performers
from ..store.answers import note_proposed, proposed_states, save_answer, save_answers
from ..store.images import load_faces, load_scans
from ..store.references import decided_state, decisions
from ..store.suggestions import Item, Proposal, propose
from .pipeline import Unit
from .proposals import LocalPeople, gallery_proposals, image_proposals
from .refused import Refusals
from .run import Run

# A search goes through the whole face database, so it is for many; but nobody waits longer.
_UNITS, _PICTURES, _SECONDS = 1_000, 2_000, 30.0

# What the answer of a unit (kind, id) is given for; of the time before it is worked out, so that
# a decision made meanwhile makes it due again.
States = dict[tuple[str, str], str]


class Answering:
    """Takes units, and answers those whose suggestions were not made for the present files, models,
    face database, settings and decisions."""

    def __init__(self, context: Context, run: Run) -> None:
        self._context = context
        self._options = context.options
        self.run = run
        self._held: list[Unit] = []
        self._pictures = 0
        self._since = time.monotonic()
        self._recognition: SceneRecognition | None = None
        self._opened_for = ("", "")
        self.people = LocalPeople(performers(context.client))
        self.refusals = Refusals(context, self.people)

    def take(self, unit: Unit) -> None:
        if not self._held:
            self._since = time.monotonic()
        self._held.append(unit)
        self._pictures += len(unit.images)
        long = time.monotonic() - self._since > _SECONDS
        if long or len(self._held) >= _UNITS or self._pictures >= _PICTURES:
            self.flush()

    def flush(self) -> None:
        """Answers what was taken."""
        held, self._held, self._pictures = self._held, [], 0
        self._open()
        states = {(unit.kind, unit.id): self._state(unit) for unit in held}
        due = self._due(held, states)
        if not due:
            return
        image_ids = [image.id for unit in due for image in unit.images]
        recognition = self._opened(IMAGE, image_ids)
        self._answer_images([u for u in due if u.kind == IMAGE], recognition, states)
        self._answer_galleries([u for u in due if u.kind == GALLERY], recognition, states)

    def _due(self, units: list[Unit], states: States) -> list[Unit]:
        store = self._context.store
        known = {
            kind: proposed_states(store, kind, [u.id for u in units if u.kind == kind])
            for kind in (IMAGE, GALLERY)
        }
        return [u for u in units if known[u.kind].get(u.id) != states[u.kind, u.id]]

    def _state(self, unit: Unit) -> str:
        if unit.kind == IMAGE:
            return image_state(self._context, unit.images[0], self._options)
        return gallery_state(self._context, unit.pictures, self._options)

    def _open(self) -> None:
        """Notices when another face database is installed, or references have changed."""
        context, manifest = self._context, installed(self._context.data_home)
        if manifest.identity != context.manifest.identity:
            if manifest.pack != context.manifest.pack:
                raise DatabaseError(
                    f"While this ran, the face database {manifest.version} was installed, which "
                    "needs other models: start the task again."
                )
            context.manifest = manifest
        now = (manifest.identity, decided_state(context.store, IMAGE, []))
        if now != self._opened_for:
            self._recognition, self._opened_for = None, now

    def for_scene(self, scene_id: str) -> SceneRecognition:
        """The face database, open, with what was decided about this scene."""
        self._open()
        return self._opened(SCENE, [scene_id])

    def _opened(self, kind: str, item_ids: list[str]) -> SceneRecognition:
        context = self._context
        if self._recognition is None:
            self._recognition = SceneRecognition(
                context.manifest, context.pack, context.data_home, self._options,
                told(context.store, context.pack),
            )  # fmt: skip
        self._recognition.heed(decisions(context.store, kind, item_ids))
        return self._recognition

    def _answer_images(self, units: list[Unit], recognition: Recognition, states: States) -> None:
        """Pictures that cannot be read have no answer."""
        store = self._context.store
        scans = load_scans(store, [unit.id for unit in units])
        readable = [u for u in units if u.id in scans and not scans[u.id].problem]
        answers = answer_images(self._context, recognition, [scans[u.id] for u in readable])
        for unit, answer in zip(readable, answers, strict=True):
            found = image_proposals(answer, self.people, unit.performer_ids, recognition.law)
            self.propose(Item(unit.kind, unit.id, unit.title), found)
        self.refusals.in_images(recognition, readable, scans, answers)
        answered = zip(readable, answers, strict=True)
        save_answers(store, IMAGE, [(u.id, states[IMAGE, u.id], each) for u, each in answered])
        note_proposed(store, IMAGE, [(unit.id, states[IMAGE, unit.id]) for unit in readable])

    def _answer_galleries(
        self, units: list[Unit], recognition: Recognition, states: States
    ) -> None:
        store = self._context.store
        answers = answer_galleries(self._context, recognition, [u.pictures for u in units])
        self.refusals.in_galleries(recognition, units, answers)
        for unit, answer in zip(units, answers, strict=True):
            seen = {i for person in answer["performers"] for i in person["image_ids"]}
            faces = list(load_faces(store, sorted(seen), thumbnails=False))
            tagged = unit.performer_ids
            found = gallery_proposals(answer, faces, self.people, tagged, recognition.law)
            self.propose(Item(unit.kind, unit.id, unit.title), found)
            save_answer(store, GALLERY, unit.id, states[GALLERY, unit.id], answer)
            note_proposed(store, GALLERY, [(unit.id, states[GALLERY, unit.id])])

    def propose(self, item: Item, found: list[Proposal]) -> None:
        """Makes them the item's suggestions, and counts them."""
        proposed = propose(self._context.store, self.run.id, item, found)
        self.run.add(
            suggestions=proposed.new, changed=proposed.changed, withdrawn=proposed.withdrawn
        )
