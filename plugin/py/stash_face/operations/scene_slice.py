"""One slice of looking at a scene: the sprite, then frames as long as somebody is undecided."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ..errors import MediaError, NotFound
from ..identify.scene import moments
from ..protocol import log
from ..store.answers import Progress, load_progress, save_progress
from ..store.scenes import (
    FRAME,
    Looked,
    load_scene_faces,
    looked_times,
    scene_face_count,
    still_counts,
)
from .context import Context
from .scene_look import SceneLooker
from .scene_recognition import SceneFaces, SceneRecognition

if TYPE_CHECKING:
    from ..media.video import Video
    from .identify_scene import Asked

KIND = "scene"
# Frames between two looks at who is undecided: few, as each may decide somebody.
FRAMES = 10


def look(
    context: Context, asked: Asked, looked: Looked, recognition: Callable[[], SceneRecognition]
) -> bool:
    """Looks at one portion at least, and on until the time is spent; True once there is nothing
    more to look at."""
    return _Slice(context, asked, looked, recognition).run()


class _Slice:
    def __init__(
        self,
        context: Context,
        asked: Asked,
        looked: Looked,
        recognition: Callable[[], SceneRecognition],
    ) -> None:
        self._asked = asked
        self._models = context.models
        self._item = asked.item
        self._store = context.store
        self._recognition = recognition
        self._begun = time.monotonic()
        none = Progress(0, 0, 0, 0.0, 0)
        self._before = load_progress(self._store, KIND, self._item.id) or none
        self._at_first = sum(still_counts(self._store, self._item.id).values())
        context.client.use_api_key()
        self._looker = SceneLooker(
            context.client, self._store, self._item, looked, lambda: context.engine
        )

    def run(self) -> bool:
        looker = self._looker
        if looker.looked.sprite is None:
            done = looker.sprite(self._go_on, self._say)
            self._say()
            if not done or not self._go_on():
                return False
        try:
            if not self._look_at_frames():
                return False
        except (MediaError, NotFound) as error:
            looker.note(video=error.sentence)
        looker.note(looked=self._asked.max_frames)
        return True

    def _look_at_frames(self) -> bool:
        """False where the time was spent before everyone was decided."""
        with ExitStack() as opened:
            video: Video | None = None
            while left := self._asked.max_frames - len(self._looker.looked.asked):
                if video is None and not self._item.duration:
                    video = opened.enter_context(self._looker.video())
                times = self._wanted(video, min(left, FRAMES))
                if not times:
                    return True
                if video is None:
                    video = opened.enter_context(self._looker.video())
                self._looker.frames(video, times, self._go_on)
                self._say()
                if not self._go_on():
                    return False
        return True

    def _wanted(self, video: Video | None, count: int) -> list[float]:
        counts = still_counts(self._store, self._item.id)
        # Whoever the player showed does not tell who else there is.
        some = counts["sprite"] + counts["frame"] > 0
        found = load_scene_faces(self._store, self._item.id) if some else []
        seen = moments(looked_times(self._store, self._item.id))
        verdict = self._recognition().scene(SceneFaces(self._item.id, found, seen))
        duration = video.duration if video else self._item.duration
        # A frame is often some seconds from where it was wanted: neither place shows more.
        frames = looked_times(self._store, self._item.id, FRAME)
        return verdict.times(duration, [*self._looker.looked.asked, *frames], count)

    def _go_on(self) -> bool:
        return time.monotonic() < self._asked.end and not self._models.is_waited_for()

    def _say(self, tiles: int = 0) -> None:
        """Keeps how far the scene is; frames are counted as if all that are allowed were
        needed once the first was."""
        counts = still_counts(self._store, self._item.id)
        done = sum(counts.values())
        asked = len(self._looker.looked.asked)
        more = self._asked.max_frames - asked if asked else 0
        total = max(tiles, counts["sprite"]) + counts["frame"] + counts["player"] + more
        faces = scene_face_count(self._store, self._item.id)
        seconds = self._before.seconds + time.monotonic() - self._begun
        scanned = self._before.scanned + done - self._at_first
        log.progress(done / max(total, 1))
        progress = Progress(done, total, faces, seconds, scanned)
        save_progress(self._store, KIND, self._item.id, progress)
