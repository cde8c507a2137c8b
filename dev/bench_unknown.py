"""Unknown people of a large library: how long they take to be grouped, and how much memory."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from dev.bench_index import _database
from dev.bench_process import Figure, Run, run_python, setting
from dev.bench_stash import BUDGET, Plugin, _models
from stash_face.facedb.installed import choose
from stash_face.store.connection import FILE_NAME, Store
from tests.fakes.stash_server import StashStandIn

_MB = 1e6


def unknown() -> list[Figure]:
    """BENCH_UNKNOWN faces in the store whom nobody knows (dev.bench_unknown_process), beside a
    database of BENCH_FACES. Product: `unknown_people` with `refresh` in one call, whole, with the
    question to the database who each person is; the same again, when there is nothing new; and
    when one face in a hundred is new. Beside it, how many faces are with their own: the
    largest share of one person in each group. No floor: the limits hold for the whole."""
    count, faces = setting("BENCH_UNKNOWN", 100_000), setting("BENCH_FACES", 100_000)
    database = _database(faces)
    with (
        tempfile.TemporaryDirectory(prefix="stash_face_bench_") as work,
        StashStandIn(Path(work)) as stash,
    ):
        plugin = Plugin(stash, Path(work), _models())
        choose(plugin.data, database)
        _add(plugin, faces, 0, count)
        first, again = _refresh(plugin), _refresh(plugin)
        _add(plugin, faces, count, max(count // 100, 1))
        more = _refresh(plugin)
        people, right = _grouped(plugin)
    few = max(count // 100, 1)
    return [
        Figure(f"{count} unknown faces: grouped", first.seconds, "s", 300,
               f"CPU {first.cpu:.1f} s, {people} people"),
        Figure(f"{count} unknown faces: peak memory", first.peak / _MB, "MB", 1000),
        Figure(f"{count} unknown faces: looked at again", again.seconds, "s", 10),
        Figure(f"{count} unknown faces: {few} more", more.seconds, "s", 30,
               f"CPU {more.cpu:.1f} s"),
        Figure(f"{count} unknown faces: with their own", right, "", 0.98, at_least=True),
    ]  # fmt: skip


def _add(plugin: Plugin, faces: int, first: int, count: int) -> None:
    words = (str(plugin.data), str(faces), str(first), str(count))
    run_python("-m", "dev.bench_unknown_process", *words)


def _refresh(plugin: Plugin) -> Run:
    done = plugin.ask("unknown_people", action="refresh", budget_s=BUDGET)
    assert done.json()["output"]["done"]
    return done


def _grouped(plugin: Plugin) -> tuple[int, float]:
    """How many people there are, and the share of faces that are with their own."""
    groups: dict[int, Counter[str]] = {}
    with Store(plugin.data / FILE_NAME) as store:
        for person, owner in store.rows(
            "SELECT person_id, file_fingerprint FROM unknown_faces "
            "JOIN image_scans ON stash_image_id = item_id"
        ):
            groups.setdefault(person, Counter())[owner] += 1
    faces = sum(group.total() for group in groups.values())
    own = sum(group.most_common(1)[0][1] for group in groups.values())
    return len(groups), own / max(faces, 1)
