from __future__ import annotations

import numpy as np
import pytest

from stash_face.faces.types import Detection, Embedding, Face
from stash_face.operations.scan import share_box, stored_face


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
