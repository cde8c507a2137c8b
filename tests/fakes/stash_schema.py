"""The GraphQL face of the Stash stand-in: real GraphQL, refused as Stash refuses it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import graphql

from tests.fakes.stash_jobs import JobQueue
from tests.fakes.stash_library import Library
from tests.fakes.stash_resolvers import FIELDS, kind_of_file
from tests.fakes.stash_session import Sessions

SDL = Path(__file__).with_name("stash.graphql")
Answer = tuple[int, dict[str, Any]]


class Stash(Protocol):
    """What the resolvers need of the server."""

    library: Library
    jobs: JobQueue
    root: Path
    generated_path: Path
    plugins: Path | None
    api_key: str
    max_session_age: int
    sessions: Sessions
    python: str

    def run_operation(self, plugin_id: str, args: Any, aborted: threading.Event) -> Any: ...
    def queue_task(self, plugin_id: str, task: str | None, name: str | None, args: Any) -> str: ...


class Request:
    """The GraphQL context: who serves, under which address, and whether the asker has gone."""

    def __init__(self, stash: Stash, base_url: str, aborted: threading.Event) -> None:
        self.stash = stash
        self.base_url = base_url
        self.aborted = aborted


class Schema:
    def __init__(self) -> None:
        self.schema = graphql.build_schema(SDL.read_text(encoding="utf-8"))
        for type_name, resolvers in FIELDS.items():
            for name, resolver in resolvers.items():
                self.schema.type_map[type_name].fields[name].resolve = resolver  # type: ignore[attr-defined]
        self.schema.type_map["VisualFile"].resolve_type = kind_of_file  # type: ignore[attr-defined]

    def answer(self, body: dict[str, Any], request: Request) -> Answer:
        """(HTTP status, JSON body): 422 for a document that does not fit the schema, as gqlgen."""
        try:
            document = graphql.parse(str(body.get("query") or ""))
        except graphql.GraphQLSyntaxError as error:
            return _refused([error], "GRAPHQL_PARSE_FAILED")
        invalid = graphql.validate(self.schema, document)
        if invalid:
            return _refused(invalid, "GRAPHQL_VALIDATION_FAILED")
        result = graphql.execute_sync(
            self.schema,
            document,
            context_value=request,
            variable_values=body.get("variables") or {},
            operation_name=body.get("operationName"),
        )
        errors = result.errors or []
        if errors and result.data is None and all(error.path is None for error in errors):
            return _refused(errors, "GRAPHQL_VALIDATION_FAILED")
        answer: dict[str, Any] = {"data": result.data}
        if errors:
            answer = {"errors": [{"message": e.message, "path": e.path} for e in errors], **answer}
        return 200, answer


def operation_name(body: dict[str, Any]) -> str:
    """The name of the operation, else its first field, for the request log."""
    try:
        document = graphql.parse(str(body.get("query") or ""))
    except graphql.GraphQLSyntaxError:
        return ""
    for definition in document.definitions:
        if isinstance(definition, graphql.OperationDefinitionNode):
            if definition.name:
                return definition.name.value
            first = definition.selection_set.selections[0]
            return first.name.value if isinstance(first, graphql.FieldNode) else ""
    return ""


def _refused(errors: Iterable[graphql.GraphQLError], code: str) -> Answer:
    rows = [{"message": each.message, "extensions": {"code": code}} for each in errors]
    return 422, {"errors": rows, "data": None}
