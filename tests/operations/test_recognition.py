from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stash_face.facedb.calibration import default_law
from stash_face.facedb.manifest import read_manifest
from stash_face.facedb.reader import FaceDatabase
from stash_face.operations.options import Options
from stash_face.operations.recognition import UNKNOWN_LISTED, Recognition, law_of
from stash_face.protocol.arguments import Arguments
from stash_face.store.images import StoredFace
from tests.contracts.api import validate
from tests.identify.synthetic import PACK, someone, write
from tests.operations.workplace import ANN, BEN, DEV, STRANGER, face


def recognition(database: Path, home: Path, **args: Any) -> Recognition:
    return Recognition(read_manifest(database), DEV, home, Options.read(Arguments(args)))


def rows(**pictures: list[StoredFace]) -> list[tuple[str, int, StoredFace]]:
    """Faces by image id; a keyword is `i` and the id."""
    return [
        (name[1:], ordinal, each)
        for name, faces in pictures.items()
        for ordinal, each in enumerate(faces)
    ]


def test_the_faces_of_a_picture_are_told_in_the_words_of_the_contract(
    made_up_database: Path, tmp_path: Path
) -> None:
    found = recognition(made_up_database, tmp_path)

    entries, named = found.picture_answer([face(ANN), face(STRANGER)], "7")

    for entry in entries:
        validate("face", entry)
    assert [(e["decision"], [m["name"] for m in e["matches"]]) for e in entries] == [
        ("match", ["Ann"]),
        ("unknown", []),
    ]
    assert entries[0]["bbox"] == {"x": 0.25, "y": 0.125, "w": 0.5, "h": 0.5}
    assert entries[0]["matches"][0]["distance"] == pytest.approx(0.1, abs=0.02)
    assert [(n.performer_id, n.bbox) for n in named] == [
        ("stashdb.org:ann", (0.25, 0.125, 0.5, 0.5))
    ]
    assert named[0].distance == entries[0]["matches"][0]["distance"]


@pytest.mark.parametrize(
    ("args", "decisions", "matches"),
    [
        ({}, ["match", "match"], [["Ann"], ["Ben"]]),
        # the detector was not sure that this is a face
        ({"min_face_confidence": 0.95}, ["match"], [["Ben"]]),
        ({"max_distance": 0}, ["unknown", "unknown"], [[], []]),
        ({"max_distance": 0.2}, ["match", "unknown"], [["Ann"], []]),
        ({"min_confidence": 1}, ["unknown", "unknown"], [[], []]),
    ],
)
def test_the_options_of_the_request_are_kept(
    made_up_database: Path,
    tmp_path: Path,
    args: dict[str, Any],
    decisions: list[str],
    matches: list[list[str]],
) -> None:
    faces = [face(ANN, 0.9), face(BEN, 0.65, score=0.99)]

    entries, named = recognition(made_up_database, tmp_path, **args).picture_answer(faces)

    assert [e["decision"] for e in entries] == decisions
    assert [[m["name"] for m in e["matches"]] for e in entries] == matches
    assert len(named) == decisions.count("match")


def test_no_more_candidates_are_listed_than_asked_for(tmp_path: Path) -> None:
    twins = {f"x.org:{n}": {key: v for key, v in ANN.items()} for n in range(8)}
    database = write(tmp_path / "twins", twins, DEV).manifest.folder

    for top_k in (1, 3, 100):
        entries, named = recognition(database, tmp_path, top_k=top_k).picture_answer([face(ANN)])

        assert len(entries[0]["matches"]) == min(top_k, 8)
        assert entries[0]["decision"] == "uncertain"
        assert named == []


def test_the_people_of_a_gallery_come_most_seen_first_and_then_closest(
    made_up_database: Path, tmp_path: Path
) -> None:
    found = recognition(made_up_database, tmp_path)

    answer, named = found.gallery_answer(
        rows(
            i10=[face(ANN, 0.8, 1), face(BEN, 0.9, 2)],
            i9=[face(ANN, 0.7, 3), face(STRANGER, 0.9, 4)],
            i8=[face(BEN, 0.85, 5)],
        ),
        3,
    )

    assert [(p["name"], p["image_ids"], p["image_count"]) for p in answer["performers"]] == [
        ("Ben", ["8", "10"], 2),
        ("Ann", ["9", "10"], 2),
    ]
    ann = answer["performers"][1]
    assert ann["best_distance"] == pytest.approx(0.2, abs=0.02)
    assert ann["avg_distance"] == pytest.approx(0.25, abs=0.02)
    assert [m["image_id"] for m in ann["all_matches"]] == ["10", "9"]
    assert ann["face"] == ["10", 0]
    assert answer["faces_detected"] == 5
    assert answer["unknown_total"] == 1
    assert [(u["image_ids"], u["face"]) for u in answer["unknown"]] == [(["9"], ["9", 1])]
    assert {i: [n.performer_id for n in names] for i, names in named.items()} == {
        "10": ["stashdb.org:ben", "stashdb.org:ann"],
        "9": ["stashdb.org:ann"],
        "8": ["stashdb.org:ben"],
    }


def test_a_person_seen_once_is_shown_but_not_stored_as_named(
    made_up_database: Path, tmp_path: Path
) -> None:
    found = recognition(made_up_database, tmp_path)

    answer, named = found.gallery_answer(rows(i1=[face(ANN)], i2=[]), 2)

    assert [p["decision"] for p in answer["performers"]] == ["uncertain"]
    assert named == {}


def test_a_crowd_of_strangers_is_counted_whole_and_listed_in_part(tmp_path: Path) -> None:
    random = np.random.default_rng(31)
    database = write(tmp_path / "v1", {"x.org:ann": someone(random)})
    found = Recognition(database.manifest, PACK, tmp_path, Options.read(Arguments({})))
    crowd = [face(someone(random)) for _ in range(UNKNOWN_LISTED + 20)]

    answer, _ = found.gallery_answer([(str(n), 0, each) for n, each in enumerate(crowd)], 200)

    assert answer["unknown_total"] == UNKNOWN_LISTED + 20
    assert len(answer["unknown"]) == UNKNOWN_LISTED
    assert answer["performers"] == []


def test_an_empty_gallery_is_an_answer_too(made_up_database: Path, tmp_path: Path) -> None:
    assert recognition(made_up_database, tmp_path).gallery_answer([], 0) == (
        {"faces_detected": 0, "performers": [], "unknown": [], "unknown_total": 0},
        {},
    )


def test_good_faces_weigh_more_by_the_pack_s_own_measure(
    made_up_database: Path, tmp_path: Path
) -> None:
    found = recognition(made_up_database, tmp_path)
    seen = face(ANN)
    norms = {key: (10.0, vector) for key, (_, vector) in seen.embeddings.items()}

    weak, strong = (found.probe(f, "1").weight for f in (seen._replace(embeddings=norms), seen))

    assert strong == pytest.approx(16 * weak)


def without_law(database: Path) -> FaceDatabase:
    path = database / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"calibration": None}))
    return FaceDatabase.open(database)


def test_a_database_brings_its_own_law(tmp_path: Path) -> None:
    random = np.random.default_rng(32)
    people = {f"x.org:{n}": someone(random) for n in range(60)}
    database = write(tmp_path / "v1", people)

    law = law_of(database, PACK, tmp_path)

    assert law.fitted
    assert law.people == 60
    assert not (tmp_path / "facedb").exists()


def test_a_law_that_is_missing_is_measured_once_and_kept(tmp_path: Path) -> None:
    random = np.random.default_rng(33)
    people = {f"x.org:{n}": someone(random) for n in range(60)}
    write(tmp_path / "v1", people)
    database = without_law(tmp_path / "v1")

    first = law_of(database, PACK, tmp_path)
    kept = list((tmp_path / "facedb" / "calibration").iterdir())

    assert first.fitted
    assert [path.name for path in kept] == [f"{database.manifest.identity}.json"]
    kept[0].write_text(kept[0].read_text().replace(f"{first.location!r}", "0.125"))
    assert law_of(database, PACK, tmp_path).location == 0.125


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "{}", '{"law": "normal"}'])
def test_a_kept_law_that_was_spoilt_is_measured_anew(tmp_path: Path, content: str) -> None:
    write(tmp_path / "v1", {f"x.org:{n}": someone(np.random.default_rng(n)) for n in range(5)})
    database = without_law(tmp_path / "v1")
    kept = tmp_path / "facedb" / "calibration" / f"{database.manifest.identity}.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(content)

    assert law_of(database, PACK, tmp_path) == default_law(PACK, 5)


def test_a_law_that_cannot_be_kept_is_used_all_the_same(tmp_path: Path) -> None:
    write(tmp_path / "v1", {f"x.org:{n}": someone(np.random.default_rng(n)) for n in range(5)})
    database = without_law(tmp_path / "v1")
    (tmp_path / "facedb").write_text("a file in the folder's place")

    assert law_of(database, PACK, tmp_path) == default_law(PACK, 5)
