from __future__ import annotations

from html import unescape
from pathlib import Path
from typing import Any

import pytest

from stash_face.tasks.doctor import doctor
from tests.contracts.api import validate_output
from tests.operations.workplace import ANN, STRANGER, Workplace, face
from tests.process.plugin import Plugin


@pytest.fixture(autouse=True)
def weights(dev_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STASH_FACE_MODELS", str(dev_models))


def run(place: Workplace, **args: Any) -> tuple[dict[str, Any], str]:
    report = doctor(place.request(**args))
    validate_output("doctor", report)
    return report, Path(report["pages"][0]).read_text()


def test_the_report_says_what_is_there(place: Workplace) -> None:
    place.add_image(face(ANN))

    report, text = run(place)

    assert report["ok"] is True
    assert "Face database: v1, 3 people" in text
    assert "Model w600k_mbf.onnx: CPUExecutionProvider, " in text
    assert "Store: 1 images, 1 faces, " in text
    assert "No problems." in text
    page = Path(report["pages"][1]).read_text()
    assert text.strip() in unescape(page)


def test_scenes_without_sprites_are_counted_and_told(place: Workplace, tmp_path: Path) -> None:
    for number in range(3):
        video = tmp_path / f"{number}.mp4"
        video.write_bytes(b"video %d" % number)
        scene_id = place.stash.add_scene(video)
        if number == 0:
            place.stash.add_sprite(scene_id, b"sheet", b"WEBVTT\n")

    report, text = run(place)

    assert report["sprites"] == {"scenes": 3, "checked": 3, "with_sprite": 1}
    assert "Scenes: 3; of 3 asked, 1 have a sprite" in text
    assert any("Only 1 of 3 scenes have a sprite" in each for each in report["problems"])


def test_why_nothing_was_found_in_an_item(place: Workplace) -> None:
    image_id = place.add_unknown_image()

    report, _ = run(place, kind="image", id=image_id)
    assert report["item"]["sentences"] == [
        "This image has not been looked at yet: open it in Stash and press Identify."
    ]
    gone, _ = run(place, kind="image", id="999")
    assert gone["item"]["sentences"] == ["Image 999 is not in Stash (any more): reload the page."]


@pytest.mark.parametrize(
    ("faces", "sentence"),
    [
        # nobody
        ([], "No face was found in this image: "),
        # somebody who is not in the database
        ([face(STRANGER)], "Face 1 (unknown"),
        # found after all
        ([face(ANN)], "Face 1 (match, nearest is "),
    ],
)
def test_the_faces_of_an_item_are_told_with_their_reasons(
    place: Workplace, faces: list[Any], sentence: str
) -> None:
    from stash_face.operations.identify_image import identify_image

    image_id = place.add_image(*faces)
    identify_image(place.request(image_id=image_id))

    report, _ = run(place, kind="image", id=image_id)
    assert report["item"]["sentences"][0].startswith(sentence)


def test_the_task_leaves_its_report_and_says_the_problems_in_the_log(
    bare_plugin: Plugin,
) -> None:
    bare_plugin.stash.run_task("stash_face", "Doctor", {})

    text = (bare_plugin.data / "reports" / "doctor.txt").read_text()
    assert "Face database: none" in text
    told = [text for level, text in bare_plugin.stash.log if level == "warning"]
    assert any(each.startswith("No face database is installed") for each in told)


def test_keys_cookies_and_paths_of_media_stay_out_of_the_report(
    plugin: Plugin, tmp_path: Path
) -> None:
    """Failures name files; what is pasted into an issue does not."""
    plugin.stash.api_key = plugin.stash.sessions.api_key = "secret-key-12345"
    secret = tmp_path / "Jane Doe private"
    secret.mkdir()
    (secret / "beach.jpg").write_bytes(b"no picture")
    image_id = plugin.stash.add_image(secret / "beach.jpg")
    assert "beach.jpg" in plugin.refuse("identify_image", image_id=image_id)

    plugin.stash.run_task("stash_face", "Doctor", {"kind": "image", "id": image_id})

    text = (plugin.data / "reports" / "doctor.txt").read_text()
    cookie = plugin.stash.server_connection()["SessionCookie"]["Value"]
    for word in ("Jane", "beach", "secret-key-12345", cookie, str(tmp_path)):
        assert word not in text
    assert "identify_image (media): " in text
