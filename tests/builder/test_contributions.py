from __future__ import annotations

import base64
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from builder.cli import main
from builder.contributed import Members
from builder.pipeline import STATE, Limits
from builder.sources.folder import Folder
from builder.state import builds, catalogue
from builder.state.builds import Reference
from builder.state.connection import State
from builder.state.contributions import Contribution, contributions
from builder.values import SourcePerformer
from stash_face.facedb.contribution import GivenFace, read_contribution, write_contribution
from stash_face.facedb.people import person
from stash_face.faces.main_face import main_face
from stash_face.media.image import decode
from tests.builder.conftest import ROOT
from tests.builder.workplace import PACK, CountingEngine, Workplace
from tests.photos import Photos, stash_id
from tests.process.plugin import Plugin

STASHDB = "https://stashdb.org/graphql"
# Enrolled with two photos, one of them as somebody without a photo.
PEOPLE = ("Angelina_Jolie", "Bill_Clinton", "Colin_Powell", "Jackie_Chan")
PICTURELESS = "John_Bolton"

SOME = PACK.embedders[0].key

Given = Callable[..., Path]


def universal(name: str) -> str:
    return f"stashdb.org:{stash_id(name)}"


@pytest.fixture(scope="module")
def engine(dev_models: Path) -> CountingEngine:
    return CountingEngine(PACK, [dev_models], "cpu")


@pytest.fixture
def workplace(tmp_path: Path, engine: CountingEngine, photos: Photos) -> Workplace:
    place = Workplace(tmp_path / "builder", engine)
    for name in (*PEOPLE, PICTURELESS):
        (place.people / name).mkdir()
        ids = {"stash_ids": {"stashdb.org": stash_id(name)}}
        (place.people / name / "performer.json").write_text(json.dumps(ids))
        place.put(name, photos.known[name][:2] if name in PEOPLE else [])
    place.run()
    return place


@pytest.fixture
def given(tmp_path: Path, engine: CountingEngine, photos: Photos) -> Given:
    """A contribution with these photos: (who they are said to show, whose they are, number)."""

    def faces(claims: Sequence[tuple[str, str, int]]) -> Path:
        path = tmp_path / f"given{len(list(tmp_path.glob('given*')))}"
        write_contribution(path, PACK, [face(claim, whose, n) for claim, whose, n in claims])
        return path

    def face(claim: str, whose: str, number: int) -> GivenFace:
        picture = decode(photos.known[whose][number])
        (found,) = engine.embed([(picture, main_face(picture, engine.detect(picture)))])
        vectors = {key: each.vector for key, each in found.embeddings.items()}
        return GivenFace((universal(claim),), found.quality, vectors)

    return faces


def accept(workplace: Workplace, *words: object) -> int:
    place = ("--output", workplace.output, "--work", workplace.work)
    return main(["accept", *map(str, (*words, *place))])


def undated(workplace: Workplace) -> dict[str, object]:
    """The whole database but its version and time."""
    content: dict[str, object] = dict(workplace.content())
    manifest = json.loads(workplace.content()["manifest.json"])
    return content | {"manifest.json": {**manifest, "version": "", "created_at": ""}}


def test_confirmed_faces_go_from_a_stash_into_a_database_and_out_of_it(
    plugin: Plugin, workplace: Workplace, photos: Photos, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    own = plugin.stash.add_performer("Known to me alone")
    known = {
        name: plugin.stash.add_performer(name, [(STASHDB, stash_id(name))])
        for name in (PICTURELESS, "Jackie_Chan")
    }
    confirmed = [
        (photos.known[PICTURELESS][0], known[PICTURELESS]),
        (photos.known[PICTURELESS][1], known[PICTURELESS]),
        (photos.known["Jackie_Chan"][2], known["Jackie_Chan"]),
        (photos.strangers[0], own),
    ]
    for photo, performer in confirmed:
        image = plugin.stash.add_image(photo)
        plugin.get("identify_image", image_id=image)
        plugin.get("decide", kind="image", id=image, performer=performer, decision="confirm")
    before = undated(workplace)
    file = tmp_path / "confirmed.jsonl"

    assert main(["contribute", str(file), "--data", str(plugin.data)]) == 0
    assert main(["contribute", f"{file}.again", "--data", str(plugin.data)]) == 0
    assert capsys.readouterr().out.startswith(f"{file} has 3 faces of 2 performers; of those ")
    assert Path(f"{file}.again").read_bytes() == file.read_bytes()
    assert_tells_nothing_else(file, plugin, [photo for photo, _ in confirmed])

    assert accept(workplace, file) == 0
    assert "Accepted 3 faces of 2 people" in capsys.readouterr().out
    # What was accepted costs no look at a picture.
    assert workplace.looked(workplace.run) == 0
    database = workplace.database
    assert len(database.references_of(universal("Jackie_Chan"))[SOME]) == 3
    (new,) = read_faces(file, PICTURELESS)[:1]
    (found,) = database.search([new.vectors], 1)[0]
    assert (found.key, database.person(found.key).name) == (universal(PICTURELESS), PICTURELESS)
    report = json.loads((workplace.output / "report.json").read_bytes())
    (ident,) = report["contributions"]
    assert report["contributions"] == {ident: 3}
    assert database.manifest.sources == ["folder:people", "contributions"]

    assert accept(workplace, "--remove", ident) == 0
    assert workplace.looked(workplace.run) == 0
    assert undated(workplace) == before


def assert_tells_nothing_else(file: Path, plugin: Plugin, pictures: Sequence[Path]) -> None:
    """Every word of it is one of ours, an id of a stash-box, or a number."""
    head, *faces = map(json.loads, file.read_text().splitlines())
    assert set(head) == {"kind", "format", "pack", "embedders", "faces"}
    for face in faces:
        assert set(face) == {"performers", "quality", "vectors"}
        assert set(face["performers"]) <= {universal(n) for n in (PICTURELESS, "Jackie_Chan")}
        assert {len(base64.b64decode(text)) for text in face["vectors"].values()} == {1024}
    text = file.read_text()
    for secret in (str(plugin.data), "local", "Known to me", *(path.stem for path in pictures)):
        assert secret not in text


def read_faces(file: Path, name: str) -> list[GivenFace]:
    return [f for f in read_contribution(file, PACK) if f.performers == (universal(name),)]


def test_a_face_of_somebody_else_is_left_out(
    workplace: Workplace, given: Given, capsys: pytest.CaptureFixture[str]
) -> None:
    right = [("Bill_Clinton", "Bill_Clinton", number) for number in (2, 3)]
    # Of one who is known, and of one whom nothing is known of.
    wrong = [("Colin_Powell", "Jackie_Chan", 2), (PICTURELESS, "Angelina_Jolie", 2)]

    assert accept(workplace, given([*right, *wrong])) == 0

    said = capsys.readouterr().out
    assert "Accepted 2 faces of 1 people" in said
    assert (
        "Left out: 1 are nearer to somebody else, 1 are unlike the references of those whom they "
        "are said to show." in said
    )
    workplace.run()
    assert workplace.faces.count(universal("Bill_Clinton")) == 4
    assert universal(PICTURELESS) not in workplace.faces


def test_a_contribution_with_many_wrong_faces_changes_nothing(
    workplace: Workplace, given: Given, capsys: pytest.CaptureFixture[str]
) -> None:
    right = [("Bill_Clinton", "Bill_Clinton", number) for number in (2, 3)]
    before = workplace.content()

    pack = given([*right, *(("Colin_Powell", "Jackie_Chan", number) for number in (2, 3, 4))])
    assert accept(workplace, pack) == 1

    assert capsys.readouterr().err == (
        "Nothing was taken from this contribution, as of its 5 faces 3 are unlike the references "
        "of those whom they are said to show: ask whoever made it to look through what they "
        "confirmed.\n"
    )
    workplace.run()
    assert workplace.content() == before


def test_accepting_that_is_killed_takes_all_or_nothing(
    workplace: Workplace, given: Given, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = given([(name, name, number) for name in PEOPLE[:2] for number in (2, 3)])
    begun = time.monotonic()
    assert accepting(workplace, pack).wait() == 0
    seconds = time.monotonic() - begun
    workplace.run()
    undisturbed = undated(workplace)
    assert accept(workplace, "--remove", taken(workplace)[0].id) == 0
    workplace.run()
    rng = random.Random(9)

    for _ in range(8):
        process = accepting(workplace, pack)
        time.sleep(rng.uniform(seconds / 2, seconds))
        process.kill()
        process.wait()
        found = taken(workplace)
        assert [each.faces for each in found] in ([], [4])
        if found:
            assert accept(workplace, "--remove", found[0].id) == 0

    capsys.readouterr()
    assert accept(workplace, pack) == 0
    assert "Accepted 4 faces of 2 people" in capsys.readouterr().out
    workplace.run()
    assert undated(workplace) == undisturbed


def accepting(workplace: Workplace, pack: Path) -> subprocess.Popen[bytes]:
    place = ("--output", workplace.output, "--work", workplace.work)
    words = map(str, (sys.executable, "-m", "builder", "accept", pack, *place))
    return subprocess.Popen([*words], cwd=ROOT, stdout=subprocess.DEVNULL)


def taken(workplace: Workplace) -> list[Contribution]:
    with State(workplace.work / STATE) as state:
        return contributions(state)


def test_a_face_cannot_be_two_people(
    workplace: Workplace, given: Given, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = [("Bill_Clinton", "Bill_Clinton", 2), ("Bill_Clinton", "Bill_Clinton", 3)]

    assert accept(workplace, given([*claims, (PICTURELESS, "Bill_Clinton", 3)])) == 0

    assert "Left out: 2 are said to show one person and another." in capsys.readouterr().out


def test_own_pictures_go_first_and_doubles_are_no_references(
    workplace: Workplace, given: Given
) -> None:
    # The first is the photo that is enrolled.
    assert accept(workplace, given([("Bill_Clinton", "Bill_Clinton", n) for n in range(5)])) == 0
    before = workplace.faces

    workplace.run()

    assert workplace.faces == before + [universal("Bill_Clinton")] * 3
    report = json.loads((workplace.output / "report.json").read_bytes())
    assert list(report["left_out"].values()) == ["is nearly the same as another picture"] * 2


def test_somebody_whom_no_source_has_waits_for_one(
    workplace: Workplace, given: Given, photos: Photos, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = "John_Kerry"
    assert accept(workplace, given([(stranger, stranger, number) for number in (0, 1)])) == 0
    assert "2 of them show 1 people whom no source has" in capsys.readouterr().out
    workplace.run()
    assert universal(stranger) not in workplace.faces

    shutil.copytree(workplace.people / PICTURELESS, workplace.people / stranger)
    ids = {"stash_ids": {"stashdb.org": stash_id(stranger)}}
    (workplace.people / stranger / "performer.json").write_text(json.dumps(ids))
    workplace.run()

    assert workplace.faces.count(universal(stranger)) == 2


def test_contributions_are_listed_accepted_once_and_removed_by_their_name(
    workplace: Workplace, given: Given, capsys: pytest.CaptureFixture[str]
) -> None:
    first = given([("Bill_Clinton", "Bill_Clinton", 2)])
    both = given([("Bill_Clinton", "Bill_Clinton", 2), ("Colin_Powell", "Colin_Powell", 2)])
    assert accept(workplace, first) == accept(workplace, both) == 0
    assert accept(workplace, first) == 1
    assert "was accepted before, as " in capsys.readouterr().err
    assert accept(workplace, "--list") == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split("  ", 2)[2] for line in listed] == ["1 faces  given0", "2 faces  given1"]
    assert accept(workplace, "--remove", "") == 1

    # A face that two have given stays with the other.
    assert accept(workplace, "--remove", listed[0][:12]) == 0
    workplace.run()

    with State(workplace.work / "state.sqlite") as state:
        assert [each.name for each in contributions(state)] == ["given1"]
    assert workplace.faces.count(universal("Bill_Clinton")) == 3
    assert workplace.faces.count(universal("Colin_Powell")) == 3


def test_only_a_database_that_was_built_takes_contributions(
    workplace: Workplace, given: Given, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workplace.work = tmp_path / "elsewhere"

    assert accept(workplace, given([("Bill_Clinton", "Bill_Clinton", 2)])) == 1
    assert accept(workplace) == 1

    assert capsys.readouterr().err == (
        f"Nothing was built yet with the working folder {workplace.work}: build first, or name "
        "--work.\nName a contribution's file, or say --list or --remove ID.\n"
    )


def test_a_person_is_given_no_more_than_there_is_room_for(
    workplace: Workplace, given: Given
) -> None:
    assert accept(workplace, given([("Bill_Clinton", "Bill_Clinton", n) for n in (2, 3, 4)])) == 0

    workplace.run(limits=Limits(references=3))

    assert workplace.faces.count(universal("Bill_Clinton")) == 3


def test_positions_that_contributions_had_at_the_end_are_given_back(tmp_path: Path) -> None:
    own = [Reference("a", "1", 0), Reference("b", "2", 0)]
    given = [Reference("a", "contribution:3", 0), Reference("c", "contribution:4", 0)]
    later = [*own, *(Reference("d", str(number), 0) for number in range(20))]
    with State(tmp_path / "state.sqlite") as state:
        placed = [
            builds.place(state, "models", wanted)
            for wanted in (own, [*own, *given], own, [*own, *given], [*later, given[1]], later)
        ]

    assert placed[1] == [*own, *given]
    assert placed[2] == own
    # Faces of others came behind them.
    assert placed[4] == [*own, None, given[1], *later[2:]]
    assert placed[5] == [*own, None, None, *later[2:]]


def test_ids_lead_to_people_of_several_stash_boxes_and_of_merged_ones(tmp_path: Path) -> None:
    def told(host: str, ident: str, merged: tuple[str, ...] = ()) -> SourcePerformer:
        return SourcePerformer(ident, ident, person(f"{host}:{ident}", {}), (), merged=merged)

    with State(tmp_path / "state.sqlite") as state:
        found = {
            "stashdb": [told("stashdb.org", "ada", ("old-ada",)), told("stashdb.org", "zoe")],
            "fansdb": [told("fansdb.cc", "a-1")],
        }
        for ordinal, (source, everyone) in enumerate(found.items()):
            reading = catalogue.begin_reading(state, source, ordinal)
            catalogue.save_page(state, source, reading.number, everyone, (), "")
            catalogue.end_reading(state, source, reading.number, True, "")
        members = Members(state)

        assert members.of(["stashdb.org:old-ada", "fansdb.cc:a-1"]) == {
            ("stashdb", "ada"),
            ("fansdb", "a-1"),
        }
        assert members.of(["stashdb.org:nobody"]) == set()


def test_a_face_goes_to_whom_several_sources_know_under_any_of_their_ids(
    workplace: Workplace, given: Given, photos: Photos
) -> None:
    other = workplace.people.with_name("others")
    (other / "Bill").mkdir(parents=True)
    both = {"stash_ids": {"stashdb.org": stash_id("Bill_Clinton"), "fansdb.cc": "bill"}}
    (other / "Bill" / "performer.json").write_text(json.dumps(both))
    sources = [Folder(workplace.people), Folder(other)]
    workplace.run(sources)
    (key,) = {key for key in workplace.faces if key.startswith("performer_")}

    assert accept(workplace, given([("Bill_Clinton", "Bill_Clinton", 2)])) == 0
    workplace.run(sources)

    assert workplace.faces.count(key) == 3
    assert workplace.database.key_of("fansdb.cc:bill") == key
