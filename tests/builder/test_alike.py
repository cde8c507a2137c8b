from __future__ import annotations

from pathlib import Path

import numpy as np

from builder.alike import alike
from builder.state.builds import Reference
from builder.state.checks import compared
from builder.state.connection import State
from tests.facedb.made_up import EMBEDDERS, World, near, world, write


def placed(those: World) -> list[Reference | None]:
    return [Reference(key, f"{n}", 0) for n, (key, _) in enumerate(those.references)]


def doubled(those: World, number: int, other: int) -> World:
    """`other` looks as `number` does."""
    rng = np.random.default_rng(5)
    key, vectors = those.people[other].key, those.of(number)[0]
    same = {name: near(vectors[name], 0.8, rng) for name in EMBEDDERS}
    references = [(k, same if k == key else v) for k, v in those.references]
    return World(those.people, references)


def test_two_people_with_one_face_are_told(tmp_path: Path) -> None:
    those = doubled(world(60), 7, 31)
    keys = sorted([those.people[7].key, those.people[31].key])
    write(tmp_path / "db", those)

    with State(tmp_path / "state.sqlite") as state:
        assert alike(state, tmp_path / "db", placed(those)) == [keys]
        assert len(compared(state)) == 60
        # Remembered: the database is not even looked at where nobody has changed.
        assert alike(state, tmp_path / "none", placed(those)) == [keys]
        # One of them has other references now.
        mended = world(60)
        write(tmp_path / "db2", mended)
        changed = placed(mended)
        changed = [r._replace(picture="new") if r and r.key in keys else r for r in changed]
        assert alike(state, tmp_path / "db2", changed) == []


def test_a_database_without_a_law_of_its_own_tells_nothing(tmp_path: Path) -> None:
    those = doubled(world(10), 1, 2)
    write(tmp_path / "db", those)

    with State(tmp_path / "state.sqlite") as state:
        assert alike(state, tmp_path / "db", placed(those)) == []
