from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import graphql
import pytest

from tests.fakes.stash_schema import SDL

RECORDED = Path(__file__).parents[3] / "shared" / "stash" / "stash_introspection.json"


@pytest.fixture(scope="module")
def recorded() -> graphql.GraphQLSchema:
    if not RECORDED.exists() and os.environ.get("CI") != "true":
        pytest.skip("the recorded schema of a real Stash lies outside the repository")
    content = json.loads(RECORDED.read_text(encoding="utf-8"))
    return graphql.build_client_schema(content.get("data", content))


def differences(ours: Any, theirs: Any) -> list[str]:
    """What the subset says otherwise than the recorded type of the same name."""
    if type(ours) is not type(theirs):
        return [f"{ours.name} is a {type(ours).__name__}"]
    found = []
    if isinstance(ours, graphql.GraphQLUnionType):
        names = [sorted(each.name for each in union.types) for union in (ours, theirs)]
        found += [] if names[0] == names[1] else [f"union {ours.name}"]
    if isinstance(ours, graphql.GraphQLEnumType):
        found += [] if list(ours.values) == list(theirs.values) else [f"enum {ours.name}"]
    for name, field in getattr(ours, "fields", {}).items():
        other = theirs.fields.get(name)
        if other is None or str(field.type) != str(other.type):
            found.append(f"{ours.name}.{name}")
            continue
        for argument, value in getattr(field, "args", {}).items():
            known = other.args.get(argument)
            if known is None or str(known.type) != str(value.type):
                found.append(f"{ours.name}.{name}({argument})")
        for argument, value in getattr(other, "args", {}).items():
            if graphql.is_required_argument(value) and argument not in field.args:
                found.append(f"{ours.name}.{name}({argument}) is required")
    return found


def test_the_subset_says_nothing_that_stash_does_not(recorded: graphql.GraphQLSchema) -> None:
    subset = graphql.build_schema(SDL.read_text(encoding="utf-8"))
    ours = [t for name, t in subset.type_map.items() if not name.startswith("__")]

    assert len(ours) > 40
    assert [
        row for each in ours for row in differences(each, recorded.type_map.get(each.name))
    ] == []


@pytest.mark.parametrize(
    ("wrong", "difference"),
    [
        ("type Image { colour: String }", ["Image.colour"]),
        ("type Image { id: ID }", ["Image.id"]),
        ("enum SortDirectionEnum { ASC }", ["enum SortDirectionEnum"]),
        ("input Image { id: ID! }", ["Image is a GraphQLInputObjectType"]),
        ("type Gallery { image(at: Int!): Image! }", None),  # a wrong argument, seen below
    ],
)
def test_the_comparison_finds_a_difference(
    recorded: graphql.GraphQLSchema, wrong: str, difference: list[str] | None
) -> None:
    kinds = "" if "type Image" in wrong or "input Image" in wrong else "type Image { id: ID! }"
    schema = graphql.build_schema(f"type Query {{ version: String }} {kinds} {wrong}")
    name = wrong.split()[1]
    found = differences(schema.type_map[name], recorded.type_map[name])
    assert found == (difference or ["Gallery.image(at)", "Gallery.image(index) is required"])
