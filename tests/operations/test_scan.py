from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stash_face.faces.engine import Engine
from stash_face.faces.packs import load_pack
from stash_face.faces.types import Detection, Embedding, Face, Picture
from stash_face.operations.scan import Scanner, share_box, stored_face
from stash_face.stash.library import image
from stash_face.store.images import Scan
from tests.operations.workplace import Workplace


@pytest.mark.parametrize(
    ("box", "share"),
    [
        ((100, 50, 300, 150), (0.25, 0.25, 0.5, 0.5)),
        # over the border
        ((-40, -20, 440, 220), (0.0, 0.0, 1.0, 1.0)),
        ((399, 0, 500, 20), (0.9975, 0.0, 0.0025, 0.1)),
        # beside the picture
        ((-50, -50, -10, -10), (0.0, 0.0, 0.0, 0.0)),
    ],
)
def test_a_box_is_told_in_shares_and_cut_at_the_border(
    box: tuple[float, float, float, float], share: tuple[float, float, float, float]
) -> None:
    assert share_box(box, (400, 200)) == pytest.approx(share)


def test_a_face_is_kept_so_that_it_can_be_matched_without_its_picture() -> None:
    landmarks = np.array([[100, 50]] * 5, np.float32)
    vector = np.full(512, 512**-0.5, np.float32)
    found = Face(
        Detection((100, 50, 300, 150), landmarks, 0.87654, 3), {"a": Embedding(vector, 21.5)}, 0.75
    )

    kept = stored_face(found, (400, 200), b"jpeg")

    assert kept.bbox == (0.25, 0.25, 0.5, 0.5)
    assert np.frombuffer(kept.landmarks, "<f4").tolist() == [0.25] * 10
    assert (kept.score, kept.quality, kept.turn, kept.thumbnail) == (0.8765, 0.75, 3, b"jpeg")
    norm, data = kept.embeddings["a"]
    assert norm == 21.5
    assert len(data) == 1024
    assert np.frombuffer(data, "<f2").astype(np.float32) @ vector == pytest.approx(1, abs=1e-3)


class Stumbling(Engine):
    """Fails on pictures of 31 pixels in a way that nobody thought of."""

    def detect(self, picture: Picture) -> list[Detection]:
        if picture.shape[0] == 31:
            raise ZeroDivisionError("of what nobody thought of")
        return super().detect(picture)


def scan_of_sides(place: Workplace, models: Path, sides: list[int]) -> list[Scan]:
    items = []
    for number, side in enumerate(sides):
        path = place.data / f"{number}.png"
        Image.new("RGB", (64 + number, side)).save(path)
        items.append(image(place.client, place.stash.add_image(path)))
    kept: list[Scan] = []
    engine = Stumbling(load_pack("dev"), [models])
    Scanner(place.client, "dev", lambda: engine).scan(items, kept.append, lambda: True)
    return kept


def test_a_picture_that_fails_in_an_unforeseen_way_does_not_hold_up_the_others(
    place: Workplace, dev_models: Path
) -> None:
    kept = scan_of_sides(place, dev_models, [31, 64, 31, 31, 31, 31])

    told = {scan.image_id: scan.problem for scan in kept}
    assert told.pop("2") is None
    assert len(told) == 5
    assert set(told.values()) == {
        "No face could be looked for (ZeroDivisionError: of what nobody thought of): please "
        "report it."
    }


def test_where_every_picture_fails_the_work_ends(place: Workplace, dev_models: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        scan_of_sides(place, dev_models, [31] * 6)
