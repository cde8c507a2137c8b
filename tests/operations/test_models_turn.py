from __future__ import annotations

import math
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from stash_face.operations.alone import alone
from stash_face.operations.context import Context
from stash_face.operations.models_turn import ModelsBusyError
from tests.operations.workplace import Workplace


def test_who_waits_in_vain_is_told(place: Workplace) -> None:
    with Context(place.request()) as first, Context(place.request()) as second:
        first.models.take()
        second.models.until = time.monotonic()

        with pytest.raises(ModelsBusyError, match="at work for another page or task of Stash"):
            second.models.take()
        first.let_engine_go()
        second.models.take()


def test_models_that_another_has_are_not_waited_for_ahead(place: Workplace) -> None:
    with Context(place.request()) as first, Context(place.request()) as second:
        first.models.take()
        second.begin_engine()
        first.let_engine_go()
        # The second has not come to them meanwhile.
        first.models.until = time.monotonic()
        first.models.take()


def test_models_loaded_ahead_are_used_and_let_go(place: Workplace, dev_models: Path) -> None:
    with Context(place.request()) as first, Context(place.request()) as second:
        first.begin_engine()
        second.models.until = time.monotonic()
        with pytest.raises(ModelsBusyError):
            second.models.take()
        assert first.engine.detect(np.zeros((64, 64, 3), np.uint8)) == []
        first.let_engine_go()
        # Also where they are still being loaded.
        first.begin_engine()
        first.let_engine_go()
        second.models.until = time.monotonic()
        second.models.take()


def test_a_page_gives_way_to_nobody(place: Workplace) -> None:
    with Context(place.request()) as first, Context(place.request()) as second:
        first.models.take()
        with alone(second, "models", "line", math.inf):
            assert not first.give_way()


def test_a_task_and_a_page_that_wait_for_each_other_both_come_to_their_end(
    place: Workplace,
) -> None:
    in_line = threading.Event()

    def look_at_scene() -> None:
        with Context(place.request()) as page, alone(page, "scene", "1", math.inf):
            page.models.until = math.inf
            in_line.set()
            page.models.take()
            page.let_engine_go()

    with Context(place.request()) as task:
        task.work_long()
        task.models.take()
        page = threading.Thread(target=look_at_scene)
        page.start()
        in_line.wait()
        # The page has the scene and wants the models, which the task has and wants the scene.
        with alone(task, "scene", "1", math.inf) as ours:
            assert ours
        page.join()
