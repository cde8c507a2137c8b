from __future__ import annotations

import json
from pathlib import Path

import pytest

from stash_face.errors import BadRequest, DatabaseError
from stash_face.facedb.contribution import read_contribution
from stash_face.faces.packs import load_pack
from stash_face.operations.contribute import contribute
from stash_face.store.connection import FILE_NAME, Store
from stash_face.store.references import Origin, Who, confirm
from tests.operations.workplace import ANN, BEN, CLEO, face

FILE = Origin("md5:aa:1", "dev")
BOTH = Who("stashdb.org:ann", "Ann (met in May)", {"stashdb.org": "Ann", "fansdb.cc": "a-1"}, "7")
OWN_BOX = Who("box.example:ben", "Ben", {"box.example": "ben"}, "8")
LOCAL = Who("local:9", "Cleo", {}, "9")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three people confirmed: at two public stash-boxes, at one of the user's own, at none."""
    with Store(tmp_path / FILE_NAME) as store:
        for number, (who, vectors) in enumerate([(BOTH, ANN), (OWN_BOX, BEN), (LOCAL, CLEO)]):
            confirm(store, "image", str(number), 0, face(vectors), who, FILE)
    return tmp_path


def performers(path: Path) -> list[tuple[str, ...]]:
    return sorted(each.performers for each in read_contribution(path, load_pack("dev")))


def test_people_are_named_by_what_means_the_same_to_everybody(data: Path) -> None:
    told = contribute(data, data / "faces.jsonl", "dev")

    assert performers(data / "faces.jsonl") == [("fansdb.cc:a-1", "stashdb.org:ann")]
    assert "of those that you confirmed 2 stay here" in told
    text = (data / "faces.jsonl").read_text()
    assert not [each for each in ("May", "box.example", "local", "aa") if f'"{each}' in text]
    assert [line["quality"] for line in map(json.loads, text.splitlines()[1:])] == [0.75]


def test_another_stash_box_is_named_where_the_user_says_so(data: Path) -> None:
    contribute(data, data / "faces.jsonl", "dev", ["box.example"])

    assert ("box.example:ben",) in performers(data / "faces.jsonl")


def test_what_cannot_be_given_is_one_sentence(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "faces.jsonl"
    with pytest.raises(DatabaseError, match="No face database is installed"):
        contribute(data, target)
    with pytest.raises(BadRequest, match="No face that was found with the models 'small' was"):
        contribute(data, target, "small")
    with pytest.raises(BadRequest, match="There is no store in"):
        contribute(data / "elsewhere", target, "dev")
    assert not target.exists()
    with pytest.raises(BadRequest, match="cannot be written"):
        contribute(data, tmp_path / "no folder" / "faces.jsonl", "dev")
