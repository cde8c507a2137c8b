from __future__ import annotations

from builder.looking import handout
from builder.looking.handout import Given, Handout
from builder.pictures import Bytes
from builder.state.files import File
from builder.values import PictureRef


def picture(name: object, size: int = 10) -> Bytes:
    return Bytes(PictureRef(str(name), str(name)), File(str(name), "", None, 1), b"." * size)


def filled(workers: str, pictures: int) -> Handout[str]:
    made = Handout[str]()
    for worker in workers:
        made.join(worker)
    for number in range(pictures):
        made.add(picture(number))
    return made


def given(of: Handout[str], rest: bool = True) -> list[tuple[str, list[str]]]:
    return [named(each) for each in of.give(rest)]


def named(each: Given[str]) -> tuple[str, list[str]]:
    return each.worker, [got.ref.name for got in each.chunk]


def names(*numbers: int) -> list[str]:
    return [str(number) for number in numbers]


def test_pictures_go_out_in_chunks_to_those_who_have_least() -> None:
    all_of_them = filled("ab", 5 * handout.MOST)

    out = list(all_of_them.give(False))

    assert [each.worker for each in out] == ["a", "b", "a", "b"]
    assert [len(each.chunk) for each in out] == [handout.MOST] * 4
    # Each has one on its way; what is left waits, and no more should come.
    assert all_of_them.full
    all_of_them.done(out[1])
    assert [each.worker for each in all_of_them.give(False)] == ["b"]
    assert not all_of_them.full


def test_large_pictures_make_small_chunks() -> None:
    handed = filled("a", 0)
    handed.add(picture("large", handout.MOST_BYTES))
    handed.add(picture("next"))

    assert given(handed, rest=False) == [("a", ["large"])]


def test_a_small_chunk_goes_out_only_where_nothing_else_comes() -> None:
    handed = filled("a", 3)

    assert given(handed, rest=False) == []
    assert given(handed) == [("a", names(0, 1, 2))]
    # Who has something to do can wait for company.
    handed.add(picture("late"))
    assert given(handed) == []
    assert handed.busy


def test_the_pictures_of_a_dead_worker_go_to_another_one_by_one() -> None:
    handed = filled("a", 3)
    given(handed)

    assert handed.died("a") == []
    handed.join("b")

    assert given(handed) == [("b", ["0"]), ("b", ["1"])]


def test_what_a_dead_worker_had_not_begun_stays_together() -> None:
    handed = filled("a", 2 * handout.MOST)
    first, second = handed.give(False)

    handed.died("a")

    for number in range(handout.MOST):
        handed.join(f"b{number}")
    handed.join("last")
    again = list(handed.give(False))
    assert sorted(map(len, (each.chunk for each in again))) == [1] * handout.MOST + [handout.MOST]
    assert {each.chunk for each in again} == {(got,) for got in first.chunk} | {second.chunk}


def test_a_picture_of_which_worker_after_worker_dies_is_given_up() -> None:
    handed = filled("a", 1)
    for worker in "bc"[: handout.DEATHS - 1]:
        given(handed)
        assert handed.died("a") == []
        handed.join(worker)
        given(handed)

    assert [got.ref.name for got in handed.died(worker)] == ["0"]
    assert not handed.busy


def test_one_death_beside_a_picture_is_not_held_against_it() -> None:
    handed = filled("ab", 1)
    ((worker, _),) = given(handed)
    handed.died(worker)
    (again,) = handed.give(True)

    handed.done(again)

    assert not handed.busy


def test_what_nobody_has_is_dropped_when_all_is_to_stop() -> None:
    handed = filled("a", 4 * handout.MOST)
    out = list(handed.give(False))

    handed.drop()

    assert handed.busy
    for each in out:
        handed.done(each)
    assert not handed.busy
