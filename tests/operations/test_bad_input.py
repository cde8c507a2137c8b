"""Face databases and faces that are not as they should be: nobody gets a wrong name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from stash_face.facedb.manifest import read_manifest
from stash_face.facedb.reader import FaceDatabase
from stash_face.facedb.types import Person
from stash_face.facedb.writer import write_database
from stash_face.faces.engine import Engine
from stash_face.faces.types import Picture
from stash_face.operations.options import Options
from stash_face.operations.recognition import Recognition
from stash_face.operations.scan import faces_of
from stash_face.protocol.arguments import Arguments
from tests.identify.synthetic import Vectors, near, someone
from tests.operations.workplace import DEV, face
from tests.photos import Photos

RANDOM = np.random.default_rng(50)
CROWD = [someone(RANDOM, DEV) for _ in range(70)]
STRANGERS = [someone(RANDOM, DEV) for _ in range(20)]


def database(folder: Path, references: list[tuple[str, Vectors]]) -> Recognition:
    """Of people `ann`, `ben` and so on, with as many references as they are named."""
    keys = dict.fromkeys(key for key, _ in references)
    people = [Person(key, key, key.title(), {}) for key in keys]
    write_database(folder / "v1", DEV, people, references, version="1", sources=["made up"])
    options = Options.read(Arguments({}))
    return Recognition(read_manifest(folder / "v1"), DEV, folder, options)


def answers(recognition: Recognition, *people: Vectors, similarity: float = 0.8) -> list[Any]:
    """(decision, reason) of a face of each of these, every one in a picture of its own."""
    pictures = [(str(n), [face(one, similarity, n)]) for n, one in enumerate(people)]
    found = [entries[0] for entries, _ in recognition.picture_answers(pictures)]
    return [(entry["decision"], entry["reason"]) for entry in found]


@pytest.mark.parametrize("count", [1, 2, 10])
def test_a_handful_of_people_are_named_by_a_stated_cautious_default(
    tmp_path: Path, count: int
) -> None:
    few = database(tmp_path, [(f"p{n}", CROWD[n]) for n in range(count)])

    said = answers(few, *CROWD[:count])
    strange = answers(few, *STRANGERS)

    assert [decision for decision, _ in said] == ["match"] * count
    assert {decision for decision, _ in strange} == {"unknown"}
    assert all(
        reason.endswith(
            f"(With {count} people the database is too small to measure its own bar; "
            "a cautious default is used.)"
        )
        for _, reason in said + strange
    )


def test_one_reference_each_is_enough_to_tell_people_from_strangers(tmp_path: Path) -> None:
    single = database(tmp_path, [(f"p{n}", one) for n, one in enumerate(CROWD)])

    assert {decision for decision, _ in answers(single, *CROWD)} == {"match"}
    assert {decision for decision, _ in answers(single, *STRANGERS)} == {"unknown"}


def test_the_same_photo_under_two_names_names_neither(tmp_path: Path) -> None:
    crowd = [(f"p{n}", one) for n, one in enumerate(CROWD)]
    doubled = database(tmp_path, [*crowd, ("other p7", CROWD[7])])

    (twin, alone) = answers(doubled, CROWD[7], CROWD[8])

    assert twin[0] == "uncertain"
    assert twin[1] in (
        "Two people are equally close: P7 and Other P7.",
        "Two people are equally close: Other P7 and P7.",
    )
    assert alone[0] == "match"


def test_a_person_with_200_references_draws_no_stranger_and_nobody_else_s_face(
    tmp_path: Path,
) -> None:
    crowd = [(f"p{n}", one) for n, one in enumerate(CROWD[1:], 1)]
    many = [("p0", near(CROWD[0], 0.75, 1_000 + n)) for n in range(200)]
    heavy = database(tmp_path, [*crowd, *many])

    assert {decision for decision, _ in answers(heavy, *CROWD)} == {"match"}
    assert {decision for decision, _ in answers(heavy, *STRANGERS)} == {"unknown"}


def test_vectors_that_say_nothing_name_nobody(tmp_path: Path) -> None:
    crowd = database(tmp_path, [(f"p{n}", one) for n, one in enumerate(CROWD)])
    empty = {key: (0.0, np.zeros(len(each), "<f2").tobytes()) for key, each in CROWD[0].items()}
    broken = {
        key: (0.0, np.full(len(each), np.nan, "<f2").tobytes()) for key, each in CROWD[0].items()
    }
    faces = [face(CROWD[0])._replace(embeddings=each) for each in (empty, broken)]

    entries, named = crowd.picture_answer(faces)

    assert [entry["decision"] for entry in entries] == ["unknown", "unknown"]
    assert named == []


@pytest.fixture(scope="module")
def engine(dev_models: Path) -> Engine:
    return Engine(DEV, [dev_models], "cpu")


def mascot() -> Picture:
    """A drawn head that the detector takes for a face, and a clear one."""
    canvas = np.full((300, 300, 3), 235, np.uint8)
    parts = [
        ((150, 150), (85, 112), 0, 360, (224, 184, 160), -1),
        ((115, 125), (19, 10), 0, 360, (250, 250, 250), -1),
        ((185, 125), (19, 10), 0, 360, (250, 250, 250), -1),
        ((115, 125), (8, 8), 0, 360, (60, 40, 30), -1),
        ((185, 125), (8, 8), 0, 360, (60, 40, 30), -1),
        ((115, 104), (24, 7), 180, 360, (70, 45, 35), 5),
        ((185, 104), (24, 7), 180, 360, (70, 45, 35), 5),
        ((150, 175), (16, 8), 0, 180, (180, 130, 110), 4),
        ((150, 208), (32, 11), 0, 360, (180, 80, 85), -1),
    ]
    for middle, size, start, end, colour, thick in parts:
        cv2.ellipse(canvas, middle, size, 0, start, end, colour, thick, cv2.LINE_AA)
    soft: Picture = cv2.GaussianBlur(canvas, (0, 0), 1.5)
    return soft


@pytest.mark.models
def test_a_drawn_face_is_nobody_and_draws_nobody(
    engine: Engine, face_database: Path, photos: Photos, tmp_path: Path
) -> None:
    from stash_face.media.image import decode

    drawn = faces_of(engine, mascot())
    assert len(drawn) == 1

    real = FaceDatabase.open(face_database)
    references = [
        (real.person(key).name, {name: each[row] for name, each in real.references_of(key).items()})
        for key in real.keys
        for row in range(len(next(iter(real.references_of(key).values()))))
    ]
    asked = Recognition(read_manifest(face_database), DEV, tmp_path, Options.read(Arguments({})))
    logo = {
        name: np.frombuffer(data, "<f2").astype(np.float32)
        for name, (_, data) in drawn[0].embeddings.items()
    }
    unit = {name: each / np.linalg.norm(each) for name, each in logo.items()}
    enrolled = database(tmp_path, [*references, ("mascot", unit)])
    strangers = [faces_of(engine, decode(path)) for path in photos.strangers[:8]]

    assert asked.picture_answer(drawn)[0][0]["decision"] == "unknown"
    entries, _ = enrolled.picture_answer(drawn)
    assert entries[0]["matches"][0]["name"] == "Mascot"
    for faces in strangers:
        named = [m for entry in enrolled.picture_answer(faces)[0] for m in entry["matches"]]
        assert "Mascot" not in [match["name"] for match in named]
