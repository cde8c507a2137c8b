"""Who is in one moment of a scene: the frame that the player shows, or the one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import BadRequest, MediaError
from ..protocol.request import Request
from ..stash.entities import SceneItem
from ..stash.ids import item_id
from ..stash.library import scene
from ..store.scenes import PLAYER, Looked, SeenPicture, begin_scene, load_still, save_looked
from .context import Context
from .given import from_text, told_if_any
from .identify_scene import KIND
from .matches import mark_local

if TYPE_CHECKING:
    from ..faces.types import Picture

_LONGEST_S = 1e7


def identify_frame(request: Request) -> dict[str, Any]:
    """`faces[]` of a frame. With `scene_id` and `at` it is stored with its time, and counts for
    the scene; a picture without them is only answered."""
    args = request.args
    base64, given = args.raw("image_base64"), args.raw("scene_id")
    at = args.optional_number("at", 0.0, _LONGEST_S)
    if base64 is None and (given is None or at is None):
        raise BadRequest("Give scene_id and at, or image_base64, or all three.")
    scene_id = None if given is None else item_id(given, "scene_id")
    with Context(request) as context:
        context.pack  # noqa: B018  (no database, no need to fetch anything)
        item = scene(context.client, scene_id) if scene_id else None
        if base64 is not None:
            picture = _shown(base64)
        else:
            assert item is not None
            assert at is not None
            at, picture = _frame(context, item, at)
        stored = item is not None and at is not None
        seen = _faces(context, picture, at or 0.0)
        faces = _answer(context, item, seen)
        if item is not None and at is not None:
            _keep(context, item, seen, faces)
        return {"scene_id": scene_id, "at": at, "faces": faces, "stored": stored}


def _shown(base64: Any) -> Picture:
    from ..media.image import decode

    return decode(from_text(base64), "frame")


def _frame(context: Context, item: SceneItem, at: float) -> tuple[float, Picture]:
    """The frame near `at`, and where it really is."""
    from .scene_look import SceneLooker

    def load() -> Any:
        raise AssertionError("a video is opened without a model")

    looker = SceneLooker(context.client, context.store, item, Looked(video=""), load)
    with looker.video() as video:
        # The first look gives the key frame before, the second the very frame.
        for frame in reversed([*video.frames([at]), *video.frames([at])]):
            return round(frame.at, 3), frame.picture
    raise MediaError(f"Scene {item.id} has no frame at {at:g} s: name an earlier time.")


def _faces(context: Context, picture: Picture, at: float) -> SeenPicture:
    from .scan import faces_of

    height, width = picture.shape[:2]
    return SeenPicture(PLAYER, round(at, 3), width, height, faces_of(context.engine, picture))


def _keep(
    context: Context, item: SceneItem, seen: SeenPicture, faces: list[dict[str, Any]]
) -> None:
    """Stores the frame, and gives the faces that are answered their numbers in the store."""
    store, file = context.store, item.file.fingerprint() if item.file else ""
    begin_scene(store, item.id, file, context.pack.name)
    held = load_still(store, item.id, seen.source, seen.at)
    # The same frame again: its faces keep their numbers, which a page may still show.
    if held is None or [each.bbox for _, each in held] != [each.bbox for each in seen.faces]:
        save_looked(store, item.id, None, [seen])
        held = load_still(store, item.id, seen.source, seen.at)
    least = context.options.min_face_confidence
    answered = (number for number, face in held or () if face.score >= least)
    for face, number in zip(faces, answered, strict=True):
        face["face"] = number


def _answer(context: Context, item: SceneItem | None, seen: SeenPicture) -> list[dict[str, Any]]:
    from .recognition import Recognition

    scene_id = item.id if item else ""
    told = told_if_any(context, KIND, [scene_id] if scene_id else [])
    if told:
        told = told.in_still(scene_id, (seen.source, seen.at))
    options = context.options
    recognition = Recognition(context.manifest, context.pack, context.data_home, options, told)
    faces = recognition.picture_answer(seen.faces, scene_id)[0]
    tagged = set(item.performer_ids) if item else set()
    mark_local(context.client, [match for face in faces for match in face["matches"]], tagged)
    return faces
