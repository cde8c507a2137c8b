from __future__ import annotations

from stash_face.tasks.measure_sample import Tagged
from stash_face.tasks.measure_score import (
    MATCH,
    UNCERTAIN,
    Given,
    Look,
    calibration,
    figures,
    mistakes,
    most_missed,
)

ANN = Tagged("1", "Ann", frozenset({"stashdb.org:ann", "fansdb.cc:ann"}))
BEN = Tagged("2", "Ben", frozenset({"stashdb.org:ben"}))
ABSENT = Tagged("3", "Absent", frozenset())


def given(performer_id: str, decision: str = MATCH, confidence: float = 0.95) -> Given:
    return Given(performer_id, performer_id, confidence, decision, "Close.", "9", None)


def look(*answers: Given, tagged: list[Tagged], faces: int | None = None, item: str = "9") -> Look:
    return Look("image", item, tagged, [], 0, len(answers) if faces is None else faces, [*answers])


def test_people_who_are_not_in_the_database_do_not_count_as_missed() -> None:
    found = figures([look(given("stashdb.org:ann"), tagged=[ANN, ABSENT])])

    assert (found["tagged"], found["found"], found["recall"]) == (1, 1, 1.0)


def test_a_person_who_is_twice_in_the_database_is_found_under_either_id() -> None:
    found = figures([look(given("fansdb.cc:ann"), tagged=[ANN])])

    assert (found["recall"], found["precision_at_least"]) == (1.0, 1.0)


def test_an_uncertain_answer_is_neither_a_name_nor_a_find() -> None:
    found = figures([look(given("stashdb.org:ann", UNCERTAIN), tagged=[ANN])])

    assert (found["named"], found["recall"], found["precision_at_least"]) == (0, 0.0, None)
    assert (found["uncertain_share"], found["uncertain_confirmed"]) == (1.0, 1)


def test_a_person_tagged_where_no_face_is_seen_is_missed_and_told_apart() -> None:
    found = figures([look(tagged=[ANN]), look(tagged=[BEN], faces=1)])

    assert (found["recall"], found["missed_without_any_face"]) == (0.0, 1)


def test_a_tag_on_a_picture_of_the_gallery_confirms_a_name_but_is_not_asked_for() -> None:
    gallery = Look("gallery", "5", [ANN], [BEN], 0, 2, [given("stashdb.org:ben")])

    found = figures([gallery])

    assert (found["precision_at_least"], found["tagged"], found["found"]) == (1.0, 1, 0)


def test_nothing_looked_at_has_no_shares() -> None:
    found = figures([])

    assert found["recall"] is found["precision_at_least"] is found["uncertain_share"] is None
    assert calibration([])["error"] is None


def test_the_bins_hold_mean_confidence_and_confirmed_share_and_full_certainty_is_in_the_last() -> (
    None
):
    answers = [
        look(given("stashdb.org:ann", confidence=1.0), tagged=[ANN]),
        look(given("stashdb.org:ann", confidence=0.9), tagged=[BEN]),
        look(given("stashdb.org:ann", "unknown", 0.05), tagged=[BEN]),
    ]

    found = calibration(answers)

    assert [each["answers"] for each in found["bins"]] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    last = found["bins"][-1]
    assert (last["confidence"], last["confirmed"]) == (0.95, 0.5)
    assert found["error"] == round((0.45 * 2 + 0.05) / 3, 4)


def test_a_name_beside_a_tagged_person_who_was_not_found_is_the_worst_mistake() -> None:
    extra = look(given("stashdb.org:ann"), given("x", confidence=0.99), tagged=[ANN], item="1")
    wrong = look(given("y", confidence=0.9), tagged=[BEN], item="2")
    absent = look(given("z", confidence=0.8), tagged=[ABSENT], item="3")

    found = mistakes([extra, wrong, absent])

    assert [each["name"] for each in found] == ["y", "x", "z"]
    assert [each["not_found"] for each in found] == [["Ben"], [], []]
    assert [each["not_in_database"] for each in found] == [[], [], ["Absent"]]


def test_the_most_often_missed_come_first_with_an_item_to_look_at() -> None:
    looks = [
        look(tagged=[BEN], item="1"),
        look(tagged=[ANN], item="2"),
        look(tagged=[ANN], item="3"),
        look(given("stashdb.org:ann"), tagged=[ANN], item="4"),
    ]

    found = most_missed(looks)

    assert [(each["name"], each["missed"], each["tagged"], each["id"]) for each in found] == [
        ("Ann", 2, 3, "2"),
        ("Ben", 1, 1, "1"),
    ]
