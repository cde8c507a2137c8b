from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from builder.build import build
from builder.folder import performers
from stash_face.facedb.manifest import read_manifest
from stash_face.facedb.reader import FaceDatabase
from stash_face.faces.engine import Engine
from stash_face.faces.main_face import main_face
from stash_face.faces.packs import load_pack
from stash_face.faces.types import Detection
from tests.builder.conftest import ROOT, Run, python
from tests.photos import Photos

UUID = "0f3c8a52-7d1e-4b96-8f25-61f0a9be1c34"
OTHER = "5d0c1f0e-93b4-4e6f-a1e8-6a2a64c7a111"
FILES = ["face_arcface_mbf.voy", "face_edgeface_xs.voy", "faces.json", "manifest.json"]


def noise(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)
    Image.fromarray(pixels).save(path)


def put(photo: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(photo, path)


def beside(large: Path, small: Path, path: Path) -> None:
    """One person large in the middle, another one small at the border."""
    sheet = Image.new("RGB", (900, 600))
    with Image.open(large) as a, Image.open(small) as b:
        sheet.paste(a.resize((560, 560)), (170, 20))
        sheet.paste(b.resize((160, 160)), (0, 0))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


class Built(NamedTuple):
    run: subprocess.CompletedProcess[str]
    source: Path
    output: Path

    @property
    def report(self) -> Any:
        return json.loads((self.output / "report.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def built(
    builder: Run, dev_models: Path, photos: Photos, tmp_path_factory: pytest.TempPathFactory
) -> Built:
    """A database from folders with all that can be in them."""
    home = tmp_path_factory.mktemp("built")
    source = home / "people"
    ada, zoe, plain, border = list(photos.known.values())[:4]
    put(ada[0], source / "Ada" / "1.jpg")
    put(ada[1], source / "Ada (2)" / "1.JPG")
    for name in ("Ada", "Ada (2)"):
        record = {"name": f"{name} Example", "stash_ids": {"stashdb.org": UUID}}
        (source / name / "performer.json").write_text(json.dumps(record))
    put(zoe[0], source / "Zoë" / "1.jpg")
    ids = {"stashdb.org": OTHER, "fansdb.cc": UUID}
    (source / "Zoë" / "performer.json").write_text(json.dumps({"stash_ids": ids}))
    put(plain[0], source / "Plain" / "1.jpg")
    (source / "Plain" / "2.jpg").write_bytes(plain[1].read_bytes()[:2000])
    (source / "Plain" / "3.jpg").write_text("404 page not found")
    noise(source / "Plain" / "4.png")
    beside(plain[2], border[0], source / "Two" / "1.jpg")
    noise(source / "Nobody" / "1.png")
    (source / "Empty").mkdir()
    run = builder(
        "build", "--source", f"folder:{source}", "--output", home / "db", "--pack", "dev",
        "--device", "cpu", STASH_FACE_MODELS=str(dev_models),
    )  # fmt: skip
    return Built(run, source, home / "db")


def test_the_command_says_what_it_wrote(built: Built) -> None:
    assert built.run.stderr == ""
    assert built.run.returncode == 0
    assert built.run.stdout.splitlines() == [
        "Indexing the faces of 4 people",
        "Calibrating",
        f"{built.output} has 5 faces of 4 people; 2 pictures without a face, 2 unreadable, 0 left "
        "out (report.json says why).",
    ]
    assert sorted(p.name for p in built.output.iterdir()) == [
        *FILES,
        "performers.json",
        "report.json",
    ]
    assert sorted(p.name for p in built.output.parent.iterdir()) == [
        "db",
        "db.work",
        "people",
    ]


def test_a_folder_is_a_performer_by_its_name_or_its_stash_ids(built: Built) -> None:
    database = FaceDatabase.open(built.output)

    found = {key: database.person(key) for key in database.keys}

    assert sorted(found) == ["Plain", "Two", "Zoë", f"stashdb.org:{UUID}"]
    # Two folders of one id are one person, named by the first.
    assert found[f"stashdb.org:{UUID}"].name == "Ada Example"
    assert len(database.references(database.keys.index(f"stashdb.org:{UUID}"))["arcface_mbf"]) == 2
    assert found["Zoë"].performer_id == f"stashdb.org:{OTHER}"
    assert found["Zoë"].stash_ids == {"stashdb.org": OTHER, "fansdb.cc": UUID}
    assert (found["Plain"].performer_id, found["Plain"].stash_ids) == ("Plain", {})


def test_of_several_faces_the_large_central_one_is_enrolled(built: Built) -> None:
    database = FaceDatabase.open(built.output)
    two = database.references(database.keys.index("Two"))

    best, second = database.search(
        [{name: vectors[0] for name, vectors in two.items()}],
        count=2,
        without=[database.keys.index("Two")],
    )[0]

    assert best.key == "Plain"
    assert best.similarity > 0.45 > 0.3 > second.similarity


def test_what_could_not_be_used_is_reported_without_telling_where_it_lay(built: Built) -> None:
    assert built.report == {
        "performers": 7,
        "people": 4,
        "pictures": 9,
        "faces": 5,
        "spoilt_faces": 0,
        "without_face": ["Nobody/1.png", "Plain/4.png"],
        "unreadable": {
            "Plain/2.jpg": 'The picture "2.jpg" is cut off or damaged (JPEG); copy or download it '
            "again.",
            "Plain/3.jpg": 'The picture "3.jpg" holds text, not a picture; copy or download it '
            "again.",
        },
        "performers_without_face": ["Empty", "Nobody"],
        "left_out": {},
        "doubtful": {},
        "same_picture": [],
        "alike": [],
        "sources": {"folder:people": 7},
        "contributions": {},
    }
    for path in built.output.iterdir():
        assert str(built.source.parent).encode() not in path.read_bytes()


def test_the_same_picture_of_two_people_is_reported(
    dev_models: Path, photos: Photos, tmp_path: Path
) -> None:
    photo, other = list(photos.known.values())[0][:2]
    put(photo, tmp_path / "people" / "Ada" / "1.jpg")
    put(other, tmp_path / "people" / "Ada" / "2.jpg")
    put(photo, tmp_path / "people" / "Ada" / "again.jpg")
    put(photo, tmp_path / "people" / "Zoë" / "7.jpg")
    engine = Engine(load_pack("dev"), [dev_models], "cpu")

    report = build(performers(tmp_path / "people"), engine, tmp_path / "db", source="folder:people")

    assert report.same_picture == [["Ada/1.jpg", "Zoë/7.jpg"]]
    assert (report.people, report.faces) == (2, 3)
    assert report.left_out == {"Ada/again.jpg": "is the same file as Ada/1.jpg"}
    # Both are enrolled: which of them it is, nobody can say here.
    assert FaceDatabase.open(tmp_path / "db").keys == ["Ada", "Zoë"]


def test_fifty_people_tell_how_their_database_sees_poor_faces(
    dev_models: Path, photos: Photos, tmp_path: Path
) -> None:
    for number, paths in enumerate(list(photos.known.values())[:50]):
        for name, path in enumerate(paths[: 2 if number < 10 else 1]):
            put(path, tmp_path / "people" / f"{number}" / f"{name}.jpg")
    said: list[str] = []
    engine = Engine(load_pack("dev"), [dev_models], "cpu")

    report = build(
        performers(tmp_path / "people"), engine, tmp_path / "db", source="x", say=said.append
    )

    calibration = read_manifest(tmp_path / "db").calibration
    assert calibration is not None
    assert 80 <= calibration["spoilt_probes"] == report.spoilt_faces <= 100
    assert "Looking at spoilt copies of some of the pictures" in said
    # Poor faces are less like their own person, and strangers no more like anybody.
    assert 0.3 < calibration["poor"]["genuine"] <= 1
    assert 0 <= calibration["poor"]["location"] < 0.2


def test_the_manifest_names_the_source_by_its_last_folder(built: Built) -> None:
    manifest = json.loads((built.output / "manifest.json").read_text(encoding="utf-8"))

    assert manifest["sources"] == ["folder:people"]
    assert (manifest["performer_count"], manifest["face_count"]) == (4, 5)
    assert manifest["version"].count(".") == 2


def test_a_second_build_replaces_the_first(
    builder: Run, dev_models: Path, built: Built, tmp_path: Path
) -> None:
    output = tmp_path / "db"
    shutil.copytree(built.output, output)
    put(built.source / "Zoë" / "1.jpg", tmp_path / "people" / "Someone new" / "1.jpg")

    run = builder(
        *("build", "--source", f"folder:{tmp_path / 'people'}", "--output", output),
        *("--pack", "dev"),
        STASH_FACE_MODELS=str(dev_models),
    )

    assert (run.returncode, run.stderr) == (0, "")
    assert FaceDatabase.open(output).keys == ["Someone new"]
    assert json.loads((output / "report.json").read_text())["performers"] == 1


def test_without_any_face_nothing_is_written_or_replaced(
    builder: Run, dev_models: Path, built: Built, tmp_path: Path
) -> None:
    noise(tmp_path / "people" / "Nobody" / "1.png")
    shutil.copytree(built.output, tmp_path / "old")
    before = {path.name: path.read_bytes() for path in (tmp_path / "old").iterdir()}

    for output in ("new", "old"):
        run = builder(
            *("build", "--source", f"folder:{tmp_path / 'people'}", "--pack", "dev"),
            *("--output", tmp_path / output),
            STASH_FACE_MODELS=str(dev_models),
        )
        assert (run.returncode, run.stdout) == (1, "")
        assert run.stderr == (
            "No face was found in 1 pictures of 1 performers: a face database needs at least one.\n"
        )

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("new.work", "old", "old.work", "people"),
    ]
    assert {path.name: path.read_bytes() for path in (tmp_path / "old").iterdir()} == before


def test_an_output_that_holds_something_else_is_refused_before_the_work(
    builder: Run, dev_models: Path, built: Built, tmp_path: Path
) -> None:
    put(built.source / "Ada" / "1.jpg", tmp_path / "photos" / "1.jpg")

    run = builder(
        *("build", "--source", f"folder:{built.source}", "--pack", "dev"),
        *("--output", tmp_path / "photos"),
        STASH_FACE_MODELS=str(dev_models),
    )

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == (
        f"{tmp_path / 'photos'} holds something other than a face database, which would be lost: "
        "name a new or empty folder for it.\n"
    )
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["1.jpg"]


def test_a_broken_performer_json_stops_the_build_with_its_name(
    builder: Run, dev_models: Path, built: Built, tmp_path: Path
) -> None:
    put(built.source / "Ada" / "1.jpg", tmp_path / "people" / "Ada" / "1.jpg")
    (tmp_path / "people" / "Ada" / "performer.json").write_text("{")

    run = builder(
        *("build", "--source", f"folder:{tmp_path / 'people'}", "--output", tmp_path / "db"),
        *("--pack", "dev"),
        STASH_FACE_MODELS=str(dev_models),
    )

    assert run.returncode == 1
    assert run.stderr.startswith(
        f"{tmp_path / 'people' / 'Ada' / 'performer.json'} cannot be used ("
    )
    assert run.stderr.count("\n") == 1
    assert not (tmp_path / "db").exists()


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("people", "is not understood: use folder:DIR, csv:FILE, jsonl:FILE, stashbox:URL, "),
        ("folder:", "is not understood: use folder:DIR, csv:FILE"),
        ("https://stashdb.org/graphql", "is not understood: use folder:DIR, csv:FILE"),
        ("", "is not understood: use folder:DIR, csv:FILE"),
    ],
)
def test_an_unknown_source_is_told(
    builder: Run, tmp_path: Path, source: str, sentence: str
) -> None:
    run = builder("build", "--source", source, "--output", tmp_path / "db")

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith(f"The source {source!r} {sentence}")
    assert run.stderr.count("\n") == 1


def test_a_source_that_is_not_there_is_told(builder: Run, dev_models: Path, tmp_path: Path) -> None:
    run = builder(
        *("build", "--source", f"folder:{tmp_path / 'gone'}", "--output", tmp_path / "db"),
        *("--pack", "dev"),
        STASH_FACE_MODELS=str(dev_models),
    )

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == (
        f"{tmp_path / 'gone'} is not a folder: name one that holds a folder per performer.\n"
    )


def test_two_sources_of_one_name_are_told(builder: Run, dev_models: Path, tmp_path: Path) -> None:
    places = [tmp_path / name / "photos" for name in ("one", "other")]
    for place in places:
        place.mkdir(parents=True)
    sources = [word for place in places for word in ("--source", f"folder:{place}")]

    result = builder(
        "build", *sources, "--output", tmp_path / "db", "--pack", "dev",
        STASH_FACE_MODELS=str(dev_models),
    )  # fmt: skip

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Two sources are called folder:photos: rename ")


@pytest.mark.parametrize("key", ["a\nb", "a.b.c\u200b"])
def test_a_key_that_cannot_be_one_is_told_and_not_shown(
    builder: Run, tmp_path: Path, key: str
) -> None:
    result = builder(
        "plan", "--source", "stashdb", "--output", tmp_path / "db", STASHDB_API_KEY=key
    )

    assert (result.returncode, result.stderr) == (
        1,
        "The environment variable STASHDB_API_KEY holds signs that no API key has: copy the key "
        "anew.\n",
    )


def test_an_output_that_cannot_be_made_is_told(
    builder: Run, dev_models: Path, built: Built, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")

    run = builder(
        *("build", "--source", f"folder:{built.source}", "--output", tmp_path / "file" / "db"),
        *("--pack", "dev"),
        STASH_FACE_MODELS=str(dev_models),
    )

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.count("\n") == 1
    assert str(tmp_path / "file") in run.stderr


def test_missing_weights_are_named_with_where_they_are_from(tmp_path: Path) -> None:
    # A checkout without the development data beside it.
    for part in ("builder", "plugin/py"):
        shutil.copytree(
            ROOT / part,
            tmp_path / "checkout" / part,
            ignore=shutil.ignore_patterns("__pycache__", "data"),
        )
    noise(tmp_path / "people" / "Nobody" / "1.png")

    run = python(
        *("-m", "builder", "build", "--source", f"folder:{tmp_path / 'people'}"),
        *("--output", tmp_path / "db", "--pack", "small"),
        cwd=tmp_path / "checkout",
        STASH_FACE_MODELS=str(tmp_path / "models"),
    )

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith(
        "Run Set up first: model weights are missing: det_500m.onnx (2.5 MB"
    )
    assert f"put them into {tmp_path / 'models'} (" in run.stderr
    assert run.stderr.endswith(" Or say: python -m builder fetch-weights --pack small\n")
    assert not (tmp_path / "db").exists()


@pytest.mark.parametrize(
    "words", [["--help"], ["build", "--help"]], ids=["the command", "its step"]
)
def test_help_tells_what_can_be_said(builder: Run, words: list[str]) -> None:
    run = builder(*words)

    assert (run.returncode, run.stderr) == (0, "")
    told = " ".join(run.stdout.split())
    assert told.startswith("usage: python -m builder")
    for word in (
        ["--debug", "build"]
        if len(words) == 1
        else ["--source KIND:PLACE", "folder:DIR", "--output"]
    ):
        assert word in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "the following arguments are required: STEP"),
        (["bild"], "invalid choice: 'bild'"),
        (["build", "--source", "x", "--output", "y", "--max-images", "0"], "no whole number"),
        (["build", "--rate-limit", "-1"], "no number of seconds"),
        (["build", "--source", "x", "--output", "y", "--pack", "z"], "invalid choice: 'z'"),
    ],
)
def test_wrong_words_are_told(builder: Run, words: list[str], told: str) -> None:
    run = builder(*words)

    assert (run.returncode, run.stdout) == (2, "")
    assert told in run.stderr


def test_an_unknown_device_is_told(
    builder: Run, dev_models: Path, built: Built, tmp_path: Path
) -> None:
    run = builder(
        *("build", "--source", f"folder:{built.source}", "--output", tmp_path / "db"),
        *("--pack", "dev", "--device", "gpu"),
        STASH_FACE_MODELS=str(dev_models),
    )

    assert run.returncode == 1
    assert run.stderr.startswith("There is no device 'gpu': choose one of auto, cuda,")
    assert run.stderr.count("\n") == 1


def face(x1: float, y1: float, x2: float, y2: float) -> Detection:
    return Detection((x1, y1, x2, y2), np.zeros((5, 2), np.float32), 0.9)


@pytest.mark.parametrize(
    ("faces", "main"),
    [
        # alone, wherever it is
        ([face(0, 0, 10, 10)], 0),
        # the larger of two at the same distance
        ([face(100, 100, 140, 140), face(250, 90, 310, 150)], 1),
        # the central of two of one size
        ([face(0, 0, 60, 60), face(170, 120, 230, 180)], 1),
        # a much larger one a little off the middle
        ([face(195, 145, 205, 155), face(210, 100, 330, 240)], 1),
        # a larger one in the corner does not win
        ([face(180, 130, 220, 170), face(0, 0, 60, 60)], 0),
    ],
)
def test_the_main_face_is_large_and_near_the_middle(faces: list[Detection], main: int) -> None:
    assert main_face(np.zeros((300, 400, 3), np.uint8), faces) is faces[main]


def test_weights_that_are_there_are_not_fetched(
    builder: Run, dev_models: Path, tmp_path: Path
) -> None:
    told = builder(
        *("fetch-weights", "--pack", "dev", "--output", tmp_path / "models"),
        STASH_FACE_MODELS=str(dev_models),
    )

    assert told.returncode == 0
    assert told.stdout.startswith(f"The weights of dev are in {dev_models}")
    assert told.stdout.endswith(" already.\n")
    assert not (tmp_path / "models").exists()
