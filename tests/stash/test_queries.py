from __future__ import annotations

import json
import os
from pathlib import Path

import graphql
import pytest

from stash_face.stash import change_documents, queries
from tests.fakes.stash_schema import SDL

RECORDED = Path(__file__).parents[3] / "shared" / "stash" / "stash_introspection.json"
DOCUMENTS = {
    name: text
    for name, text in [*vars(queries).items(), *vars(change_documents).items()]
    if name.isupper() and not name.endswith("_FIELDS")
}
DOCUMENTS |= {f"performers_by_stash_id({n})": queries.performers_by_stash_id(n) for n in (1, 50)}
DOCUMENTS |= {
    f"{function.__name__}({kind})": text
    for kind in ("Image", "Gallery", "Scene")
    for function, text in (
        (change_documents.performers_of, change_documents.performers_of(kind, 3)),
        (change_documents.update_performers, change_documents.update_performers(kind)),
    )
}


@pytest.fixture(scope="module", params=["recorded", "stand-in"])
def schema(request: pytest.FixtureRequest) -> graphql.GraphQLSchema:
    if request.param == "stand-in":
        return graphql.build_schema(SDL.read_text(encoding="utf-8"))
    if not RECORDED.exists() and os.environ.get("CI") != "true":
        pytest.skip("the recorded schema of a real Stash lies outside the repository")
    content = json.loads(RECORDED.read_text(encoding="utf-8"))
    return graphql.build_client_schema(content.get("data", content))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_one_that_stash_understands(
    schema: graphql.GraphQLSchema, name: str
) -> None:
    document = graphql.parse(DOCUMENTS[name])
    assert [error.message for error in graphql.validate(schema, document)] == []


def test_there_are_documents_to_check() -> None:
    assert {"FIND_IMAGE", "FIND_GALLERY", "GALLERY_IMAGES", "API_KEY"} <= set(DOCUMENTS)


def test_a_document_with_a_wrong_field_would_be_noticed(schema: graphql.GraphQLSchema) -> None:
    wrong = graphql.parse(queries.FIND_IMAGE.replace("zip_file { path }", "zip_file { colour }"))
    assert len(graphql.validate(schema, wrong)) == 1
