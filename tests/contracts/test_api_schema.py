from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import graphql
import pytest
from jsonschema import Draft202012Validator

from stash_face.commands import MODES
from tests.contracts.api import schema, validate, validate_output, validate_reply
from tests.fakes.stash_schema import SDL
from tests.photos import Photos, stash_id
from tests.process.plugin import Plugin

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = re.compile(r"<!-- example: ([a-z_ ]+) -->\n```json\n(.+?)\n```", re.S)
MUTATION = re.compile(r"mutation ?\(\$args.+?\) \}", re.S)
KNOWN = "Colin_Powell"


def examples() -> list[tuple[str, Any]]:
    """(definition, value) of every example in docs/api.md."""
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert len(EXAMPLE.findall(text)) == text.count("```json")
    return [(name.replace(" ", "_"), json.loads(value)) for name, value in EXAMPLE.findall(text)]


def test_the_schema_is_json_schema_2020_12() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(("definition", "value"), examples())
def test_an_example_of_the_documentation_fits_the_schema(definition: str, value: Any) -> None:
    validate(definition, value)


def test_every_mode_has_an_example_of_its_arguments_and_of_its_output() -> None:
    shown = {definition for definition, _ in examples()}

    assert {f"{mode}_{part}" for mode in MODES for part in ("args", "output")} <= shown


def test_a_field_that_the_schema_does_not_know_is_refused() -> None:
    fields_open = {
        place
        for place, part in parts(schema()["$defs"])
        if part.get("type") == "object"
        and "properties" in part
        and part.get("additionalProperties", part.get("unevaluatedProperties")) is not False
    }

    # The first is closed where it is used; the second is the face database's own text.
    assert fields_open == {"match_fields", "database/properties/models"}


def parts(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield place, value
        for key, item in value.items():
            yield from parts(item, f"{place}/{key}".strip("/"))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from parts(item, f"{place}/{index}")


@pytest.mark.parametrize("page", ["docs/api.md", "README.md"])
def test_the_graphql_of_the_javascript_examples_is_what_stash_accepts(page: str) -> None:
    documents = MUTATION.findall((ROOT / page).read_text(encoding="utf-8"))
    known = graphql.build_schema(SDL.read_text(encoding="utf-8"))

    assert documents
    for document in documents:
        assert graphql.validate(known, graphql.parse(document)) == []


def test_a_failure_is_a_sentence_with_its_code() -> None:
    run = subprocess.run(
        [sys.executable, ROOT / "plugin" / "py" / "main.py"],
        input=b"",
        capture_output=True,
        check=True,
    )

    validate_reply(json.loads(run.stdout))
    assert json.loads(run.stdout)["output"] == {"code": "bad_request"}


def test_what_the_real_process_answers_fits_the_schema(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    def get(mode: str, **args: Any) -> Any:
        output = plugin.get(mode, **args)
        validate_output(mode, output)
        return output

    folder = tmp_path / "pictures"
    folder.mkdir()
    for photo in (*photos.known[KNOWN][3:5], photos.strangers[0]):
        shutil.copy(photo, folder)
    (folder / "text.jpg").write_text("no picture")
    gallery_id = plugin.stash.add_folder_gallery(folder)
    plugin.stash.add_performer("Local", [("https://stashdb.org/graphql", stash_id(KNOWN))])

    unfinished = get("identify_gallery", gallery_id=gallery_id, budget_s=0)
    assert unfinished["done"] is False
    assert get("progress", kind="gallery", id=gallery_id)["total"] == 4
    assert get("results", kind="gallery", id=gallery_id)["stored"] is False

    answer = get("identify_gallery", gallery_id=gallery_id, budget_s=60)
    assert [person["local_performer_id"] for person in answer["performers"]] == ["1"]
    assert answer["unknown"]
    assert len(answer["problems"]) == 1
    assert get("results", kind="gallery", id=gallery_id)["answer"] == answer

    seen = answer["performers"][0]["image_ids"][0]
    image = get("identify_image", image_id=seen)
    assert image["faces"][0]["matches"]
    assert get("results", kind="image", id=seen)["answer"] == image
    assert get("progress", kind="image", id=seen)["done"] == 1
    assert get("identify", image_url=f"/image/{seen}/image")["faces"][0]["matches"]


def test_what_the_real_process_says_of_itself_fits_the_schema(
    plugin: Plugin,
) -> None:
    modes = ("health", "database_info", "database_reload")
    full, info, reloaded = (plugin.get(mode) for mode in modes)
    quick = plugin.get("health", quick=True)

    for mode, output in zip((*modes, "health"), (full, info, reloaded, quick), strict=True):
        validate_output(mode, output)
    assert len(full["models"]) == 3
    assert "models" not in quick
    assert info == reloaded == quick["database"]


def test_what_the_real_process_says_right_after_installation_fits_the_schema(
    bare_plugin: Plugin,
) -> None:
    output = bare_plugin.get("health")

    validate_output("health", output)
    assert output["ok"] is False
    assert output["database"] is None
