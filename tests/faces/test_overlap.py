from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from threading import Event
from typing import Any, cast

import numpy as np
import pytest

from stash_face.faces.engine import Engine
from stash_face.faces.overlap import Embedding
from stash_face.faces.types import Detection, Face, Picture

BATCH = 4


class Counting:
    """An engine whose faces are the numbers that their crops are filled with."""

    batch = BATCH

    def __init__(self) -> None:
        self.batches: list[int] = []

    def embed_crops(self, crops: Sequence[Picture], detections: Sequence[Detection]) -> list[Any]:
        self.batches.append(len(crops))
        if any(crop[0, 0, 0] == 255 for crop in crops):
            raise RuntimeError("the network failed")
        return [int(crop[0, 0, 0]) for crop in crops]


def crops(*numbers: int) -> tuple[list[Picture], list[Detection]]:
    made = [np.full((112, 112, 3), number, np.uint8) for number in numbers]
    return made, [cast(Detection, None)] * len(made)


def embedding(engine: Counting) -> Embedding:
    return Embedding(lambda: cast(Engine, engine))


def test_faces_come_in_the_order_of_their_crops_in_the_batches_of_one_call() -> None:
    engine = Counting()
    with closing(embedding(engine)) as overlapped:
        overlapped.add(*crops(1, 2, 3))
        overlapped.add(*crops())
        overlapped.add(*crops(4, 5, 6, 7, 8, 9))
        assert overlapped.faces() == cast(list[Face], [1, 2, 3, 4, 5, 6, 7, 8, 9])
        assert engine.batches == [4, 4, 1]
        # Nothing is left for the next.
        assert overlapped.faces() == []
        overlapped.add(*crops(10))
        assert overlapped.faces() == cast(list[Face], [10])


def test_who_adds_goes_on_while_the_crops_are_embedded() -> None:
    gone_on = Event()

    class Waiting(Counting):
        def embed_crops(
            self, crops: Sequence[Picture], detections: Sequence[Detection]
        ) -> list[Any]:
            assert gone_on.wait(30)
            return super().embed_crops(crops, detections)

    with closing(embedding(Waiting())) as overlapped:
        overlapped.add(*crops(1, 2, 3, 4, 5))
        gone_on.set()
        assert overlapped.faces() == cast(list[Face], [1, 2, 3, 4, 5])


def test_a_failure_of_the_engine_is_the_failure_of_who_asks_for_the_faces() -> None:
    with closing(embedding(Counting())) as overlapped:
        overlapped.add(*crops(1, 2, 3, 255, 5))
        with pytest.raises(RuntimeError, match="the network failed"):
            overlapped.faces()
        overlapped.add(*crops(6))
        assert overlapped.faces() == cast(list[Face], [6])


def test_no_engine_is_asked_for_where_there_is_no_face() -> None:
    def none() -> Engine:
        raise AssertionError

    with closing(Embedding(none)) as overlapped:
        overlapped.add(*crops())
        assert overlapped.faces() == []
