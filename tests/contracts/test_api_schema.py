from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import graphql
import pytest
from jsonschema import Draft202012Validator

from stash_face.commands import MODES
from tests.contracts.api import schema, validate, validate_output, validate_reply
from tests.fakes.stash_schema import SDL
from tests.fakes.stash_server import StashStandIn

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "plugin"
EXAMPLE = re.compile(r"<!-- example: ([a-z_ ]+) -->\n```json\n(.+?)\n```", re.S)
MUTATION = re.compile(r"mutation ?\(\$args.+?\) \}", re.S)
STASH_ID = "0f3c8a52-7d1e-4b96-8f25-61f0a9be1c34"

Operation = Callable[..., dict[str, Any]]


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
        [sys.executable, PLUGIN / "py" / "main.py"], input=b"", capture_output=True, check=True
    )

    validate_reply(json.loads(run.stdout))
    assert json.loads(run.stdout)["output"] == {"code": "bad_request"}


@pytest.fixture(scope="module")
def operation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operation]:
    """Runs the real process against a Stash that holds one gallery: two pictures of somebody
    whom the face database knows, a group of strangers, and a file that is no picture."""
    root = tmp_path_factory.mktemp("api")
    astronaut = shipped("skimage", "data/astronaut.png")
    people, gallery = root / "people", root / "gallery"
    for folder, photo in (
        (people / "Astronaut", astronaut),
        (people / "Actor", shipped("insightface", "data/images/Tom_Hanks_54745.png")),
        (gallery, astronaut),
        (gallery, shipped("insightface", "data/images/t1.jpg")),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(photo, folder)
    known = {"name": "Ada Example", "stash_ids": {"stashdb.org": STASH_ID}}
    (people / "Astronaut" / "performer.json").write_text(json.dumps(known), encoding="utf-8")
    again = (gallery / "astronaut.png").read_bytes() + b"\0"
    (gallery / "again.png").write_bytes(again)
    (gallery / "text.jpg").write_text("no picture")
    models, data = dev_models(), root / "data"
    build(people, data / "facedb" / "1", models)
    with StashStandIn(root, plugins=PLUGIN) as stash:
        stash.environment = {"STASH_FACE_DATA": str(data), "STASH_FACE_MODELS": str(models)}
        stash.add_performer("Ada", [("https://stashdb.org/graphql", STASH_ID)])
        stash.add_folder_gallery(gallery)
        yield lambda mode, **args: checked(
            mode, stash.operation("stash_face", {"mode": mode} | args)
        )


def checked(mode: str, output: Any) -> dict[str, Any]:
    validate_output(mode, output)
    assert isinstance(output, dict)
    return output


def shipped(package: str, path: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / path


def dev_models() -> Path:
    models = Path(os.environ.get("STASH_FACE_MODELS") or ROOT.parent / "shared" / "models")
    if not (models / "edgeface_xs.onnx").is_file():
        sentence = f"no weights of the dev pack in {models}: set STASH_FACE_MODELS"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return models


def build(people: Path, database: Path, models: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "builder", "build", "--source", f"folder:{people}",
         "--output", database, "--pack", "dev", "--device", "cpu"],
        cwd=ROOT, env={**os.environ, "STASH_FACE_MODELS": str(models)},
        capture_output=True, check=True,
    )  # fmt: skip


@pytest.mark.models
def test_what_the_real_process_answers_fits_the_schema(operation: Operation) -> None:
    first = operation("identify_gallery", gallery_id="1", budget_s=0)
    operation("progress", kind="gallery", id="1")
    assert operation("results", kind="gallery", id="1")["answer"] is None
    assert first["done"] is False

    answer = first
    while not answer["done"]:
        answer = operation("identify_gallery", gallery_id="1", budget_s=0)

    named = answer["performers"][0]
    assert (named["name"], named["image_count"], named["decision"]) == ("Ada Example", 2, "match")
    assert named["local_performer_id"] == "1"
    assert answer["unknown"]
    assert len(answer["problems"]) == 1
    assert operation("results", kind="gallery", id="1")["answer"] == answer
    image = operation("identify_image", image_id=named["image_ids"][0])
    assert image["faces"][0]["matches"][0]["name"] == "Ada Example"
    assert operation("results", kind="image", id=image["image_id"])["answer"] == image
    assert operation("progress", kind="image", id=image["image_id"])["done"] == 1
    path = f"/image/{image['image_id']}/image"
    assert operation("identify", image_url=path)["faces"][0]["decision"] == "match"


@pytest.mark.models
def test_what_the_real_process_says_of_itself_fits_the_schema(operation: Operation) -> None:
    quick, full = operation("health", quick=True), operation("health", device="cpu")

    assert (quick["ok"], full["ok"]) == (True, True)
    assert "models" not in quick
    assert [model["provider"] for model in full["models"]] == ["CPUExecutionProvider"] * 3
    assert operation("database_info") == operation("database_reload") == quick["database"]
