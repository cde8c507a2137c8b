from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builder.gallery import Gallery
from builder.state.connection import State
from stash_face.facedb.types import Candidate
from stash_face.faces.types import Vector
from tests.builder.boxes import A, B, C, Place
from tests.facedb.made_up import EMBEDDERS, PACK, unit


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Three stash-boxes with twelve people each, some of whom are in two or are look-alikes."""
    place = Place(tmp_path)
    for number in range(12):
        for shift, host in enumerate((A, B, C)):
            face = number + 6 * shift
            place.add(host, f"{host[0]}{number}", f"Person {face % 13}", face, 0.9)
    return place


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """How many were asked about beside how many, without what the bar is measured by."""
    found: list[tuple[int, int]] = []
    search = Gallery.search

    def counted(
        gallery: Gallery,
        probes: Sequence[Mapping[str, Vector]],
        count: int = 10,
        without: Sequence[int] | None = None,
    ) -> list[list[Candidate]]:
        if without is None:
            found.append((len(probes), len(gallery.keys)))
        return search(gallery, probes, count, without)

    monkeypatch.setattr(Gallery, "search", counted)
    return found


def nothing(place: Place) -> None:
    pass


def newcomers(place: Place) -> None:
    place.add(A, "new", "Newcomer", 70)
    place.add(B, "new", "Newcomer", 70)


def somebody_goes(place: Place) -> None:
    del place.boxes[A].told[9], place.boxes[C].told[3]


def another_name(place: Place) -> None:
    told = place.boxes[B].told
    told[2] = told[2]._replace(aliases=("Person 11",), birth_date="1990-02-03")


def another_face(place: Place) -> None:
    for host, number in ((A, 11), (C, 1)):
        place.add(host, "other", "Somebody else", 71)
        told = place.boxes[host].told
        told[number] = told[number]._replace(pictures=told.pop().pictures)


def the_order(place: Place) -> None:
    place.boxes[A].told.reverse()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (nothing, []),
        # The other of A and of B beside those who are known, and those of later ones beside all.
        (newcomers, [(24, 1), (1, 13), (12, 1)]),
        (somebody_goes, []),
        (another_name, []),
        # One each of the first and of the last.
        (another_face, [(23, 1), (1, 12), (1, 12)]),
    ],
)  # fmt: skip
def test_only_who_has_changed_is_compared(
    place: Place,
    asked: list[tuple[int, int]],
    change: Callable[[Place], None],
    expected: list[tuple[int, int]],
) -> None:
    place.people()
    assert sorted(asked) == [(12, 12), (24, 12)]
    asked.clear()
    change(place)

    place.people()

    assert asked == expected


@pytest.mark.parametrize(
    "change", [newcomers, somebody_goes, another_name, another_face, the_order]
)
def test_what_comes_out_is_as_if_all_were_compared(
    place: Place, change: Callable[[Place], None]
) -> None:
    place.people()
    change(place)
    known, place.work = place.work, place.work.with_name("fresh")
    shutil.copytree(known, place.work)
    with State(place.work / "state.sqlite") as state:
        for table in ("likened", "likenesses"):
            state.run(f"DELETE FROM {table}")
        state.run("DELETE FROM meta WHERE key LIKE 'bars %'")
    whole = told(place)

    place.work = known

    assert told(place) == whole
    assert [p for p in place.work.iterdir() if p.is_dir()] == []


def test_a_bar_that_falls_below_what_was_kept_compares_all_again(
    place: Place, asked: list[tuple[int, int]]
) -> None:
    whole = told(place)
    asked.clear()
    with State(place.work / "state.sqlite") as state:
        state.run(
            "UPDATE meta SET value = json_array('before', 0.9, 0.8, 0.85) WHERE key LIKE 'bars %'"
        )

    assert told(place) == whole
    assert sorted(asked) == [(12, 12), (24, 12)]


def test_a_comparison_that_was_killed_goes_on(
    place: Place, asked: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = told(place)
    monkeypatch.setattr("builder.comparison._BATCH", 7)
    for table in ("likened", "likenesses"):
        with State(place.work / "state.sqlite") as state:
            state.run(f"DELETE FROM {table}")
    search = Gallery.search
    left = 3

    def dying(gallery: Gallery, *given: Any) -> Any:
        nonlocal left
        left -= 1
        if not left:
            raise KeyboardInterrupt
        return search(gallery, *given)

    with monkeypatch.context() as patch:
        patch.setattr(Gallery, "search", dying)
        with pytest.raises(KeyboardInterrupt):
            place.people()
    asked.clear()

    assert told(place) == whole
    # Of the first source's 24 two batches were done.
    assert asked == [(7, 12), (3, 12), (7, 12), (5, 12)]


def test_a_gallery_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    def references() -> Iterator[tuple[str, dict[str, Vector]]]:
        yield "a", {name: unit(np.ones(512)) for name in EMBEDDERS}
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        Gallery(tmp_path / "gallery", PACK, references())

    assert list(tmp_path.iterdir()) == []


def told(place: Place) -> Any:
    """Who they are, and the review file."""
    place.review.unlink(missing_ok=True)
    return [(each.person, each.members) for each in place.people()], place.review.read_bytes()
