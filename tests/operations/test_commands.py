from __future__ import annotations

import pytest

from stash_face.commands import MODES, load
from stash_face.errors import BadRequest


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_a_function_of_its_name(mode: str) -> None:
    assert load(mode).__name__ == mode


@pytest.mark.parametrize("mode", ["identity", "Health", "health ", "__class__", "operations"])
def test_another_mode_is_told_the_known_ones(mode: str) -> None:
    with pytest.raises(BadRequest) as raised:
        load(mode)

    known = ", ".join(MODES)
    assert raised.value.sentence == f"The mode {mode} is unknown: use one of {known}."


def test_no_mode_at_all_is_told_too() -> None:
    with pytest.raises(BadRequest, match="The argument mode is missing: use one of health, "):
        load("")
