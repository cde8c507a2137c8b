from __future__ import annotations

import json
import os
from pathlib import Path

import graphql
import pytest

from tests.fakes.stash_box_server import SDL
from tests.fakes.test_stash_schema import differences

RECORDED = Path(__file__).parents[3] / "shared" / "stash" / "stash_box_introspection.json"


def test_the_subset_says_nothing_that_a_stash_box_does_not() -> None:
    if not RECORDED.exists() and os.environ.get("CI") != "true":
        pytest.skip("the recorded schema of a real stash-box lies outside the repository")
    content = json.loads(RECORDED.read_text(encoding="utf-8"))
    # A stash-box names a type in a way that graphql-core takes for reserved.
    recorded = graphql.build_client_schema(content.get("data", content), assume_valid=True)
    subset = graphql.build_schema(SDL.read_text(encoding="utf-8"))
    ours = [t for name, t in subset.type_map.items() if not name.startswith("__")]

    assert len(ours) > 8
    assert [
        row for each in ours for row in differences(each, recorded.type_map.get(each.name))
    ] == []
