"""Who is in a scene, in slices: the sprite first, and frames of the video where it does not
decide; each call goes on where the last one, or a kill, left off."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..facedb.installed import installed
from ..protocol.request import Request
from ..stash.entities import NO_SPRITE, LocalPerformer, SceneItem
from ..stash.ids import item_id
from ..stash.library import scene
from ..store.answers import (
    Progress,
    database_number,
    is_outdated,
    load_answer,
    load_progress,
    save_answer,
    save_progress,
)
from ..store.references import decided_state
from ..store.scenes import (
    Looked,
    begin_scene,
    load_looked,
    load_scene_faces,
    load_scene_thumbnail,
    looked_times,
    media_due,
    pictures_state,
    save_looked,
    save_scene_names,
    scene_face_count,
    still_counts,
)
from .alone import alone
from .context import Context
from .matches import jpeg_uri, mark_local
from .models_turn import ModelsBusyError
from .options import Options
from .scene_source import EMPTY, told_source

if TYPE_CHECKING:
    from .scene_recognition import SceneRecognition

KIND = "scene"
Opened: TypeAlias = "Callable[[], SceneRecognition]"
MAX_FRAMES = 40
# A video that could not be read is tried again after this long, when it is asked for.
AGAIN_SECONDS = 60


class Asked(NamedTuple):
    """A scene with what is asked about it: at most `max_frames` frames of its video may be
    looked at, until `end` (time.monotonic)."""

    item: SceneItem
    options: Options
    max_frames: int
    end: float

    @property
    def file(self) -> str:
        return self.item.file.fingerprint() if self.item.file else ""

    def is_seen(self, looked: Looked | None) -> bool:
        """Whether there is nothing more to look at."""
        if looked is None or looked.looked is None or looked.looked < self.max_frames:
            return False
        return not self.sprite_came(looked)

    def sprite_came(self, looked: Looked) -> bool:
        """Whether a sprite was generated since there was none."""
        if looked.sprite != NO_SPRITE:
            return False
        # Not above: it needs the whole client, a stored answer does not.
        from ..stash.scene_media import has_sprite_here

        return has_sprite_here(self.item)


def identify_scene(request: Request) -> dict[str, Any]:
    """The scene's persons once nothing more has to be looked at (`done`), until then how far it
    is."""
    start = time.monotonic()
    scene_id = item_id(request.args.raw("scene_id"), "scene_id")
    max_frames = request.args.whole(("max_frames",), MAX_FRAMES, 0, 1000)
    end = start + request.args.number("budget_s", 15.0, 0.0, 3600.0)
    with Context(request) as context:
        identity = context.manifest.identity
        if context.has_store and is_outdated(context.store, KIND, scene_id, identity):
            context.begin_loading("scene_recognition")
        item = scene(context.reader, scene_id)
        asked = Asked(item, context.options, max_frames, end)
        answer = answer_scene(context, asked)
        if answer is None:
            return _unfinished(context, asked)
        complete(context, answer, item.performers)
        return answer


def answer_scene(
    context: Context, asked: Asked, opened: Opened | None = None
) -> dict[str, Any] | None:
    """The answer, or None when the time was spent first. Its face pictures are still named by
    "face", a number in the store. `opened` gives a database that is open already."""
    scene_id = asked.item.id
    looked = load_looked(context.store, scene_id, asked.file, context.pack.name)
    answer = load_answer(context.store, KIND, scene_id, _state(context, asked))
    again = media_due(context.store, scene_id, AGAIN_SECONDS)
    if answer is None or again or not asked.is_seen(looked):
        with alone(context, KIND, scene_id, asked.end) as ours:
            if ours:
                answer = _work(context, asked, opened)
    return answer


def _state(context: Context, asked: Asked) -> str:
    """What the answer is given for; another state means another answer."""
    scene_id, store = asked.item.id, context.store
    return asked.options.state(
        context.manifest.identity,
        context.pack.name,
        asked.file,
        str(asked.max_frames),
        decided_state(store, KIND, [scene_id]),
        pictures_state(store, scene_id),
    )


def _work(context: Context, asked: Asked, opened: Opened | None) -> dict[str, Any] | None:
    store, scene_id = context.store, asked.item.id
    looked = begin_scene(store, scene_id, asked.file, context.pack.name)
    if asked.sprite_came(looked):
        looked = looked._replace(sprite=None, looked=None)
    if media_due(store, scene_id, AGAIN_SECONDS):
        looked = Looked("" if looked.sprite == "" else None)
    # Whoever held the scene until now may have given it.
    answer = load_answer(store, KIND, scene_id, _state(context, asked))
    if answer is not None and asked.is_seen(looked):
        return answer
    recognition = opened or _recognition(context, asked)
    if not asked.is_seen(looked):
        context.begin_engine()
        from .scene_slice import look

        save_looked(store, scene_id, looked._replace(looked=None))
        context.models.until = asked.end
        try:
            if not look(context, asked, looked, recognition):
                return None
        except ModelsBusyError:
            return None
        # Naming gets a call of its own when the time is spent.
        if time.monotonic() >= asked.end:
            return None
    if installed(context.data_home).identity != context.manifest.identity:
        return None  # swapped meanwhile: the next call matches with the new one
    answer = _answer(context, asked, recognition())
    save_answer(store, KIND, scene_id, _state(context, asked), answer)
    return answer


def _recognition(context: Context, asked: Asked) -> Opened:
    """The database with what the user told, opened when it is first needed."""
    found: list[SceneRecognition] = []

    def opened() -> SceneRecognition:
        if not found:
            from .scene_recognition import SceneRecognition
            from .told import told

            known = told(context.store, context.pack, KIND, [asked.item.id])
            found.append(
                SceneRecognition(
                    context.manifest, context.pack, context.data_home, asked.options, known
                )
            )
        return found[0]

    return opened


def _answer(context: Context, asked: Asked, recognition: SceneRecognition) -> dict[str, Any]:
    from ..identify.scene import moments
    from .scene_recognition import SceneFaces

    store, item, manifest = context.store, asked.item, context.manifest
    counts = still_counts(store, item.id)
    seen, stills = moments(looked_times(store, item.id)), sum(counts.values())
    faces = SceneFaces(item.id, load_scene_faces(store, item.id), seen)
    verdict = recognition.scene(faces)
    number = database_number(store, manifest.version, manifest.pack, manifest.identity)
    save_scene_names(store, item.id, verdict.named(), number)
    found = verdict.answer()
    before = load_progress(store, KIND, item.id) or Progress(0, 0, 0, 0.0, 0)
    done = before._replace(done=stills, total=stills, faces=found["faces_detected"])
    save_progress(store, KIND, item.id, done)
    looked = load_looked(store, item.id, asked.file, context.pack.name) or Looked()
    return {
        "scene_id": item.id,
        "duration_s": item.duration,
        "stills": counts,
        **told_source(looked, counts),
        **found,
        "in_database": recognition.known(item.performers),
        "done": True,
        "cursor": None,
        "eta_s": 0.0,
    }


def _unfinished(context: Context, asked: Asked) -> dict[str, Any]:
    store, item = context.store, asked.item
    counts = still_counts(store, item.id)
    progress = load_progress(store, KIND, item.id)
    return {
        "scene_id": item.id,
        "duration_s": item.duration,
        "stills": counts,
        **EMPTY,
        "faces_detected": scene_face_count(store, item.id),
        "performers_detected": 0,
        "unknown_total": 0,
        "persons": [],
        "tagged_not_seen": [],
        "done": False,
        "cursor": str(sum(counts.values())),
        "eta_s": progress.eta_s if progress else None,
    }


def complete(context: Context, answer: dict[str, Any], tagged: tuple[LocalPerformer, ...]) -> None:
    """Adds what is not kept in the stored answer: face pictures, who is in the library, and who
    is tagged but was not seen."""
    show_faces(answer, partial(load_scene_thumbnail, context.store))
    mark_scene(context, answer, {each.id for each in tagged})
    seen = {person.get("local_performer_id") for person in answer["persons"]}
    known = answer.pop("in_database")
    answer["tagged_not_seen"] = [
        {
            "local_performer_id": each.id,
            "name": each.name,
            "in_database": known.get(each.id),
        }
        for each in tagged
        if each.id not in seen
    ]


def show_faces(answer: dict[str, Any], thumbnail: Callable[[int], bytes]) -> None:
    """Puts each person's face picture in the place of its number."""
    for person in answer["persons"]:
        person["face_thumbnail"] = jpeg_uri(thumbnail(person["face"]))


def mark_scene(context: Context, answer: dict[str, Any], tagged: set[str]) -> None:
    """Says who of the persons and candidates is in the library, and already tagged."""
    persons = answer["persons"]
    entries = [person for person in persons if not person["unknown"]]
    mark_local(context.reader, entries + [c for p in persons for c in p["candidates"]], tagged)
