from __future__ import annotations

import cv2
import numpy as np
import pytest

from stash_face.faces.detector import Detector
from stash_face.faces.engine import Engine
from stash_face.faces.mosaic import CANVAS, detect_tiles
from stash_face.faces.types import Picture
from tests.faces.conftest import Portrait
from tests.faces.test_detector import Watched

WIDTH, HEIGHT = 160, 90
EMPTY: Picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)


def tile(portrait: Portrait, side: int = 84, x: int = 40, turns: int = 0) -> Picture:
    """A still of 160 x 90 pixels with the portrait at `x`; its face is about half as high."""
    still = EMPTY.copy()
    small = cv2.resize(portrait.picture, (side, side), interpolation=cv2.INTER_AREA)
    still[3 : 3 + side, x : x + side] = np.rot90(small, turns)
    return still


def watched(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Watched:
    session = Watched(engine.running[engine.pack.detector.file.name].session)
    monkeypatch.setattr(engine, "detector", Detector(engine.pack.detector, session))
    return session


def test_the_face_of_every_tile_is_found_where_it_is(
    engine: Engine, portraits: list[Portrait]
) -> None:
    stills = [tile(p, x=8 * (n % 9)) for n, p in enumerate(portraits)]

    found = detect_tiles(engine, stills)

    for number, (faces, portrait) in enumerate(zip(found, portraits, strict=True)):
        wanted = portrait.detection.landmarks * (84 / 250) + (8 * (number % 9), 3)
        # Some photos show others in the background.
        away = [np.abs(face.detection.landmarks - wanted).max() for face in faces]
        x1, y1, x2, y2 = faces[int(np.argmin(away))].detection.bbox
        assert min(away) < 3
        assert 0 < x1 < x2 < WIDTH
        assert 0 < y1 < y2 < HEIGHT


def test_the_crops_are_of_the_same_people(engine: Engine, portraits: list[Portrait]) -> None:
    found = [faces[0] for faces in detect_tiles(engine, [tile(p) for p in portraits[:12]])]

    small = engine.embed_crops([f.crop for f in found], [f.detection for f in found])
    large = engine.embed_crops(
        [p.crop for p in portraits[:12]], [p.detection for p in portraits[:12]]
    )

    for one, other in zip(small, large, strict=True):
        assert one.embeddings["arcface_mbf"].vector @ other.embeddings["arcface_mbf"].vector > 0.6


def test_stills_without_a_face_have_none(
    engine: Engine, portraits: list[Portrait], noise: Picture
) -> None:
    stills = [EMPTY, tile(portraits[0]), np.zeros_like(EMPTY), noise[:90, :160]]

    assert [len(faces) for faces in detect_tiles(engine, stills)] == [0, 1, 0, 0]
    assert detect_tiles(engine, []) == []


def test_two_people_side_by_side_stay_in_their_tile(
    engine: Engine, portraits: list[Portrait]
) -> None:
    both = tile(portraits[0], side=76, x=2)
    both[3:79, 82:158] = tile(portraits[2], side=76, x=82)[3:79, 82:158]

    found = detect_tiles(engine, [EMPTY, both, EMPTY])

    assert [len(faces) for faces in found] == [0, 2, 0]


def test_no_face_spans_two_tiles(engine: Engine, portraits: list[Portrait]) -> None:
    # The right half of a face ends one tile and the left half begins the next.
    half = tile(portraits[0], x=40)[:, 42:122]
    left, right = EMPTY.copy(), EMPTY.copy()
    left[:, -40:], right[:, :40] = half[:, :40], half[:, 40:]

    together = detect_tiles(engine, [left, right])

    for faces, (alone,) in zip(
        together, [detect_tiles(engine, [x]) for x in (left, right)], strict=True
    ):
        boxes = [face.detection.bbox for face in faces]
        assert [box for face in alone for box in face.detection.bbox] == pytest.approx(
            [side for box in boxes for side in box], abs=8
        )
        assert all(0 <= (box[0] + box[2]) / 2 < WIDTH for box in boxes)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_face_on_its_side_is_found_and_set_upright(
    engine: Engine, portraits: list[Portrait], turns: int
) -> None:
    upright = detect_tiles(engine, [tile(p) for p in portraits[:6]])
    lying = detect_tiles(engine, [tile(p, turns=turns) for p in portraits[:6]])

    alike = 0
    for one, other in zip(upright, lying, strict=True):
        faces = engine.embed_crops([one[0].crop, other[0].crop], [one[0].detection] * 2)
        a, b = (face.embeddings["arcface_mbf"].vector for face in faces)
        alike += bool(a @ b > 0.6)
    # Upside down one of them passes for a tilted face.
    assert alike >= 5 + turns % 2


def test_a_sheet_of_81_sure_faces_costs_few_runs(
    engine: Engine, portraits: list[Portrait], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = watched(engine, monkeypatch)

    detect_tiles(engine, [tile(portraits[0])] * 81)

    # Three columns and three rows of doubled tiles on a canvas.
    assert len(session.canvases) == 9
    assert set(session.canvases) == {(CANVAS[0], 576)}


@pytest.mark.parametrize(
    ("width", "height"),
    [
        (160, 284),  # portrait
        (90, 160),
        (160, 120),  # 4:3
        (640, 360),  # as large as the detector looks at
        (1280, 720),  # larger
        (320, 180),
    ],
)
def test_tiles_of_any_shape_are_looked_at(
    engine: Engine, portraits: list[Portrait], width: int, height: int
) -> None:
    side = min(width, height)
    still = np.full((height, width, 3), 90, np.uint8)
    still[:side, :side] = cv2.resize(portraits[0].picture, (side, side))

    found = detect_tiles(engine, [still, still])

    for faces in found:
        assert len(faces) == 1
        wanted = portraits[0].detection.landmarks * (side / 250)
        assert np.abs(faces[0].detection.landmarks - wanted).max() < side / 25


def test_tiles_of_different_sizes_share_a_sheet(engine: Engine, portraits: list[Portrait]) -> None:
    tall = np.full((160, 90, 3), 90, np.uint8)
    tall[20:104, 3:87] = tile(portraits[1])[3:87, 40:124]

    found = detect_tiles(engine, [tile(portraits[0]), tall, tile(portraits[2])])

    assert [len(faces) for faces in found] == [1, 1, 1]
