from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from builder.folder import Performer, performers
from stash_face.errors import BadRequest
from stash_face.facedb.types import Person

UUID = "0f3c8a52-7d1e-4b96-8f25-61f0a9be1c34"
OTHER = "5d0c1f0e-93b4-4e6f-a1e8-6a2a64c7a111"


def described(folder: Path, record: object) -> Person:
    """The one person of `folder`, whose performer.json is `record`."""
    (folder / "Ada").mkdir()
    content = record if isinstance(record, bytes) else json.dumps(record).encode()
    (folder / "Ada" / "performer.json").write_bytes(content)
    (found,) = performers(folder)
    return found.person


def test_each_folder_is_a_performer_and_its_pictures_the_references(tmp_path: Path) -> None:
    for name in (
        *("Zoë/b.PNG", "Zoë/a.jpg", "Zoë/notes.txt", "Zoë/performer.xml", "Ada Example/1.webp"),
        *("Ada Example/Thumbs.db", ".cache/1.jpg", "loose.jpg", "Empty/nothing.txt"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")

    assert list(performers(tmp_path)) == [
        Performer(
            Person("Ada Example", "Ada Example", "Ada Example", {}),
            [tmp_path / "Ada Example" / "1.webp"],
        ),
        Performer(Person("Empty", "Empty", "Empty", {}), []),
        Performer(
            Person("Zoë", "Zoë", "Zoë", {}),
            [tmp_path / "Zoë" / "a.jpg", tmp_path / "Zoë" / "b.PNG"],
        ),
    ]


@pytest.mark.parametrize("place", ["missing", "file"])
def test_what_is_no_folder_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(BadRequest) as failure:
        list(performers(tmp_path / place))

    assert failure.value.sentence == (
        f"{tmp_path / place} is not a folder: name one that holds a folder per performer."
    )


@pytest.mark.parametrize(
    ("record", "person"),
    [
        # one stash-box: its id is the key
        (
            {"stash_ids": {"stashdb.org": UUID}},
            Person(f"stashdb.org:{UUID}", f"stashdb.org:{UUID}", "Ada", {"stashdb.org": UUID}),
        ),
        # one id beside boxes that do not know them
        (
            {"name": "Ada Example", "stash_ids": {"fansdb.cc": UUID, "stashdb.org": None}},
            Person(
                f"fansdb.cc:{UUID}",
                f"fansdb.cc:{UUID}",
                "Ada Example",
                {"fansdb.cc": UUID, "stashdb.org": None},
            ),
        ),
        # several: the folder is the key, the largest box gives the universal id
        (
            {"stash_ids": {"fansdb.cc": OTHER, "stashdb.org": UUID}},
            Person("Ada", f"stashdb.org:{UUID}", "Ada", {"fansdb.cc": OTHER, "stashdb.org": UUID}),
        ),
        # none
        ({"stash_ids": {}}, Person("Ada", "Ada", "Ada", {})),
        ({"stash_ids": None}, Person("Ada", "Ada", "Ada", {})),
        (
            {"stash_ids": {"stashdb.org": None}},
            Person("Ada", "Ada", "Ada", {"stashdb.org": None}),
        ),
        (
            {"name": "Ada X", "country": "GB", "image_url": "https://example.org/a.jpg", "age": 3},
            Person("Ada", "Ada", "Ada X", {}, "GB", "https://example.org/a.jpg"),
        ),
        # as Windows' Notepad saves it
        (b'\xef\xbb\xbf{"name": "Ada X"}', Person("Ada", "Ada", "Ada X", {})),
    ],
)
def test_a_performer_json_says_who_it_is(tmp_path: Path, record: Any, person: Person) -> None:
    assert described(tmp_path, record) == person


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Expecting value"),
        (b'{"name": "Ada",}', "property name"),
        (b"[]", "not a JSON object"),
        (b'"Ada"', "not a JSON object"),
        (b'{"name": "\xe9"}', "utf-8"),
        (b"[" * 100_000, "recursion"),
        # as Stash itself writes them
        (
            b'{"stash_ids": [{"endpoint": "https://stashdb.org/graphql", "stash_id": "1"}]}',
            "stash_ids must be an object of host and id",
        ),
        (b'{"stash_ids": "stashdb.org:1"}', "stash_ids must be an object of host and id"),
    ],
)
def test_a_broken_performer_json_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(BadRequest) as failure:
        described(tmp_path, content)

    sentence = failure.value.sentence
    assert sentence.startswith(f"{tmp_path / 'Ada' / 'performer.json'} cannot be used (")
    assert sentence.endswith("): mend it or delete it.")
    assert reason in sentence


@pytest.mark.parametrize(
    "name",
    [
        "Dr. No - the film",
        "陽子",
        *(["Zo\udceb"] if sys.platform == "linux" else []),  # latin-1 on a UTF-8 disk
    ],
)
def test_any_folder_name_is_a_key_that_json_can_hold(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()

    (found,) = performers(tmp_path)

    assert found.person.key == name.replace("\udceb", "?")
    assert found.person.stash_ids == {}
    json.dumps(found.person.key, ensure_ascii=False).encode()
