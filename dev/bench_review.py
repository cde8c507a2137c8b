"""How long a page of suggestions takes among a hundred thousand, and what is told of them all."""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from dev.bench_process import Figure, setting
from stash_face.operations.tuning import BARS
from stash_face.store.connection import Store
from stash_face.store.suggestion_pages import ITEM, PERSON, Place, Wanted, groups, page, total
from stash_face.store.tuning import counts, next_to
from stash_face.store.waiting import waiting

LIMIT_S = 0.1
_PAGE = 50
_EVIDENCE = json.dumps(
    {"faces": [{"image_id": "1", "face": 0, "bbox": {"x": 0.1, "y": 0.1, "w": 0.2, "h": 0.3}}] * 6}
)


def review(rounds: int) -> Iterator[Figure]:
    """The slowest of the pages that are turned to, the median of `rounds` each."""
    count = setting("BENCH_SUGGESTIONS", 100_000)
    with (
        tempfile.TemporaryDirectory(prefix="stash_face_bench_") as folder,
        Store(Path(folder, "store.sqlite")) as store,
    ):
        fill(store, count)
        pages = {
            "first": lambda: page(store, Wanted(), _PAGE),
            "in the middle": lambda: page(store, Wanted(), _PAGE, Place(0.5, "1000")),
            "of a kind": lambda: page(store, Wanted(kind="gallery", low=0.3), _PAGE),
            "with text": lambda: page(store, Wanted(text="performer 77"), _PAGE),
            "of a person": lambda: page(store, Wanted(performer_id="stashdb.org:7"), _PAGE),
            "counted": lambda: total(store, Wanted()),
        }
        yield _slowest("page of suggestions", pages, rounds, count)
        grouped = {
            "item": lambda: groups(store, Wanted(), ITEM, _PAGE),
            "person": lambda: groups(store, Wanted(), PERSON, _PAGE),
        }
        yield _slowest("page of suggestions by item or person", grouped, rounds, count)
        cards = [str(number) for number in range(1, 41)]
        beside = {
            "threshold": lambda: (counts(store, BARS), next_to(store, 0.8, 4)),
            "cards": lambda: waiting(store, "image", cards),
        }
        yield _slowest("threshold, or a page of cards", beside, rounds, count)


def _slowest(
    name: str, pages: Mapping[str, Callable[[], object]], rounds: int, count: int
) -> Figure:
    seconds = {what: _median(read, rounds) for what, read in pages.items()}
    slowest = max(seconds, key=seconds.__getitem__)
    detail = f"of {count:,}; the slowest: {slowest}"
    return Figure(name, seconds[slowest], "s", LIMIT_S, detail)


def _median(read: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        read()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[len(taken) // 2]


def fill(store: Store, count: int) -> None:
    """Some 3 suggestions for each item, 30 for each person, nine of ten open."""
    draw = random.Random(7)
    rows = []
    for number in range(count):
        person = draw.randrange(max(count // 30, 1))
        title = f"Some title of item {number}"
        kind = draw.choice(["image", "gallery", "scene"])
        state = draw.choices(["open", "accepted", "rejected"], [90, 5, 5])[0]
        name = f"Performer {person} of many"
        rows.append(
            (kind, str(draw.randrange(max(count // 9, 1))), title, f"stashdb.org:{person}", name,
             f"{name}\n{title}".casefold(), round(draw.random(), 4), state)
        )  # fmt: skip
    with store.transaction() as connection:
        connection.executemany(
            "INSERT OR IGNORE INTO suggestions (kind, item_id, title, performer_id, name, words, "
            "confidence, state, decision, distance, sure, source, created_at, updated_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'match', 0.3, 0, 'faces', '', '')",
            rows,
        )
        connection.execute(
            "INSERT INTO suggestion_evidence SELECT id, 'Close.', '{}', ? FROM suggestions",
            (_EVIDENCE,),
        )
