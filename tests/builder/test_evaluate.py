from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from builder.cli import main
from builder.evaluate.asking import Asked
from builder.evaluate.figures import figures, table
from builder.evaluate.picture import distances_picture
from builder.evaluate.questions import Question, questions
from stash_face.errors import BadRequest
from stash_face.facedb.reader import FaceDatabase
from stash_face.identify.types import MATCH, UNCERTAIN, UNKNOWN
from tests.conftest import CAST
from tests.photos import Photos, stash_id

ADA, ZOE = Question(Path("ada.jpg"), "ada"), Question(Path("zoe.jpg"), "zoe")
STRANGER = Question(Path("stranger.jpg"), None)


@pytest.fixture
def held_out(tmp_path: Path, photos: Photos) -> Path:
    """Two photos each of people whom the database has by others."""
    return folder(tmp_path / "held", {name: photos.known[name][3:5] for name in CAST})


def folder(place: Path, people: dict[str, Sequence[Path]]) -> Path:
    for name, paths in people.items():
        (place / name).mkdir(parents=True)
        for path in paths:
            shutil.copyfile(path, place / name / path.name)
    return place


def test_held_out_pictures_and_strangers_are_asked_about(
    face_database: Path, held_out: Path, photos: Photos, tmp_path: Path, dev_models: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("STASH_FACE_MODELS", str(dev_models))
    # A photo that the database is made of, one that is none, and nobody's.
    shutil.copyfile(photos.known[CAST[0]][0], held_out / CAST[0] / "enrolled.jpg")
    (held_out / CAST[1] / "broken.jpg").write_bytes(b"no picture")
    (held_out / "Nobody Known").mkdir()
    listed = tmp_path / "strangers.txt"
    listed.write_text("\n".join(map(str, photos.strangers[2:8])))

    words = [str(face_database), "--people", str(held_out), "--strangers", str(listed)]
    assert main(["evaluate", *words, "--output", str(tmp_path / "out"), "--device", "cpu"]) == 0

    said = capsys.readouterr()
    assert said.err == "Nobody Known is not in the database, or more than one is: left out.\n"
    told = json.loads((tmp_path / "out" / "evaluation.json").read_bytes())
    assert told["pictures"] == {
        "known": 7, "people": 3, "strangers": 6, "in_the_database": 1,
        "without_face": 0, "unreadable": 1,
    }  # fmt: skip
    assert told["ranks"]["top_1"]["count"] == told["recall"]["count"] == 6
    assert (told["recall"]["of"], told["precision"]["share"]) == (7, 1.0)
    assert (told["strangers_named"]["count"], told["mistakes"]) == (0, [])
    right, wrong = (told["distances"][each]["quantiles"] for each in ("right", "wrong"))
    assert right["0.99"] < told["bar"] < wrong["0.01"]
    assert "1 are in the database: they do not count." in said.out
    assert "names that are right (precision)" in said.out
    ElementTree.parse(tmp_path / "out" / "evaluation.svg")


@pytest.mark.parametrize(
    "called",
    [
        # By name, however it is written, and by id, with or without the stash-box.
        "Bill_Clinton", "bill clinton", stash_id("Bill_Clinton"),
        f"stashdb.org:{stash_id('Bill_Clinton')}",
    ],
)  # fmt: skip
def test_people_are_called_by_name_or_id(
    face_database: Path, tmp_path: Path, photos: Photos, called: str
) -> None:
    place = folder(tmp_path, {called.replace(":", "_"): photos.known["Bill_Clinton"][3:4]})
    if ":" in called:
        ids = {"stash_ids": dict([called.split(":")])}
        (place / called.replace(":", "_") / "performer.json").write_text(json.dumps(ids))

    found = questions(FaceDatabase.open(face_database), place, None)

    assert [each.key for each in found.asked] == [f"stashdb.org:{stash_id('Bill_Clinton')}"]
    assert found.lost == []


def test_strangers_are_a_folder_however_deep_or_a_list(
    face_database: Path, held_out: Path, tmp_path: Path, photos: Photos
) -> None:
    database = FaceDatabase.open(face_database)
    place = folder(tmp_path / "others", {"deep": photos.strangers[:2]})
    (place / "deep" / "notes.txt").write_text("no picture")
    (place / "list").write_text(f"deep/{photos.strangers[0].name}\n\n")

    every, listed = (questions(database, held_out, each) for each in (place, place / "list"))

    assert [q.path.name for q in every.asked[6:]] == [p.name for p in photos.strangers[:2]]
    assert [q.path for q in listed.asked[6:]] == [place / "deep" / photos.strangers[0].name]
    assert {q.key for q in every.asked[6:]} == {None}


@pytest.mark.parametrize(
    ("people", "strangers", "why"),
    [
        # Nobody to ask about, no folder at all, and a list that is none.
        ("empty", None, "has no pictures of anybody in the face database"),
        ("absent", None, "is not a folder"),
        ("held", "absent", "is neither a folder of pictures nor a list of them"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(
    face_database: Path, held_out: Path, people: str, strangers: str | None, why: str
) -> None:
    (held_out.parent / "empty").mkdir()
    places = [held_out.parent / each if each else None for each in (people, strangers)]

    with pytest.raises(BadRequest) as refused:
        questions(FaceDatabase.open(face_database), places[0] or Path(), places[1])

    assert why in refused.value.sentence


def test_a_wrong_name_costs_precision_and_a_missing_one_recall() -> None:
    told = figures(
        [
            Asked(ADA, None, 1, 0.2, 0.8, MATCH, "ada"),
            Asked(ADA, None, 3, 0.7, 0.6, UNCERTAIN, "zoe"),
            Asked(ADA, "no face"),
            Asked(ZOE, None, 2, 0.5, 0.4, MATCH, "ada"),
            Asked(ZOE, None, None, 0.9, 0.85, UNKNOWN),
            Asked(STRANGER, None, None, None, 0.3, MATCH, "zoe"),
            Asked(STRANGER, None, None, None, 0.9, UNKNOWN),
            Asked(STRANGER, "It cannot be read."),
            # In the database itself: right, and no proof of anything.
            Asked(ZOE, None, 1, 0.0, 0.9, MATCH, "zoe", enrolled=True),
        ]
    )

    counted = {name: (share["count"], share["of"]) for name, share in told["ranks"].items()}
    assert counted == {"top_1": (1, 5), "top_3": (3, 5), "top_5": (3, 5)}
    names = ("precision", "recall", "strangers_named", "uncertain")
    assert [(told[n]["count"], told[n]["of"]) for n in names] == [(1, 3), (1, 5), (1, 3), (1, 8)]
    assert told["precision"]["likely"][0] < 0.3333 < told["precision"]["likely"][1]
    assert [each["picture"] for each in told["mistakes"]] == ["stranger.jpg", "zoe.jpg"]
    assert told["distances"]["right"]["count"] == 4
    assert sum(told["distances"]["wrong"]["bars"]) == 6
    assert any(line.startswith("strangers given a name ") for line in table(told))


def test_nothing_of_a_kind_is_no_share() -> None:
    told = figures([Asked(ADA, "no face")])

    assert told["strangers_named"] is told["precision"] is None
    assert told["recall"]["share"] == 0
    assert "strangers given a name                           –" in table(told)
    ElementTree.fromstring(distances_picture(told["distances"], 0.5, "Nothing & nobody"))
