"""A scene's sprite and frames to stored faces: each portion is one commit, so that a kill loses
no more than one, and nothing is looked at twice."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import MediaError, NotFound, StashError
from ..faces.alignment import align
from ..faces.engine import Engine
from ..faces.mosaic import detect_tiles
from ..faces.overlap import Embedding
from ..faces.types import Detection, Face, Picture
from ..media.crop import thumbnail
from ..media.sprite import Tile, decode_sheet, tiles
from ..media.video_stream import RangedStream
from ..media.vtt import Cue, parse_vtt
from ..protocol import log
from ..stash.client import StashClient
from ..stash.entities import SceneItem
from ..stash.library import stash_version
from ..stash.scene_media import open_scene_video, open_sprite
from ..store.connection import Store
from ..store.images import StoredFace
from ..store.scenes import FRAME, SPRITE, Looked, SeenPicture, looked_times, save_looked
from .scan import stored_face

if TYPE_CHECKING:
    from ..media.video import Frame, Video

# Tiles whose faces are found and embedded together, as many as a sprite usually has.
TILES = 81
# A list that tells of less than this share of the scene means what it says.
LEAST_TOLD = 0.5

GoOn = Callable[[], bool]


class Still(NamedTuple):
    """A picture of the scene with the faces that were found in it, not yet embedded."""

    at: float
    size: tuple[int, int]
    detections: list[Detection]
    crops: list[Picture]
    thumbnails: list[bytes]


class SceneLooker:
    """Looks at one scene, with an engine that is loaded for the first picture. `looked` is how
    far it is; every change of it is committed."""

    def __init__(
        self,
        client: StashClient,
        store: Store,
        item: SceneItem,
        looked: Looked,
        load: Callable[[], Engine],
    ) -> None:
        self._client = client
        self._store = store
        self._item = item
        self._load = load
        self.looked = looked

    @cached_property
    def _engine(self) -> Engine:
        return self._load()

    def note(self, **change: Any) -> None:
        """Keeps how far the scene is."""
        self.looked = self.looked._replace(**change)
        save_looked(self._store, self._item.id, self.looked)

    def sprite(self, go_on: GoOn, say: Callable[[int], None]) -> bool:
        """Looks at the tiles that were not looked at yet; False where `go_on` said no before the
        last. A sprite that is missing or broken is noted as a sentence. `say` hears how many
        tiles there are."""
        try:
            with self._told():
                sprite, item = open_sprite(self._client, self._item), self._item
                found = sprite_tiles(*sprite, item.sprite, item.duration)
        except (NotFound, MediaError) as error:
            self.note(sprite=error.sentence)
            return True
        say(len(found))
        known = set(looked_times(self._store, self._item.id, SPRITE))
        left = [tile for tile in found if tile.at not in known]
        for start in range(0, len(left), TILES):
            if start and not go_on():
                return False
            stills = tile_stills(self._engine, left[start : start + TILES])
            self._keep(seen_pictures(self._engine, SPRITE, stills), self.looked)
        self.note(sprite="")
        return True

    @contextmanager
    def video(self) -> Iterator[Video]:
        """The open video; MediaError or NotFound where it cannot be read."""
        # Not above: a scene that its sprite decides needs no FFmpeg.
        from ..media.video import open_video

        with self._told():
            source = open_scene_video(self._client, self._item)
            title = Path(self._item.path.replace("\\", "/")).name
            if not isinstance(source, Path):
                source = RangedStream(source.read, source.size, title)  # type: ignore[assignment]
            with open_video(source, title) as video:  # type: ignore[arg-type]
                yield video
        if self.looked.video is None:
            self.note(video="")

    def frames(self, video: Video, times: Sequence[float], go_on: GoOn) -> None:
        """Looks at frames near the times, one after the other, as long as `go_on` says so.
        MediaError where the video has none at all."""
        known = set(looked_times(self._store, self._item.id, FRAME))
        asked, stills = list(self.looked.asked), []
        failure: MediaError | None = None
        with (
            closing(Embedding(lambda: self._engine)) as embedding,
            closing(_decoded(video, sorted(times))) as decoded,
        ):
            for at, opened in decoded:
                asked.append(at)
                try:
                    found = opened.result()
                except MediaError as error:
                    found, failure = [], error
                for frame in found:
                    moment = round(frame.at, 3)
                    if moment not in known:
                        still = frame_still(self._engine, moment, frame.picture)
                        embedding.add(still.crops, still.detections)
                        stills.append(still)
                        known.add(moment)
                if not go_on():
                    break
            seen = with_faces(FRAME, stills, embedding.faces())
        self._keep(seen, self.looked._replace(asked=tuple(asked)))
        if failure and not known:
            raise failure

    def _keep(self, seen: Sequence[SeenPicture], looked: Looked) -> None:
        save_looked(self._store, self._item.id, looked, seen)
        self.looked = looked

    @contextmanager
    def _told(self) -> Iterator[None]:
        """A failure of one file, while Stash itself answers, is the file's."""
        try:
            yield
        except StashError as error:
            try:
                stash_version(self._client)
            except StashError:
                raise error from None
            log.warning(f"Scene {self._item.id}: {error.sentence}")
            raise MediaError(error.sentence) from None


def _decoded(
    video: Video, times: Sequence[float]
) -> Generator[tuple[float, Future[list[Frame]]], None, None]:
    """Each time with the frames near it, of which the next is decoded while one is looked at."""
    waiting: deque[tuple[float, Future[list[Frame]]]] = deque()
    with ThreadPoolExecutor(1) as decoder:
        try:
            for at in times:
                waiting.append((at, decoder.submit(lambda at: list(video.frames([at])), at)))
                if len(waiting) > 1:
                    yield waiting.popleft()
            yield from waiting
        finally:
            for _, future in waiting:
                future.cancel()


def sprite_tiles(
    vtt: bytes, sheet: Path | bytes, name: str = "", duration: float = 0.0
) -> list[Tile]:
    """The tiles of a sprite by their time in whole milliseconds; MediaError where sheet and list
    do not fit. `duration` is the scene's in seconds, 0 where it is not known."""
    own = f"{Path(name).name}_sprite.jpg"
    cues = _stretched(_own_cues(parse_vtt(vtt), own), duration)
    found = tiles(decode_sheet(sheet, own if name else ""), cues)
    times = ((round(tile.at, 3), tile.picture) for tile in found)
    return list({at: Tile(at, picture) for at, picture in times}.values())


def _stretched(cues: list[Cue], duration: float) -> list[Cue]:
    """Stash takes the tiles evenly over the whole scene, but lists them with steps that are cut
    to whole frames: at 25 frames a second the last of 81 may be 3 s off."""
    told = max(cue.end for cue in cues)
    if not duration * LEAST_TOLD < told < duration:
        return cues
    return [cue._replace(start=cue.start * duration / told) for cue in cues]


def _own_cues(cues: list[Cue], sheet: str) -> list[Cue]:
    """Those of this sheet. A list that names only one means this one, whatever it is called."""
    if len({cue.file for cue in cues}) == 1:
        return cues
    own = [cue for cue in cues if cue.file == sheet]
    if not own:
        raise MediaError(
            "The sprite's list speaks of several sheets: generate the sprite again in Stash."
        )
    return own


def tile_stills(engine: Engine, found: Sequence[Tile]) -> list[Still]:
    """The faces of tiles, found together."""
    stills = []
    faces = detect_tiles(engine, [tile.picture for tile in found])
    for tile, theirs in zip(found, faces, strict=True):
        detections = [face.detection for face in theirs]
        crops = [face.crop for face in theirs]
        pictures = _thumbnails(tile.picture, detections)
        stills.append(Still(tile.at, _size(tile.picture), detections, crops, pictures))
    return stills


def frame_still(engine: Engine, at: float, picture: Picture) -> Still:
    """The faces of a frame of `at` seconds."""
    found = engine.glance(picture)
    crops = [align(picture, each.landmarks) for each in found]
    return Still(at, _size(picture), found, crops, _thumbnails(picture, found))


def seen_pictures(engine: Engine, source: str, stills: Sequence[Still]) -> list[SeenPicture]:
    """Stills with their faces embedded, as the store keeps them."""
    crops = [crop for still in stills for crop in still.crops]
    detections = [detection for still in stills for detection in still.detections]
    return with_faces(source, stills, engine.embed_crops(crops, detections))


def with_faces(source: str, stills: Sequence[Still], found: Iterable[Face]) -> list[SeenPicture]:
    """The same where all their faces are embedded already, one still's after the other's."""
    faces = iter(found)
    seen = []
    for still in stills:
        stored: list[StoredFace] = [
            stored_face(next(faces), still.size, jpeg) for jpeg in still.thumbnails
        ]
        seen.append(SeenPicture(source, still.at, *still.size, stored))
    return seen


def _thumbnails(picture: Picture, found: Sequence[Detection]) -> list[bytes]:
    return [thumbnail(picture, each.bbox) for each in found]


def _size(picture: Picture) -> tuple[int, int]:
    height, width = picture.shape[:2]
    return width, height
