from __future__ import annotations

import numpy as np
import pytest

from stash_face.identify.gallery import pool
from stash_face.identify.performer import Shared, likeness, shared_face
from stash_face.identify.types import Probe
from tests.identify.synthetic import JOIN, Vectors, near, probe, someone

_RANDOM = np.random.default_rng(8)
ANN, BEN, CLEO = (someone(_RANDOM) for _ in range(3))


def seen(*items: list[Vectors]) -> tuple[list[Probe], list[str]]:
    """The faces of items, each in a picture of its own, and the item of each."""
    probes, names = [], []
    for number, people in enumerate(items):
        for place, who in enumerate(people):
            probes.append(probe(f"{number}", near(who, 0.85, 10 * number + place)))
            names.append(f"image:{number}")
    return probes, names


@pytest.mark.parametrize(
    ("items", "faces", "number"),
    [
        # In all of three, with others now and then.
        ([[ANN], [ANN, BEN], [CLEO, ANN]], [0, 1, 4], 3),
        # In two of four.
        ([[ANN], [ANN], [BEN], [CLEO]], [0, 1], 2),
        # Everybody in two of five: fewer than half.
        ([[ANN], [ANN], [BEN], [CLEO], [BEN, CLEO]], [], 0),
        # Two people who are always together: either may be meant.
        ([[ANN, BEN], [ANN, BEN]], [], 0),
        # One item with one face.
        ([[ANN]], [0], 1),
        # One item with two.
        ([[ANN, BEN]], [], 0),
        ([], [], 0),
    ],
)
def test_the_face_that_most_items_show_is_the_performers(
    items: list[list[Vectors]], faces: list[int], number: int
) -> None:
    probes, names = seen(*items)

    found = shared_face(probes, names, JOIN)

    assert (sorted(found.faces), found.items) == (faces, number)


def test_the_performers_picture_says_who_is_meant_however_seldom_they_are_seen() -> None:
    probes, names = seen([BEN], [BEN], [BEN, ANN])
    picture = probe("picture:0", near(ANN, 0.85, 99))

    found = shared_face([picture, *probes], ["", *names], JOIN, own=[0])

    assert (sorted(found.faces), found.items) == ([0, 4], 1)
    assert shared_face([picture], [""], JOIN, own=[0]) == Shared([0], 0)


def test_likeness_is_high_for_the_same_face_only() -> None:
    probes, _ = seen([ANN], [ANN])
    ann = pool(probes)

    assert likeness(ann, probe("x", near(ANN, 0.85, 50))) > JOIN
    assert likeness(ann, probe("x", near(BEN, 0.85, 51))) < JOIN / 2
