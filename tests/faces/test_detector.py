from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from stash_face.faces.detector import Detector
from stash_face.faces.engine import Engine
from stash_face.faces.packs import load_pack
from stash_face.faces.types import Detection, Picture
from stash_face.media.image import decode
from tests.faces.conftest import Portrait
from tests.photos import Photos

SPEC = load_pack("dev").detector


@pytest.fixture(scope="session")
def detector(engine: Engine) -> Detector:
    return Detector(SPEC, engine.running[SPEC.file.name].session)


class Watched:
    """A session that notes the width and height of what it is fed."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.canvases: list[tuple[int, int]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def run(self, names: list[str], feed: dict[str, NDArray[np.float32]]) -> Any:
        (blob,) = feed.values()
        self.canvases.append((blob.shape[3], blob.shape[2]))
        return self._session.run(names, feed)


def quarter_turned(points: NDArray[Any], turns: int, picture: Picture) -> NDArray[Any]:
    """Points (n, 2) of the picture, where they lie in np.rot90(picture, turns)."""
    height, width = picture.shape[:2]
    for turn in range(turns):
        side = width if turn % 2 == 0 else height
        points = np.stack([points[:, 1], side - points[:, 0]], axis=1)
    return points


def corners(face: Detection) -> NDArray[Any]:
    return np.array([face.bbox[:2], face.bbox[2:]])


def test_the_photo_of_29_people_shows_29_faces(detector: Detector, photos: Photos) -> None:
    picture = decode(photos.group)

    faces = detector.detect(picture)

    assert len(faces) == 29
    assert [face.score for face in faces] == sorted((f.score for f in faces), reverse=True)
    height, width = picture.shape[:2]
    for face in faces:
        x1, y1, x2, y2 = face.bbox
        assert 0 <= (x1 + x2) / 2 <= width
        assert 0 <= (y1 + y2) / 2 <= height
        assert face.landmarks.shape == (5, 2)
        assert face.landmarks.dtype == np.float32
        left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
        assert left_eye[0] < right_eye[0]
        assert left_mouth[0] < right_mouth[0]
        assert max(left_eye[1], right_eye[1]) < min(left_mouth[1], right_mouth[1])
        assert all(x1 < x < x2 and y1 < y < y2 for x, y in face.landmarks)


@pytest.mark.parametrize("turns", [1, 3])
def test_a_face_on_its_side_is_found_where_it_is(
    detector: Detector, portraits: list[Portrait], turns: int
) -> None:
    for picture, upright, _ in portraits[:8]:
        lying = np.ascontiguousarray(np.rot90(picture, turns))

        face = detector.detect(lying)[0]

        assert face.turn == 360 - 90 * turns
        landmarks = quarter_turned(upright.landmarks, turns, picture)
        assert np.abs(face.landmarks - landmarks).max() < 4
        box = quarter_turned(corners(upright), turns, picture)
        # The box is the one around the level box of the turned view.
        assert np.abs(corners(face) - [box.min(0), box.max(0)]).max() < 12


def test_a_face_upside_down_is_found_where_it_is(
    detector: Detector, portraits: list[Portrait]
) -> None:
    found = 0
    for picture, upright, _ in portraits[:12]:
        face = detector.detect(np.ascontiguousarray(np.rot90(picture, 2)))[0]
        if face.turn == 180:
            found += 1
            landmarks = quarter_turned(upright.landmarks, 2, picture)
            assert np.abs(face.landmarks - landmarks).max() < 4
    # The others pass for upright faces, sure enough by a few hundredths.
    assert found >= 9


def test_an_oblong_picture_on_its_side_keeps_its_frame(
    detector: Detector, portraits: list[Portrait]
) -> None:
    picture, upright, _ = portraits[0]
    wide = cv2.copyMakeBorder(picture, 10, 30, 50, 200, cv2.BORDER_REPLICATE)
    lying = np.ascontiguousarray(np.rot90(wide))

    face = detector.detect(lying)[0]

    assert face.turn == 270
    landmarks = quarter_turned(upright.landmarks + (50, 10), 1, wide)
    assert np.abs(face.landmarks - landmarks).max() < 4


def test_a_face_that_fills_the_picture_is_found_inside_a_border(
    detector: Detector, portraits: list[Portrait]
) -> None:
    picture, face, _ = portraits[4]
    x1, y1, x2, y2 = (round(v) for v in face.bbox)
    x1, y1, x2, y2 = x1 + 6, y1 + 10, x2 - 6, y2 - 10
    tight = np.ascontiguousarray(picture[y1:y2, x1:x2])
    large = cv2.resize(tight, None, fx=9, fy=9, interpolation=cv2.INTER_CUBIC)

    (small_face,), (large_face,) = detector.detect(tight), detector.detect(large)

    assert small_face.score >= SPEC.sure_face
    assert np.abs(small_face.landmarks + (x1, y1) - face.landmarks).max() < 5
    assert large_face.score >= SPEC.sure_face
    assert np.abs(large_face.landmarks / 9 + (x1, y1) - face.landmarks).max() < 5


def test_a_large_picture_has_boxes_in_its_own_pixels(
    detector: Detector, portraits: list[Portrait]
) -> None:
    picture, face, _ = portraits[0]
    large = cv2.resize(picture, (2000, 2000), interpolation=cv2.INTER_CUBIC)

    found = detector.detect(large)[0]

    assert np.abs(found.landmarks / 8 - face.landmarks).max() < 3
    assert np.abs(corners(found) / 8 - corners(face)).max() < 6


def test_the_other_channel_order_makes_the_detector_less_sure(
    detector: Detector, portraits: list[Portrait]
) -> None:
    swapped = [
        detector.detect(np.ascontiguousarray(portrait.picture[..., ::-1]))[0].score
        for portrait in portraits
    ]
    right = [portrait.detection.score for portrait in portraits]

    assert np.mean(right) > np.mean(swapped) + 0.001
    assert sum(a > b for a, b in zip(right, swapped, strict=True)) >= len(right) * 0.75


def written() -> Picture:
    page: Picture = np.full((600, 800, 3), 255, np.uint8)
    for line in range(30, 600, 35):
        cv2.putText(page, "a page full of words", (20, line), 0, 1, (0, 0, 0), 2)
    return page


@pytest.mark.parametrize(
    "picture",
    [
        np.random.default_rng(0).integers(0, 256, (400, 600, 3), np.uint8),  # noise
        np.full((300, 300, 3), 127, np.uint8),  # grey
        np.zeros((500, 200, 3), np.uint8),  # black
        written(),
        np.zeros((1, 1, 3), np.uint8),  # one pixel
        np.full((2, 3, 3), 255, np.uint8),  # six
        np.random.default_rng(1).integers(0, 256, (20, 30_000, 3), np.uint8),  # a strip
        np.random.default_rng(2).integers(0, 256, (30_000, 20, 3), np.uint8),  # upright
    ],
    ids=["noise", "grey", "black", "text", "1x1", "3x2", "30000x20", "20x30000"],
)
def test_there_is_no_face_in_a_picture_without_one(detector: Detector, picture: Picture) -> None:
    assert detector.detect(picture) == []


@pytest.mark.parametrize(
    ("width", "height", "canvas"),
    [
        (250, 250, (256, 256)),  # kept as it is, on the next multiple of 64
        (640, 640, (640, 640)),
        (641, 640, (640, 640)),
        (4000, 3000, (640, 512)),
        (3000, 4000, (512, 640)),
        (30_000, 20, (640, 64)),  # shrunk to one row
        (1, 1, (64, 64)),
    ],
)
def test_the_canvas_follows_the_shape_of_the_picture(
    engine: Engine, width: int, height: int, canvas: tuple[int, int]
) -> None:
    session = Watched(engine.running[SPEC.file.name].session)

    Detector(SPEC, session).detect(np.zeros((height, width, 3), np.uint8))

    first, padded, *others = session.canvases
    assert first == canvas
    assert max(padded) <= SPEC.input_size + 64
    assert others[-3:] == [canvas[::-1], canvas, canvas[::-1]]
    assert max((max(smaller) for smaller in others[:-3]), default=0) <= 384


def test_a_clear_face_costs_one_look(engine: Engine, portraits: list[Portrait]) -> None:
    session = Watched(engine.running[SPEC.file.name].session)

    Detector(SPEC, session).detect(portraits[0].picture)

    assert session.canvases == [(256, 256)]


def test_the_picture_is_left_as_it_was(detector: Detector, noise: Picture) -> None:
    before = noise.copy()

    detector.detect(noise)

    assert (noise == before).all()


def test_the_pack_sets_the_least_score_of_a_face(engine: Engine, photos: Photos) -> None:
    picture = decode(photos.group)
    session = engine.running[SPEC.file.name].session

    strict = Detector(SPEC._replace(floor=0.8), session).detect(picture)

    assert 0 < len(strict) < 29
    assert all(face.score >= 0.8 for face in strict)


def test_a_glance_sees_what_a_look_sees(detector: Detector, photos: Photos) -> None:
    picture = decode(photos.group)

    assert [f.bbox for f in detector.glance(picture)] == [f.bbox for f in detector.detect(picture)]


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_glance_finds_a_face_on_its_side(
    detector: Detector, portraits: list[Portrait], turns: int
) -> None:
    for portrait in portraits[:3]:
        lying = np.ascontiguousarray(np.rot90(portrait.picture, turns))

        found = detector.glance(lying)[0]

        assert found.turn == 360 - 90 * turns
        wanted = quarter_turned(portrait.detection.landmarks, turns, portrait.picture)
        assert np.abs(found.landmarks - wanted).max() < 6


def test_a_glance_at_an_empty_picture_costs_less_than_two_looks(engine: Engine) -> None:
    session = Watched(engine.running[SPEC.file.name].session)

    assert Detector(SPEC, session).glance(np.zeros((1080, 1920, 3), np.uint8)) == []

    whole, *smaller = [width * height for width, height in session.canvases]
    assert sum(smaller) < whole
