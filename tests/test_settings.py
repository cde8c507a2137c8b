from __future__ import annotations

from typing import Any

import pytest

from stash_face.settings import Settings, read_settings


def test_what_was_never_set_is_the_default() -> None:
    assert read_settings({}) == Settings()
    # As Stash's own page stores what was opened and left alone.
    shown = {
        "minConfidence": 0,
        "maxResults": 0,
        "maxDistance": 0,
        "device": "",
        "autoApply": False,
    }
    assert read_settings(shown) == Settings()


def test_settings_are_taken_as_people_write_them() -> None:
    given = {"minConfidence": 80, "maxResults": 3.0, "maxDistance": "0.7", "device": " CUDA "}
    assert read_settings(given) == Settings(0.8, 3, 0.7, "cuda")
    assert read_settings({"minConfidence": 0.8}).min_confidence == 0.8
    address = "https://example.org/faces/index.json"
    assert read_settings({"databaseUrl": address}).database_url == address
    assert read_settings({"skipImages": True, "skipScenes": True}).kinds == ("gallery",)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("minConfidence", 101),
        ("minConfidence", "much"),
        ("minConfidence", True),
        ("maxResults", 2.5),
        ("maxResults", -1),
        ("maxDistance", float("nan")),
        ("maxDistance", 10**400),
        ("device", "gpu7"),
        ("device", 7),
        ("databaseUrl", "file:///etc/passwd"),
        ("databaseUrl", {"not": "text"}),
        ("dataFolder", "faces"),
        ("dataFolder", "/faces\0"),
        ("dataFolder", 7),
        ("autoApply", "perhaps"),
        ("autoApply", ["on"]),
    ],
)
def test_a_value_that_cannot_be_is_named_and_the_default_used(key: str, value: Any) -> None:
    settings = read_settings({key: value, "skipScenes": True})

    assert settings._replace(problems=()) == Settings(skip_scenes=True)
    (problem,) = settings.problems
    assert problem.startswith(f"The setting {key} must be ")
    assert problem.endswith(".")
    assert problem.isprintable()
