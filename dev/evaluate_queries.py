"""The queries of an evaluation set, and their answers as the plugin would give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypedDict

from builder.folder import PICTURES
from stash_face.errors import MediaError
from stash_face.faces.engine import Engine
from stash_face.identify.types import MATCH, Verdict
from stash_face.media.image import decode
from stash_face.media.sprite import decode_sheet, tiles
from stash_face.media.vtt import Cue
from stash_face.operations.scan import faces_of
from stash_face.operations.scene_look import Still, frame_still, seen_pictures, tile_stills
from stash_face.operations.scene_recognition import SceneFaces, SceneRecognition
from stash_face.store.images import StoredFace
from stash_face.store.scenes import FRAME, SPRITE, SceneFace

PHOTO, GALLERY, SHEET, FRAMES = "photo", "gallery", "sheet", "frames"
# Folders of one file a query, and of one folder a query.
FILES = {"images": PHOTO, "hard": PHOTO, "scenes": SHEET}
FOLDERS = {"galleries": GALLERY, "frames": FRAMES}
# A sheet comes without its list: so many tiles across and down, each of as many pixels.
TILES, TILE = (9, 9), (160, 90)
# Seconds between two stills of a scene: those of a film of half an hour.
STEP = 20.0


class Query(NamedTuple):
    """What is asked about: one photo, the pictures of a gallery, a scene's sprite sheet, or
    its frames."""

    name: str
    pictures: list[Path]
    kind: str


class Answer(TypedDict):
    """Somebody who may be in a query; `suggest` is false for those whom the plugin would not
    name, which serve only to try other bars."""

    performer: str
    confidence: float
    suggest: bool


def queries(root: Path) -> Iterator[Query]:
    """Every query below `root`, photos first, in the order of their names."""
    for folder, kind in FILES.items():
        for path in _pictures(root / folder):
            yield Query(path.stem, [path], kind)
    for folder, kind in FOLDERS.items():
        if (root / folder).is_dir():
            for place in sorted(p for p in (root / folder).iterdir() if p.is_dir()):
                yield Query(place.name, _pictures(place), kind)


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURES and p.name[0] != ".")


class Asker:
    """Answers queries with one engine and one face database; `say` is told of every picture
    that cannot be read, which counts as one without a face."""

    def __init__(
        self, engine: Engine, recognition: SceneRecognition, say: Callable[[str], None]
    ) -> None:
        self._engine = engine
        self._recognition = recognition
        self._say = say

    def answer(self, query: Query) -> list[Answer]:
        """The first candidate of every face, or of every person of a gallery or scene."""
        if query.kind == PHOTO:
            faces = self._faces(query.pictures[0])
            return _answers(self._recognition.picture_verdicts(faces, query.name))
        if query.kind == GALLERY:
            return self._gallery(query)
        source = SPRITE if query.kind == SHEET else FRAME
        stills = self._tiles(query) if query.kind == SHEET else list(self._frames(query))
        seen = seen_pictures(self._engine, source, stills)
        found = [
            SceneFace(0, source, picture.at, face) for picture in seen for face in picture.faces
        ]
        scene = self._recognition.scene(SceneFaces(query.name, found, len(stills)))
        return _answers([person.verdict for person in scene.people])

    def _gallery(self, query: Query) -> list[Answer]:
        seen = [
            (path.name, ordinal, face)
            for path in query.pictures
            for ordinal, face in enumerate(self._faces(path))
        ]
        groups = self._recognition.gallery_verdicts(seen, len(query.pictures))
        return _answers([group.verdict for group in groups])

    def _tiles(self, query: Query) -> list[Still]:
        try:
            return tile_stills(self._engine, tiles(decode_sheet(query.pictures[0]), _cues()))
        except MediaError as error:
            self._unreadable(query.pictures[0], error)
            return []

    def _frames(self, query: Query) -> Iterator[Still]:
        for number, path in enumerate(query.pictures):
            try:
                yield frame_still(self._engine, number * STEP, decode(path))
            except MediaError as error:
                self._unreadable(path, error)

    def _faces(self, path: Path) -> list[StoredFace]:
        try:
            return faces_of(self._engine, decode(path))
        except MediaError as error:
            self._unreadable(path, error)
            return []

    def _unreadable(self, path: Path, error: MediaError) -> None:
        self._say(f"{path.parent.name}/{path.name}: {error.sentence}")


def _cues() -> list[Cue]:
    """Those of a sheet of TILES, row by row."""
    (columns, rows), (width, height) = TILES, TILE
    return [
        Cue(i * STEP, (i + 1) * STEP, "", i % columns * width, i // columns * height, width, height)
        for i in range(columns * rows)
    ]


def _answers(verdicts: list[Verdict]) -> list[Answer]:
    return [
        {
            "performer": best.key,
            # Nearly all sure ones are 1.0: the similarity keeps their order.
            "confidence": verdict.law.confidence(best.similarity) + 1e-6 * best.similarity,
            "suggest": verdict.answer == MATCH,
        }
        for verdict in verdicts
        for best in verdict.candidates[:1]
    ]
