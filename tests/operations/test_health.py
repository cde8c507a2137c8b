from __future__ import annotations

import json
from typing import Any

import pytest

from stash_face.errors import BadRequest, DatabaseError
from stash_face.operations.database import database_info, database_reload
from stash_face.operations.health import PACKAGES, health
from stash_face.store.connection import FILE_NAME
from tests.contracts.api import validate_output
from tests.operations.workplace import ANN, BEN, CLEO, Workplace, face


def quick(place: Workplace) -> dict[str, Any]:
    report = health(place.request(quick=True))
    validate_output("health", report)
    return report


def test_a_quick_look_tells_what_lies_there(place: Workplace) -> None:
    place.add_image(face(ANN), face(BEN))
    place.add_image()

    report = quick(place)

    assert report["packages_missing"] == []
    assert report["database"]["version"] == "v1"
    assert report["database"]["performer_count"] == 3
    assert report["weights"]["pack"] == "dev"
    store = report["store"]
    assert (store["exists"], store["images"], store["faces"]) == (True, 2, 2)
    assert place.stash.requests[-1].path == "/graphql"


def test_a_quick_look_asks_nobody_and_makes_nothing(place: Workplace) -> None:
    report = quick(place)

    assert report["store"] == {**report["store"], "exists": False, "images": 0, "faces": 0}
    assert not (place.data / FILE_NAME).exists()
    assert place.stash.requests == []


def test_each_thing_that_is_amiss_is_one_sentence(place: Workplace) -> None:
    (place.data / FILE_NAME).write_text("a note " * 100)
    manifest = place.data / "facedb" / "v1" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format_version": 99}))

    report = quick(place)

    assert report["ok"] is False
    assert report["database"] is None
    told = "\n".join(report["problems"])
    assert "The face database has format 99, this plugin reads up to 1: update" in told
    assert "(file is not a database): set the file aside (rename it) and scan again." in told
    assert all(sentence.endswith(".") for sentence in report["problems"])


def test_every_package_is_looked_for_by_the_name_that_is_imported() -> None:
    assert {"numpy", "cv2", "onnxruntime", "voyager", "requests"} <= set(PACKAGES)


def test_a_flag_that_is_none_is_refused(place: Workplace) -> None:
    with pytest.raises(BadRequest, match="The argument quick must be true or false, not maybe."):
        health(place.request(quick="maybe"))


def test_the_newest_database_is_in_use_until_one_is_chosen(place: Workplace) -> None:
    place.install("v2", {"stashdb.org:ann": ANN})
    (place.data / "facedb" / ".v3.partial-1").mkdir()

    assert database_info(place.request())["version"] == "v2"
    chosen = database_reload(place.request(path=str(place.data / "facedb" / "v1")))

    validate_output("database_reload", chosen)
    assert chosen["version"] == "v1"
    assert database_info(place.request())["version"] == "v1"
    assert json.loads((place.data / "facedb" / "current.json").read_text()) == {"path": "v1"}


def test_a_database_that_lies_elsewhere_can_be_chosen(place: Workplace) -> None:
    elsewhere = place.data.parent / "elsewhere"
    place.install("v2", {"stashdb.org:cleo": CLEO, "stashdb.org:ben": BEN})
    (place.data / "facedb" / "v2").rename(elsewhere)

    chosen = database_reload(place.request(path=str(elsewhere)))

    assert (chosen["performer_count"], chosen["calibrated"]) == (2, False)
    assert database_info(place.request())["performer_count"] == 2


def test_a_choice_that_fails_leaves_the_old_one(place: Workplace) -> None:
    for path in ("/nowhere", str(place.data), str(place.data / "facedb" / "v1" / "faces.json")):
        with pytest.raises(DatabaseError):
            database_reload(place.request(path=path))
    with pytest.raises(BadRequest, match="The argument path must be text, not 7."):
        database_reload(place.request(path=7))

    assert database_info(place.request())["version"] == "v1"
    assert not (place.data / "facedb" / "current.json").exists()
