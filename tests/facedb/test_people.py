from __future__ import annotations

import json
from pathlib import Path

import pytest

from stash_face.errors import DatabaseError
from stash_face.facedb.manifest import PERFORMERS
from stash_face.facedb.people import People, person, universal_id
from stash_face.facedb.types import Person

A, B, C = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")


def people(folder: Path, records: object) -> People:
    (folder / PERFORMERS).write_text(json.dumps(records), encoding="utf-8")
    return People(folder)


def test_a_record_of_one_stash_box_is_keyed_by_the_universal_id(tmp_path: Path) -> None:
    record = {
        "name": "Zoë Example",
        "country": "NO",
        "image_url": "https://example.org/z.jpg",
        "face_count": 4,
    }

    assert people(tmp_path, {f"stashdb.org:{A}": record})[f"stashdb.org:{A}"] == Person(
        key=f"stashdb.org:{A}",
        performer_id=f"stashdb.org:{A}",
        name="Zoë Example",
        stash_ids={"stashdb.org": A},
        country="NO",
        image_url="https://example.org/z.jpg",
    )


def test_a_record_of_several_names_its_ids_and_those_that_are_missing(tmp_path: Path) -> None:
    ids = {"fansdb.cc": B, "stashdb.org": None, "theporndb.net": C}

    found = people(tmp_path, {"performer_00001": {"name": "Zoë", "stash_ids": ids}})

    assert found["performer_00001"] == Person(
        key="performer_00001",
        performer_id=f"theporndb.net:{C}",
        name="Zoë",
        stash_ids=ids,
    )


@pytest.mark.parametrize(
    "record",
    [
        {},  # nothing said
        {"name": None, "country": None, "image_url": None},  # said to be nothing
        {"name": "", "country": "", "image_url": ""},
        None,
        "Zoë",  # no record at all
    ],
)
def test_someone_without_a_name_keeps_the_key(tmp_path: Path, record: object) -> None:
    key = f"stashdb.org:{A}"

    found = people(tmp_path, {key: record})[key]

    assert found == Person(key, key, key, {"stashdb.org": A})


def test_someone_without_a_record_keeps_the_key(tmp_path: Path) -> None:
    assert people(tmp_path, {})["performer_00007"] == Person(
        "performer_00007", "performer_00007", "performer_00007", {}
    )


@pytest.mark.parametrize(
    "key",
    [
        "Ada Example",  # a folder's name
        "Dr. No: the film",  # one with a dot and a colon
        "folder:ada",  # no host
        "performer_00001",
        "stashdb.org",
    ],
)
def test_a_key_that_is_no_universal_id_gives_no_stash_ids(key: str) -> None:
    assert person(key, {}) == Person(key, key, key, {})


@pytest.mark.parametrize(
    ("ids", "preferred"),
    [
        # the largest box first, whatever the order
        ({"fansdb.cc": A, "stashdb.org": B}, f"stashdb.org:{B}"),
        ({"javstash.org": A, "pmvstash.org": B, "fansdb.cc": C}, f"fansdb.cc:{C}"),
        ({"stashdb.org": None, "javstash.org": A}, f"javstash.org:{A}"),
        ({"stashdb.org": "", "pmvstash.org": A}, f"pmvstash.org:{A}"),
        # then the others by name
        ({"z.example": A, "b.example": B}, f"b.example:{B}"),
        ({"a.example": A, "javstash.org": B}, f"javstash.org:{B}"),
        ({"stashdb.org": None}, None),
        ({}, None),
    ],
)
def test_the_universal_id_is_that_of_the_largest_box(
    ids: dict[str, str | None], preferred: str | None
) -> None:
    assert universal_id(ids) == preferred


@pytest.mark.parametrize("content", ["", "[]", "{", "null", '{"a": NaN'])
def test_performers_that_are_no_object_are_refused_when_a_name_is_asked_for(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / PERFORMERS).write_text(content)
    found = People(tmp_path)

    with pytest.raises(DatabaseError, match=r"performers\.json .*: install it again\."):
        found["stashdb.org:1"]
