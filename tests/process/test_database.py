from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.photos import Photos
from tests.process.plugin import Plugin, Running


def names(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [each["name"] for each in answer["performers"]]


@pytest.mark.parametrize(
    ("mode", "args"),
    [
        ("identify_image", {"image_id": "1"}),
        ("identify_gallery", {"gallery_id": "1"}),
        ("identify", {"image_url": "/image/1/image"}),
        ("database_info", {}),
        ("database_reload", {}),
    ],
)
def test_without_a_face_database_one_is_asked_for(
    bare_plugin: Plugin, mode: str, args: dict[str, str], tmp_path: Path
) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    bare_plugin.stash.add_gallery([bare_plugin.stash.add_image(picture)])

    answer = bare_plugin.ask(mode, **args)

    folder = bare_plugin.data / "facedb"
    expected = f"No face database is installed: put one into {folder}/<version>/ (or its "
    assert (answer.error or "").startswith(expected)
    assert answer.code == "no_database"


def test_the_installed_database_is_described(plugin: Plugin) -> None:
    answer = plugin.get("database_info")

    assert (answer["performer_count"], answer["face_count"]) == (52, 58)
    assert answer["sources"] == ["folder:known"]
    assert answer["models"]["pack"] == "dev"
    assert answer["calibrated"] is True
    assert 0 < answer["bars"]["automatic_distance"] < answer["bars"]["suggest_distance"] < 2
    again = plugin.get("database_reload")
    assert again == answer


def break_checksum(folder: Path) -> None:
    with (folder / "performers.json").open("ab") as stream:
        stream.write(b" ")


def break_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"version": ')


def forget_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def forget_index(folder: Path) -> None:
    (folder / "face_edgeface_xs.voy").unlink()


def cut_index(folder: Path) -> None:
    path = folder / "face_edgeface_xs.voy"
    path.write_bytes(path.read_bytes()[:1000])


def rewrite(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "manifest.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return change


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (break_checksum, "performers.json of the face database {} is not the file its manifest"),
        (break_manifest, "The face database's {}/manifest.json cannot be read"),
        (forget_manifest, "The face database {} has no manifest.json, so it was only half written"),
        (forget_index, "The face database {} lacks face_edgeface_xs.voy: install it again."),
        (cut_index, "face_edgeface_xs.voy of the face database {} is not the file its manifest"),
        (rewrite(format_version=99), "The face database has format 99, this plugin reads up to 1"),
        (rewrite(min_plugin_version="99.0"), "The face database needs plugin version 99.0, this"),
        (rewrite(pack="tomorrow"), "was made with the model pack 'tomorrow', which this plugin"),
        (rewrite(embedders=5), "The manifest of the face database {} is not understood"),
    ],
)
def test_a_broken_database_is_refused_and_the_one_in_use_stays(
    plugin: Plugin,
    smaller_database: Path,
    tmp_path: Path,
    spoil: Callable[[Path], None],
    sentence: str,
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(smaller_database, broken)
    spoil(broken)

    answer = plugin.ask("database_reload", path=str(broken))

    assert sentence.format(broken) in (answer.error or "")
    assert answer.code == "database"
    assert plugin.get("database_info")["performer_count"] == 52


@pytest.mark.parametrize(
    "path", ["/nowhere", "x" * 10_000, "a\0b", "~nobody-of-that-name/db", __file__]
)
def test_a_path_without_a_database_is_told(plugin: Plugin, path: str) -> None:
    answer = plugin.ask("database_reload", path=path)

    assert (answer.error or "").startswith("There is no folder ")
    assert answer.code == "no_database"


def test_another_database_matches_what_is_stored_without_pictures_or_models(
    plugin: Plugin, mixed: list[str], smaller_database: Path
) -> None:
    plugin.hide_files()
    gallery_id = plugin.stash.add_gallery(mixed)
    assert names(plugin.finish_gallery(gallery_id)) == ["Bill Clinton", "Colin Powell"]
    asked, faces = len(plugin.downloads()), plugin.rows("SELECT * FROM faces")

    info = plugin.get("database_reload", path=str(smaller_database))
    assert (info["version"], info["performer_count"]) == ("smaller", 51)
    # Neither the files nor the weights can be had any more.
    del plugin.stash.environment["STASH_FACE_MODELS"]
    plugin.stash.faults["media"] = "500"

    answer = plugin.get("identify_gallery", gallery_id=gallery_id)
    assert names(answer) == ["Colin Powell"]
    assert answer["unknown"][0]["image_count"] == 3
    image = plugin.get("identify_image", image_id=mixed[0])
    assert image["faces"][0]["decision"] == "unknown"
    assert len(plugin.downloads()) == asked
    assert plugin.rows("SELECT * FROM faces") == faces
    # The rows say against which database they are.
    assert plugin.rows(
        "SELECT DISTINCT face_databases.version FROM image_fingerprints "
        "JOIN face_databases ON face_databases.id = db_version"
    ) == [("smaller",)]


@pytest.mark.parametrize("how", ["chosen", "replaced"])
def test_a_database_that_is_swapped_during_a_run_answers_at_the_next_call(
    plugin: Plugin, photos: Photos, mixed: list[str], smaller_database: Path, how: str
) -> None:
    images = mixed + [plugin.stash.add_image(path) for path in photos.strangers[5:13]]
    gallery_id = plugin.stash.add_gallery(images)
    # Beside it first: between two renames there is hardly a moment without a database.
    new = shutil.copytree(smaller_database, plugin.data / "new")
    running = plugin.start("identify_gallery", gallery_id=gallery_id)
    wait_for_progress(plugin, running)
    if how == "chosen":
        plugin.get("database_reload", path=str(smaller_database))
    else:
        installed = plugin.data / "facedb" / "v1"
        installed.rename(plugin.data / "old")
        new.rename(installed)
    first = running.answer()
    assert first.error is None
    assert first.output["images_processed"] == 15
    faces = plugin.rows("SELECT id FROM faces")

    assert names(plugin.finish_gallery(gallery_id)) == ["Colin Powell"]
    assert plugin.rows("SELECT id FROM faces") == faces


def wait_for_progress(plugin: Plugin, running: Running) -> None:
    """Until the run has committed a picture, and is still going on."""
    while not running.process.finished.is_set():
        if plugin.get("progress", kind="gallery", id="1")["done"]:
            return
    raise AssertionError("the run was over before anything could be done")


def test_missing_weights_are_named_with_the_folder_to_put_them_in(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    image_id = plugin.stash.add_image(photos.strangers[0])
    gallery_id = plugin.stash.add_gallery([image_id])
    empty = tmp_path / "models"
    empty.mkdir()
    plugin.stash.environment["STASH_FACE_MODELS"] = str(empty)

    answers = [
        plugin.ask("identify_image", image_id=image_id),
        plugin.ask("identify_gallery", gallery_id=gallery_id),
        plugin.ask("identify", image_url=f"/image/{image_id}/image"),
    ]

    for answer in answers:
        assert answer.code == "weights"
        sentence = answer.error or ""
        assert sentence.startswith("Model weights are missing: det_2.5g.onnx (3.3 MB, ")
        assert "w600k_mbf.onnx (13.6 MB" in sentence
        assert "edgeface_xs.onnx (9.2 MB" in sentence
        assert sentence.endswith(f"put them into {empty}.")
    assert plugin.get("health")["problems"] == [answers[0].error]
    # Nothing is stored about an image that was never looked at.
    assert plugin.rows("SELECT count(*) FROM image_fingerprints") == [(0,)]


def test_a_weights_file_that_is_cut_off_is_named(
    plugin: Plugin, photos: Photos, dev_models: Path, tmp_path: Path
) -> None:
    image_id = plugin.stash.add_image(photos.strangers[0])
    models = tmp_path / "models"
    models.mkdir()
    for path in dev_models.glob("*.onnx"):
        shutil.copyfile(path, models / path.name)
    with (models / "edgeface_xs.onnx").open("r+b") as stream:
        stream.truncate(1000)
    plugin.stash.environment["STASH_FACE_MODELS"] = str(models)

    answer = plugin.ask("identify_image", image_id=image_id)
    expected = f"The weights file edgeface_xs.onnx in {models} has 1,000 of 9,151,395 bytes: "
    assert (answer.error or "").startswith(expected)
    assert answer.code == "weights"
    assert plugin.get("health", quick=True)["problems"] == [answer.error]


def test_health_of_a_complete_installation_has_no_problems(plugin: Plugin) -> None:
    health = plugin.get("health")

    assert (health["problems"], health["ok"]) == ([], True)
    assert health["stash"] == "v0.30.1"
    assert [each["file"] for each in health["models"]] == [
        "det_2.5g.onnx",
        "w600k_mbf.onnx",
        "edgeface_xs.onnx",
    ]
    assert all(each["ms"] > 0 for each in health["models"])
    quick = plugin.get("health", quick=True)
    assert quick["ok"] is True
    assert quick["database"]["performer_count"] == 52


def test_health_after_installation_lists_what_is_to_do(bare_plugin: Plugin) -> None:
    health = bare_plugin.get("health", quick=True)

    assert health["ok"] is False
    (database,) = health["problems"]
    assert database.startswith("No face database is installed: put one into ")
    assert health["weights"]["missing"][0] == "det_10g.onnx"


def test_health_tells_that_stash_does_not_answer(bare_plugin: Plugin) -> None:
    bare_plugin.stash.faults["graphql"] = "500"

    problems = bare_plugin.get("health")["problems"]
    assert any("failed with HTTP 500: look into Settings > Logs in Stash" in p for p in problems)


def test_health_tells_that_the_store_is_no_store(bare_plugin: Plugin) -> None:
    bare_plugin.data.mkdir()
    (bare_plugin.data / "stash_face.sqlite").write_text("not a database, but some notes\n" * 100)

    (problem,) = [p for p in bare_plugin.get("health", quick=True)["problems"] if "sqlite" in p]
    assert "(file is not a database): set the file aside (rename it) and scan again." in problem
