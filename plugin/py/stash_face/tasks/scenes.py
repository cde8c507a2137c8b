"""Scenes of a long run: each is looked at until nothing more is to be seen, answered, and who is
in it proposed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ..errors import MediaError, NotFound
from ..operations.context import Context
from ..operations.identify_scene import KIND, MAX_FRAMES, Asked, answer_scene
from ..protocol import log
from ..stash.entities import SceneItem
from ..stash.library import scene
from ..store.answers import answer_states, note_proposed, proposed_states
from ..store.forget import forget_items, forget_scene_before
from ..store.scenes import load_looked, scene_face_count
from ..store.suggestions import Item
from .answering import Answering
from .library_units import name
from .proposals import scene_proposals

# What a scene is in the course of a run, in pictures.
PICTURES = 40


class Scenes:
    """With `since` what was looked at before is looked at again; without `scans` scenes that are
    not wholly looked at are left out."""

    def __init__(
        self,
        context: Context,
        answering: Answering,
        since: str | None = None,
        *,
        scans: bool = True,
    ) -> None:
        self._context = context
        self._answering = answering
        self._run = answering.run
        self._since = since
        self._scans = scans

    def look_at(self, scene_id: str) -> None:
        """One that is gone from Stash leaves the store."""
        store = self._context.store
        try:
            item = scene(self._context.client, scene_id)
        except NotFound:
            forget_items(store, KIND, [scene_id])
            return
        if self._since:
            forget_scene_before(store, scene_id, self._since)
        asked = Asked(item, self._context.options, MAX_FRAMES, math.inf)
        looked = load_looked(store, scene_id, asked.file, self._context.pack.name)
        is_new = not asked.is_seen(looked)
        if is_new and not self._scans:
            return
        try:
            answer = self._answer(asked)
        except (MediaError, NotFound) as error:
            log.warning(f"Scene {scene_id}: {error.sentence}")
            self._run.add(scenes=1, problems=1)
            return
        if is_new:
            self._run.add(scenes=1, faces=scene_face_count(store, scene_id))
        state = answer_states(store, KIND, [scene_id])
        if answer is not None and proposed_states(store, KIND, [scene_id]) != state:
            self._propose(item, answer)
            note_proposed(store, KIND, state.items())

    def _answer(self, asked: Asked) -> dict[str, Any] | None:
        """With pauses between two portions, where a page waits for the models."""
        while True:
            answer = answer_scene(
                self._context, asked, lambda: self._answering.for_scene(asked.item.id)
            )
            if answer is not None or not self._context.give_way():
                return answer

    def look_at_all(self, scene_ids: Iterable[str]) -> None:
        for scene_id in scene_ids:
            self.look_at(scene_id)

    def _propose(self, item: SceneItem, answer: dict[str, Any]) -> None:
        recognition, people = self._answering.for_scene(item.id), self._answering.people
        found = scene_proposals(answer, people, item.performer_ids, recognition.law)
        proposed_for = Item(KIND, item.id, item.title or name(item.path))
        self._answering.propose(proposed_for, found)
        self._answering.refusals.in_scene(recognition, proposed_for, item, answer)
