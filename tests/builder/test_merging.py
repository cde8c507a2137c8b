from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from builder.cli import main
from stash_face.errors import BadRequest
from stash_face.facedb.reader import FaceDatabase
from tests.builder.boxes import A, B, C, Place
from tests.builder.workplace import content


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def ids(performers: dict[str, Any]) -> list[dict[str, str | None]]:
    """The stash ids of people of several stash-boxes."""
    return [each["stash_ids"] for key, each in performers.items() if key.startswith("performer_")]


JOINED = [{A: "a1", B: "b1"}]
TOLD: list[tuple[dict[str, Any], dict[str, Any]]] = [
    # One says the other's id.
    ({}, {"record": {"stash_ids": {B: "b1", A: "a1"}}}),
    # One says an id that was merged into the other.
    ({"merged": ("old",)}, {"record": {"stash_ids": {B: "b1", A: "old"}}}),
    # One links to the other.
    ({}, {"urls": ("https://stashdb.org/performers/A1",)}),
    # Both link to one page, written differently.
    (
        {"urls": ("http://www.example.com/Ada/?utm_source=x",)},
        {"urls": ("https://example.com/ada",)},
    ),
]


@pytest.mark.parametrize(("one", "other"), TOLD)
def test_what_is_told_joins_whatever_faces_and_names_say(
    place: Place, one: dict[str, Any], other: dict[str, Any]
) -> None:
    place.add(A, "a1", "Ada", 1, **one)
    place.add(B, "b1", "Somebody", 2, **other)

    found = place.build()

    assert list(found) == ["performer_00001"]
    assert (ids(found), found["performer_00001"]["name"]) == (JOINED, "Ada")


@pytest.mark.parametrize(
    "urls",
    [
        # A page of a site, of nobody there.
        ["https://example.com/"],
        # No address at all.
        ["", "http://[", "nothing"],
    ],
)
def test_addresses_that_name_nobody_join_nobody(place: Place, urls: list[str]) -> None:
    place.add(A, "a1", "Ada", 1, urls=tuple(urls))
    place.add(B, "b1", "Bea", 2, urls=tuple(urls))

    assert ids(place.build()) == []


def test_a_page_that_a_couple_shares_joins_nobody(place: Place) -> None:
    for ident, host, face in (("a1", A, 1), ("a2", A, 2), ("b1", B, 3)):
        place.add(host, ident, ident, face, urls=("https://example.com/couple",))

    assert ids(place.build()) == []


AGREED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    # A name, with other marks and signs.
    ({"name": "Zoë O'Hara"}, {"name": "zoe ohara"}),
    # An alias.
    ({"name": "Ada"}, {"name": "Bea", "aliases": ("ADA",)}),
    # A birth date.
    ({"name": "Ada", "birth_date": "1990-02-03"}, {"name": "Bea", "birth_date": "1990-02-03"}),
]
NOT_AGREED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    # Nothing in common.
    ({"name": "Ada"}, {"name": "Bea"}),
    # A year alone is that of many.
    ({"name": "Ada", "birth_date": "1990"}, {"name": "Bea", "birth_date": "1990"}),
    # A name in common, and birth dates that cannot be one person's.
    ({"name": "Ada", "birth_date": "1990-02-03"}, {"name": "Ada", "birth_date": "1971"}),
]


@pytest.mark.parametrize(("one", "other"), AGREED)
def test_one_face_with_a_name_or_birth_date_in_common_is_one_person(
    place: Place, one: dict[str, Any], other: dict[str, Any]
) -> None:
    place.add(A, "a1", face=1, **one)
    place.add(B, "b1", face=1, **other)

    assert ids(place.build()) == JOINED
    (pair,) = place.pairs()
    assert (pair["decision"], pair["now"]) == ("", "joined")
    # Undone by a word, and done again by taking the word back.
    place.decide("different")
    assert list(place.build()) == [f"{A}:a1", f"{B}:b1"]
    assert place.pairs() == [pair | {"decision": "different", "now": "apart"}]
    place.decide("")
    assert ids(place.build()) == JOINED
    assert place.pairs() == [pair]


@pytest.mark.parametrize(("one", "other"), NOT_AGREED)
def test_one_face_alone_is_asked_about_and_the_answer_obeyed(
    place: Place, one: dict[str, Any], other: dict[str, Any]
) -> None:
    place.add(A, "a1", face=1, **one)
    place.add(B, "b1", face=1, **other)

    assert ids(place.build()) == []
    (pair,) = place.pairs()
    assert (pair["one"], pair["other"], pair["now"]) == (f"{A}:a1", f"{B}:b1", "apart")
    place.decide("same")
    assert ids(place.build()) == JOINED
    assert place.pairs()[0]["now"] == "joined"
    place.decide("different")
    assert ids(place.build()) == []
    place.review.unlink()
    assert ids(place.build()) == []
    assert place.pairs() == [pair]


def test_one_name_alone_joins_nobody(place: Place) -> None:
    place.add(A, "a1", "Ada", 1)
    place.add(B, "b1", "Ada", 2)

    assert ids(place.build()) == []
    assert place.pairs() == []


def test_one_name_with_faces_somewhat_alike_is_asked_about(place: Place) -> None:
    place.add(A, "a1", "Ada", 1)
    place.add(B, "b1", "Ada", 1, likeness=0.35)
    place.add(B, "b2", "Other", 1, likeness=0.35)

    assert ids(place.build()) == []
    assert [(each["other"], each["now"]) for each in place.pairs()] == [(f"{B}:b1", "apart")]


def test_a_bar_of_its_own_is_not_moved_by_those_who_are_in_both(place: Place) -> None:
    for number in range(60):
        place.add(A, f"a{number}", f"Person {number}", number, 0.9)
        name = f"Person {number}" if number % 2 else f"Other {number}"
        place.add(B, f"b{number}", name, number if number % 6 else 100 + number, 0.9)

    found = [each.person.stash_ids for each in place.people() if len(each.members) > 1]

    # Half of them have another name there, and ten other ones another face.
    assert found == [{A: f"a{n}", B: f"b{n}"} for n in range(60) if n % 2]
    asked = [each["one"] for each in place.pairs() if each["now"] == "apart"]
    assert sorted(asked) == sorted(f"{A}:a{n}" for n in range(60) if n % 6 and not n % 2)


def test_two_performers_of_one_stash_box_are_two_people(place: Place) -> None:
    place.add(A, "a1", "Ada", 1)
    place.add(B, "b1", "Ada", 1, likeness=0.97)
    place.add(B, "b2", "Ada", 1, likeness=0.9)

    found = place.build()

    assert ids(found) == JOINED
    assert f"{B}:b2" in found
    assert sorted(each["now"] for each in place.pairs()) == ["apart", "joined"]
    # Not even by somebody's word: of two that cannot both be, the first in the file is obeyed.
    place.decide("same")
    assert ids(place.build()) == [{A: "a1", B: "b2"}]
    assert [(each["other"], each["now"]) for each in place.pairs()] == [
        (f"{B}:b2", "joined"),
        (f"{B}:b1", "apart, as one stash-box has two of them"),
    ]
    assert ids(place.build()) == [{A: "a1", B: "b2"}]


def test_what_is_decided_during_a_build_is_kept_for_the_next(place: Place) -> None:
    place.add(A, "a1", "Ada", 1)
    place.add(B, "b1", "Bea", 1)
    told = {"decision": "same", "one": f"{A}:a1", "other": f"{B}:b1"}

    def decide() -> None:
        place.review.write_text(json.dumps(told), encoding="utf-8")

    place.meanwhile["Comparing"] = decide

    assert ids(place.build()) == []
    assert [each["decision"] for each in place.pairs()] == ["same"]
    assert ids(place.build()) == JOINED


def test_what_a_stash_box_tells_can_be_denied(place: Place) -> None:
    place.add(A, "a1", "Ada", 1)
    place.add(B, "b1", "Bea", 2, urls=("https://stashdb.org/performers/a1",))
    assert ids(place.build()) == JOINED
    told = {"decision": "different", "one": f"{B}:b1", "other": f"{A}:A1", "note": "I know her"}
    place.review.write_text(json.dumps(told), encoding="utf-8")

    assert ids(place.build()) == []
    assert place.pairs() == [told | {"now": "apart"}]


def test_everybody_is_found_by_any_of_their_ids(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.add(A, "a1", "Ada", 1)
    place.add(B, "b1", "Ada", 1)
    place.add(C, "c1", "Ada", 1)
    place.add(B, "b2", "Bea", 2)

    found = place.build()

    assert found["performer_00001"]["stash_ids"] == {A: "a1", B: "b1", C: "c1"}
    assert found[f"{B}:b2"]["stash_ids"] == {A: None, B: "b2", C: None}
    database = FaceDatabase.open(place.output)
    for host, ident in ((A, "a1"), (B, "b1"), (C, "c1")):
        assert database.key_of(f"{host}:{ident}") == "performer_00001"
        assert main(["search", str(place.output), f"{host}:{ident}"]) == 0
        assert capsys.readouterr().out.startswith("Ada  (")
    assert database.person("performer_00001").performer_id == f"{A}:a1"
    assert database.person(f"{B}:b2").performer_id == f"{B}:b2"


def test_keys_stay_when_people_come_go_and_are_merged(place: Place) -> None:
    for number in (1, 2, 3):
        place.add(A, f"a{number}", f"Person {number}", number)
        place.add(B, f"b{number}", f"Person {number}", number)
    before = place.build()
    gone = [place.boxes[host].told.pop(0) for host in (A, B)]
    place.boxes[A].told.reverse()
    place.add(A, "a4", "Person 4", 4)
    place.add(B, "b4", "Person 4", 4)

    after = place.build()

    assert list(before) == ["performer_00001", "performer_00002", "performer_00003"]
    assert {key: each["stash_ids"][A] for key, each in after.items()} == {
        "performer_00002": "a2", "performer_00003": "a3", "performer_00004": "a4",
    }  # fmt: skip
    place.boxes[A].told.append(gone[0])
    place.boxes[B].told.append(gone[1])
    assert place.build()["performer_00001"] == before["performer_00001"]


def test_the_same_again_changes_nothing(place: Place) -> None:
    place.add(A, "a1", "Ada", 1)
    place.add(B, "b1", "Ada", 1)
    place.add(B, "b2", "Bea", 1)
    place.build()
    before, review = content(place.output), place.review.read_bytes()

    place.build()

    assert place.said[-1].startswith("Nothing has changed since version ")
    assert (content(place.output), place.review.read_bytes()) == (before, review)
    # What was compared is known; without that note it comes out the same.
    assert place.said.count("Comparing the people of different sources") == 1
    place.build()
    assert (content(place.output), place.review.read_bytes()) == (before, review)


@pytest.mark.parametrize(
    "moment", ["Comparing the people", "pairs were joined", "Indexing the faces", "Calibrating"]
)
def test_a_build_that_dies_ends_as_it_would_have(place: Place, moment: str) -> None:
    for number in (1, 2, 3):
        place.add(A, f"a{number}", f"Person {number}", number)
        place.add(B, f"b{number}", f"Person {number % 3}", number)
    place.build(stopped=lambda: True)
    begun = place.work.with_name("begun")
    shutil.copytree(place.work, begun)
    place.build()
    undisturbed, review = content(place.output), place.review.read_bytes()
    shutil.rmtree(place.output)
    shutil.rmtree(place.work)
    place.review.unlink()
    begun.rename(place.work)

    def die() -> None:
        raise KeyboardInterrupt

    place.meanwhile[moment] = die
    with pytest.raises(KeyboardInterrupt):
        place.build()
    place.build()

    assert (content(place.output), place.review.read_bytes()) == (undisturbed, review)


def test_one_stash_box_alone_is_as_ever(place: Place) -> None:
    place.add(A, "a1", "Ada", 1)
    place.add(A, "a2", "Ada", 1)
    place.add(B, "b1", "Ada", 1)

    found = place.build(A)

    assert list(found) == [f"{A}:a1", f"{A}:a2"]
    assert "stash_ids" not in found[f"{A}:a1"]
    assert not place.review.exists()


def test_a_limit_counts_people_not_performers(place: Place) -> None:
    for number in (1, 2, 3):
        place.add(A, f"a{number}", f"Person {number}", number)
    place.add(B, "b2", "Person 2", 2, urls=("https://stashdb.org/performers/a2",))
    place.add(B, "b4", "Person 4", 4)

    assert list(place.build(people=2)) == [f"{A}:a1", "performer_00001"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        # Cut off.
        ('{"decision": "same", "one": "a', "line 2 is no pair"),
        # Without the other.
        ('{"decision": "same", "one": "a"}', "line 2 is no pair"),
        # No object.
        ("[]", "line 2 is no pair"),
        # Another word.
        (
            '{"decision": "maybe", "one": "a", "other": "b"}',
            'line 2: decision must be "same", "different" or "", not \'maybe\'',
        ),
    ],
)
def test_a_mistake_in_the_review_file_is_told_with_its_line(
    place: Place, line: str, told: str
) -> None:
    place.add(A, "a1", "Ada", 1)
    place.add(B, "b1", "Ada", 1)
    place.review.write_text(f"# head\n{line}\n", encoding="utf-8")

    with pytest.raises(BadRequest, match="review.jsonl") as error:
        place.build()

    assert told in error.value.sentence
    assert place.review.read_text(encoding="utf-8") == f"# head\n{line}\n"
