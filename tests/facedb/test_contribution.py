from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stash_face.errors import BadRequest
from stash_face.facedb.contribution import (
    MOST_FACES,
    MOST_OF_PERSON,
    GivenFace,
    read_contribution,
    write_contribution,
)
from stash_face.faces.packs import load_pack
from tests.identify.synthetic import someone

DEV = load_pack("dev")
RANDOM = np.random.default_rng(7)
ADA, ZOE = ("fansdb.cc:a-1", "stashdb.org:ada"), ("stashdb.org:zoe",)


def given(performers: tuple[str, ...] = ADA, quality: float = 0.75) -> GivenFace:
    vectors = {k: v.astype("<f2").astype(np.float32) for k, v in someone(RANDOM, DEV).items()}
    return GivenFace(performers, quality, vectors)


FACES = [given(), given(ADA, 0.5), given(ZOE, 1.0)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "faces.jsonl"
    write_contribution(path, DEV, FACES)
    return path


def test_what_was_given_is_read(file: Path) -> None:
    found = {(face.performers, face.quality): face for face in read_contribution(file, DEV)}

    assert set(found) == {(face.performers, face.quality) for face in FACES}
    for face in FACES:
        for name, vector in found[face.performers, face.quality].vectors.items():
            assert vector.dtype == np.float32
            assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
            assert vector == pytest.approx(face.vectors[name], abs=1e-3)


def test_the_same_faces_give_the_same_file_and_no_face_is_in_it_twice(
    file: Path, tmp_path: Path
) -> None:
    write_contribution(tmp_path / "again", DEV, [*reversed(FACES), FACES[1]])

    assert (tmp_path / "again").read_bytes() == file.read_bytes()


def test_the_clearest_of_a_person_are_given(tmp_path: Path) -> None:
    many = [given(ZOE, 0.5), *(given(ADA, number / 100) for number in range(30))]

    written = write_contribution(tmp_path / "many", DEV, many)

    assert [face.performers for face in written].count(ADA) == MOST_OF_PERSON
    assert min(face.quality for face in written if face.performers == ADA) == 0.1
    assert len(read_contribution(tmp_path / "many", DEV)) == MOST_OF_PERSON + 1


def test_no_file_is_written_over(file: Path) -> None:
    with pytest.raises(BadRequest) as refused:
        write_contribution(file, DEV, FACES)

    assert refused.value.sentence == f"{file} is there already: name another file."


def head(**changes: Any) -> Callable[[list[Any]], None]:
    return lambda lines: lines[0].update(changes)


def first(**changes: Any) -> Callable[[list[Any]], None]:
    return lambda lines: lines[1].update(changes)


def vector(numbers: Any) -> Callable[[list[Any]], None]:
    text = base64.b64encode(np.asarray(numbers, "<f2").tobytes()).decode()
    return first(vectors={spec.key: text for spec in DEV.embedders})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        # Another kind of file, or of another program.
        (head(kind="something"), "does not begin like one"),
        (head(format=2), "is of a newer form: update this program."),
        (head(format="1"), "is of a newer form"),
        # Vectors that cannot be compared with ours.
        (head(pack="small"), "was made with other models ('small') than 'dev'"),
        (head(embedders=[]), "was made with other models"),
        # Promises more than a file may have, nothing, or another number than it holds.
        (head(faces=10**12), f"it has not between 1 and {MOST_FACES:,} faces"),
        (head(faces=0), "it has not between 1 and"),
        (head(faces=4), "it should have 4 faces and has not: it was cut off"),
        (head(faces=2), "it should have 2 faces and has not"),
        (lambda lines: lines.clear(), "does not begin like one"),
        # No vector: of another length, not finite, of no length, or no numbers at all.
        (vector([1.0] + [0.0] * 600), "its face 1 is none: a vector has not 512 numbers"),
        (vector([np.nan] * 512), "its face 1 is none: a vector is not of length 1"),
        (vector([np.inf] + [0.0] * 511), "a vector is not of length 1"),
        (vector([0.0] * 512), "a vector is not of length 1"),
        (vector([0.5] * 512), "a vector is not of length 1"),
        (first(vectors={"arcface": "é"}), "its face 1 is none"),
        (first(vectors=[]), "its face 1 is none: it has not the form of one"),
        # Nobody, or somebody who is nobody's but the giver's.
        (first(performers=[]), "it names nobody"),
        (first(performers=["local:7"]), "whom it names is no id of a stash-box"),
        (first(performers=["../../etc.d:x"]), "whom it names is no id of a stash-box"),
        (first(performers=["stashdb.org:" + "x" * 99]), "whom it names is no id of a stash-box"),
        (first(quality=float("nan")), "its quality is not between 0 and 1"),
        (first(quality=2), "its quality is not between 0 and 1"),
        # Deeper than a reader goes, and a line that never ends.
        (lambda lines: lines.insert(1, "[" * 30_000), "its face 1 is none"),
        (lambda lines: lines.insert(1, "x" * 100_000), "a line of it has no end"),
        # One person flooded.
        (
            lambda lines: lines.extend([lines[1]] * 20) or lines[0].update(faces=23),
            "it has more than 20 faces of one person",
        ),
    ],
)
def test_what_is_amiss_is_one_sentence(
    file: Path, change: Callable[[list[Any]], None], why: str
) -> None:
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    change(lines)
    text = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("".join(f"{line}\n" for line in text))

    with pytest.raises(BadRequest) as refused:
        read_contribution(file, DEV)

    assert why in refused.value.sentence
    assert refused.value.sentence.count(". ") == 0


@pytest.mark.parametrize(
    "content",
    [
        # A zip, a gzip, what a link of a tar looks like, and nothing.
        b"PK\x03\x04" + b"\0" * 2000,
        b"\x1f\x8b\x08" + b"\0" * 2000,
        b"../../evil\0" + b"2" * 500 + b"\n",
        b"",
    ],
)
def test_an_archive_is_no_contribution(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pack").write_bytes(content)

    with pytest.raises(BadRequest, match="is no contribution that can be used"):
        read_contribution(tmp_path / "pack", DEV)


def test_a_file_that_was_cut_off_is_refused(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])

    with pytest.raises(BadRequest, match="a line of it has no end"):
        read_contribution(file, DEV)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="There is no file"):
        read_contribution(tmp_path, DEV)
