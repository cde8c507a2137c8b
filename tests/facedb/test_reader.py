from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import voyager

from stash_face.errors import DatabaseError
from stash_face.facedb.manifest import FACES
from stash_face.facedb.reader import FaceDatabase
from stash_face.facedb.types import Candidate
from stash_face.faces.types import Vector
from tests.facedb.made_up import (
    EMBEDDERS,
    Vectors,
    World,
    key_of,
    manifest_of,
    near,
    put,
    put_json,
    say,
    unit,
    world,
    write,
)

# E4M3 keeps three bits of each number.
ROUNDING = 0.01


def probes(those: World, count: int = 40) -> list[Vectors]:
    """Faces between two people each, so that the order is a matter of numbers."""
    rng = np.random.default_rng(5)
    found = []
    for number in rng.integers(0, len(those.people), count):
        a, b = those.of(number)[0], those.of((number + 1) % len(those.people))[1]
        found.append({key: unit(a[key] + rng.uniform(0.2, 1) * b[key]) for key in EMBEDDERS})
    return found


def exactly(references: dict[str, list[Vectors]], probe: Vectors) -> list[Candidate]:
    """Everybody beside the probe, closest first, by the definition."""

    def similarity(vectors: list[Vector], face: Vector) -> float:
        template = unit(np.mean(vectors, axis=0))
        return (max(float(v @ face) for v in vectors) + float(template @ face)) / 2

    found = []
    for key, those in references.items():
        each = {name: similarity([v[name] for v in those], probe[name]) for name in EMBEDDERS}
        found.append(Candidate(key, sum(each.values()) / len(each), each))
    return sorted(found, key=lambda candidate: -candidate.similarity)


def stored(database: FaceDatabase) -> dict[str, list[Vectors]]:
    """The references as the database gives them back."""
    people = {}
    for number, key in enumerate(database.keys):
        columns = database.references(number)
        people[key] = [
            {name: columns[name][row] for name in EMBEDDERS}
            for row in range(len(columns[EMBEDDERS[0]]))
        ]
    return people


def test_every_reference_finds_itself(tmp_path: Path) -> None:
    alone = world(60, each=1)
    database = FaceDatabase.open(write(tmp_path / "alone", alone))

    answers = database.search([vectors for _, vectors in alone.references], count=1)

    for (key, _), (candidate,) in zip(alone.references, answers, strict=True):
        assert candidate.key == key
        assert candidate.distance < ROUNDING / 2
        assert set(candidate.similarities) == set(EMBEDDERS)


def test_people_rank_by_best_reference_and_template_fused_over_the_embedders(
    folder: Path, sixty: World
) -> None:
    database = FaceDatabase.open(folder)
    references = stored(database)
    asked = probes(sixty)

    # From the third on they are strangers, of whom the index proposes but some.
    answers = database.search(asked, count=2)

    for probe, answer in zip(asked, answers, strict=True):
        wanted = exactly(references, probe)[:2]
        assert [c.key for c in answer] == [c.key for c in wanted]
        for candidate, exact in zip(answer, wanted, strict=True):
            assert candidate.similarity == pytest.approx(exact.similarity, abs=1e-5)
            assert candidate.similarities == pytest.approx(exact.similarities, abs=1e-5)
            assert candidate.distance == 1 - candidate.similarity


def test_storing_moves_a_similarity_by_less_than_a_hundredth(folder: Path, sixty: World) -> None:
    database = FaceDatabase.open(folder)
    original = {p.key: sixty.of(n) for n, p in enumerate(sixty.people)}
    asked = probes(sixty)

    for probe, answer in zip(asked, database.search(asked, count=2), strict=True):
        exact = {c.key: c.similarity for c in exactly(original, probe)}
        for candidate in answer:
            assert candidate.similarity == pytest.approx(exact[candidate.key], abs=ROUNDING)


def test_references_come_back_as_unit_vectors_close_to_what_was_written(
    folder: Path, sixty: World
) -> None:
    database = FaceDatabase.open(folder)
    for number, vectors in enumerate(map(database.references, range(3))):
        written = sixty.of(number)
        for name in EMBEDDERS:
            assert vectors[name].shape == (3, 512)
            assert vectors[name].dtype == np.float32
            assert np.allclose(np.linalg.norm(vectors[name], axis=1), 1, atol=1e-5)
            for row, original in zip(vectors[name], written, strict=True):
                assert row @ original[name] > 1 - ROUNDING / 2


def test_references_are_what_voyager_holds(folder: Path, sixty: World) -> None:
    database = FaceDatabase.open(folder)
    owners = json.loads((folder / FACES).read_text())

    for name in EMBEDDERS:
        index = voyager.Index.load(str(folder / f"face_{name}.voy"))
        for number in (0, 31, 59):
            places = [n for n, key in enumerate(owners) if key == sixty.people[number].key]
            theirs = np.stack([unit(index.get_vector(place)) for place in places])
            assert np.allclose(database.references(number)[name], theirs, atol=1e-6)


def test_many_probes_are_answered_as_one_by_one(folder: Path, sixty: World) -> None:
    database = FaceDatabase.open(folder)
    asked = probes(sixty)

    together = database.search(asked)
    alone = [database.search([probe])[0] for probe in asked]

    assert [[c.key for c in a] for a in together] == [[c.key for c in a] for a in alone]


def test_someone_left_out_is_not_answered(folder: Path, sixty: World) -> None:
    database = FaceDatabase.open(folder)
    numbers = [4, 30, 59]
    asked = [sixty.of(number)[0] for number in numbers]

    for number, with_them, without in zip(
        numbers, database.search(asked), database.search(asked, without=numbers), strict=True
    ):
        assert with_them[0].key == sixty.people[number].key
        assert [c.key for c in without[:9]] == [c.key for c in with_them[1:]]


def test_one_person_is_compared_with_many_faces(folder: Path, sixty: World) -> None:
    database = FaceDatabase.open(folder)
    asked = probes(sixty)[:5]
    best = database.search(asked, count=1)

    for probe, (candidate,) in zip(asked, best, strict=True):
        assert database.compare([probe], candidate.key)[0].similarity == pytest.approx(
            candidate.similarity, abs=1e-6
        )


@pytest.mark.parametrize("count", [1, 24, 59, 60, 1000])
def test_as_many_people_are_answered_as_are_asked_for(
    folder: Path, sixty: World, count: int
) -> None:
    answer = FaceDatabase.open(folder).search([sixty.of(0)[0]], count=count)[0]

    assert len(answer) == len({c.key for c in answer}) == min(count, 60)
    assert [c.distance for c in answer] == sorted(c.distance for c in answer)


def test_someone_with_200_references_does_not_crowd_out_the_others(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    few, centre = world(40), {key: unit(rng.normal(size=512)) for key in EMBEDDERS}
    crowd = key_of(999)
    people = [*few.people, few.people[0]._replace(key=crowd, performer_id=crowd)]
    references = few.references + [
        (crowd, {key: near(centre[key], 0.95, rng) for key in EMBEDDERS}) for _ in range(200)
    ]
    database = FaceDatabase.open(write(tmp_path / "crowd", World(people, references)))
    probe = {key: unit(centre[key] + 0.4 * few.of(7)[0][key]) for key in EMBEDDERS}

    (both,) = database.search([probe], count=2)
    (rest,) = database.search([probe], count=1, without=[database.keys.index(crowd)])

    assert [c.key for c in both] == [crowd, key_of(7)]
    assert [c.key for c in rest] == [key_of(7)]


def test_a_removed_face_is_never_answered(folder: Path, sixty: World) -> None:
    owners: list[str | None] = json.loads((folder / FACES).read_text())
    gone, thinner = sixty.people[10].key, sixty.people[20].key
    kept_of_thinner = owners.index(thinner)
    owners = [
        None if key == gone or (key == thinner and place != kept_of_thinner) else key
        for place, key in enumerate(owners)
    ]
    put_json(folder, FACES, owners)
    database = FaceDatabase.open(folder)

    for number in (10, 20):
        for probe in sixty.of(number):
            assert gone not in [c.key for c in database.search([probe], count=60)[0]]
    assert gone not in database.keys
    assert len(database.references(database.keys.index(thinner))[EMBEDDERS[0]]) == 1
    best = database.search([sixty.of(20)[0]], count=1)[0][0]
    assert (best.key, best.distance < ROUNDING) == (thinner, True)


def test_a_database_of_removed_faces_answers_nobody(folder: Path, sixty: World) -> None:
    put_json(folder, FACES, [None] * 180)

    database = FaceDatabase.open(folder)

    assert database.keys == []
    assert database.search([sixty.of(0)[0]] * 3) == [[], [], []]


def test_no_probes_have_no_answers(folder: Path) -> None:
    assert FaceDatabase.open(folder).search([]) == []


def test_a_folder_that_cannot_be_written_is_read(folder: Path, sixty: World) -> None:
    folder.chmod(0o555)
    try:
        database = FaceDatabase.open(folder)
    finally:
        folder.chmod(0o755)

    assert database.search([sixty.of(3)[0]], count=1)[0][0].key == key_of(3)


def test_an_index_of_voyager_before_its_files_said_what_they_hold_is_read(
    folder: Path, sixty: World
) -> None:
    for name in EMBEDDERS:
        content = (folder / f"face_{name}.voy").read_bytes()
        assert content[:4] == b"VOYA"
        put(folder, f"face_{name}.voy", content[19:])

    database = FaceDatabase.open(folder)

    assert database.search([sixty.of(3)[0]], count=1)[0][0].key == key_of(3)


def refused(folder: Path) -> str:
    with pytest.raises(DatabaseError) as failure:
        FaceDatabase.open(folder)
    assert "\n" not in failure.value.sentence
    return failure.value.sentence


@pytest.mark.parametrize("name", ["face_arcface_mbf.voy", "faces.json", "performers.json"])
def test_a_file_that_is_not_the_manifest_s_is_refused(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)

    assert refused(folder) == (
        f"{name} of the face database {folder} is not the file its manifest names (checksum "
        "differs): install the database again."
    )


def test_a_file_changed_after_it_was_found_right_is_refused(folder: Path) -> None:
    FaceDatabase.open(folder)
    owners = json.loads((folder / FACES).read_text())
    (folder / FACES).write_text(json.dumps(owners[::-1]))

    assert "checksum differs" in refused(folder)


def test_what_is_not_read_need_not_be_right(folder: Path, sixty: World) -> None:
    (folder / "performers.db").write_bytes(b"SQLite format 3\0 and its log")
    checksums = manifest_of(folder)["checksums"]
    say(folder, checksums=checksums | {"performers.db": "0" * 64, "tattoo.voy": "sha256:1"})

    assert FaceDatabase.open(folder).search([sixty.of(3)[0]], count=1)[0][0].key == key_of(3)


@pytest.mark.parametrize("share", [0, 0.0001, 0.0002, 0.001, 0.5])
def test_an_index_that_is_cut_off_is_refused(folder: Path, share: float) -> None:
    name = "face_edgeface_xs.voy"
    content = (folder / name).read_bytes()
    put(folder, name, content[: int(len(content) * share)])

    sentence = refused(folder)

    assert sentence.startswith(f"The index {folder / name} cannot be loaded (")
    assert sentence.endswith("): install the database again.")


def test_an_index_that_is_something_else_is_refused(folder: Path) -> None:
    put(folder, "face_edgeface_xs.voy", b"<html>Please log in</html>" * 99)

    assert "cannot be loaded" in refused(folder)


def test_an_index_of_another_dimension_is_refused(folder: Path) -> None:
    index = voyager.Index(voyager.Space.Cosine, 128)
    index.add_items(np.eye(128, dtype=np.float32))
    index.save(str(folder / "other.voy"))
    put(folder, "face_edgeface_xs.voy", (folder / "other.voy").read_bytes())

    assert refused(folder) == (
        f"The index {folder / 'face_edgeface_xs.voy'} holds vectors of 128 numbers, its manifest "
        "says 512: install the database again."
    )


@pytest.mark.parametrize("faces", [179, 181])
def test_an_index_and_a_list_of_another_length_are_refused(folder: Path, faces: int) -> None:
    put_json(folder, FACES, [key_of(0)] * faces)

    assert refused(folder) == (
        f"The face database {folder} contradicts itself: its index holds 180 faces, faces.json "
        f"{faces}. Install it again."
    )


def test_the_nulls_of_faces_removed_at_the_end_may_be_missing(folder: Path, sixty: World) -> None:
    owners = json.loads((folder / FACES).read_text())
    put_json(folder, FACES, owners[:-3])
    say(folder, face_count=177)

    found = FaceDatabase.open(folder)

    assert len(found.keys) == 59
    assert found.search([sixty.of(3)[0]], count=1)[0][0].key == key_of(3)
    assert found.search([sixty.of(59)[0]], count=1)[0][0].key != key_of(59)


def test_faces_that_an_index_lacks_are_refused(folder: Path, sixty: World) -> None:
    owners = json.loads((folder / FACES).read_text())
    # As many as the index has, but one of them at a place that it does not have.
    put_json(folder, FACES, [None, *owners[1:], owners[0]])

    with pytest.raises(DatabaseError, match="contradicts itself: faces.json names faces that an"):
        FaceDatabase.open(folder).search([sixty.of(0)[1]], count=1)


@pytest.mark.parametrize(
    "content",
    [
        [1, 2, 3],  # the performers' row numbers
        [key_of(0), ["stashdb.org", "x"]],
        [key_of(0), True],
    ],
)
def test_owners_that_are_no_keys_are_refused(folder: Path, content: object) -> None:
    put_json(folder, FACES, content)

    assert refused(folder) == (
        f"{folder / FACES} must hold performer keys and nulls only: install it again."
    )


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": 1}', b'"abc"', b"\xff\xfe", b"[" * 9999])
def test_owners_that_are_no_list_are_refused(folder: Path, content: bytes) -> None:
    put(folder, FACES, content)

    sentence = refused(folder)

    assert sentence.startswith(str(folder / FACES))
    assert sentence.endswith("install it again.")


def test_a_database_that_vanishes_while_it_is_opened_is_named(folder: Path) -> None:
    from stash_face.facedb.manifest import read_manifest

    manifest = read_manifest(folder)
    (folder / FACES).unlink()

    with pytest.raises(DatabaseError, match="cannot be read .* check that it is still there"):
        FaceDatabase(manifest)
