from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.cli import main
from builder.net.pace import Paces
from builder.net.web import TRIES, Web
from builder.net.wire import Wire
from builder.settings import Secret
from builder.sources.stashbox import StashBox as Source
from stash_face.facedb.reader import FaceDatabase
from tests.builder.conftest import ROOT
from tests.builder.workplace import PACK, CountingEngine, Workplace, scanned
from tests.fakes.stash_box_server import StashBox, stash_box
from tests.photos import Photos

KEY = "head.body.secretsignature"


@pytest.fixture(scope="module")
def engine(dev_models: Path) -> CountingEngine:
    return CountingEngine(PACK, [dev_models], "cpu")


@pytest.fixture
def workplace(tmp_path: Path, engine: CountingEngine) -> Workplace:
    return Workplace(tmp_path, engine)


@pytest.fixture
def box(photos: Photos) -> Iterator[StashBox]:
    """Five people with three photos each."""
    with stash_box(KEY) as server:
        for name, paths in list(photos.known.items())[:5]:
            server.add(name, [path.read_bytes() for path in paths[:3]])
        yield server


def update(workplace: Workplace, box: StashBox) -> int:
    """How many pictures a build looks at."""
    wire = Wire(frozenset({("127.0.0.1", box.server_port)}), (5.0, 1.0, 2.0))
    web = Web(Paces(0, 4), wire=wire, pause=0.001)
    source = Source(f"{box.url}/graphql", Secret(KEY), web)
    return workplace.looked(lambda: workplace.run([source], web=web))


def test_people_are_known_by_their_ids_there(workplace: Workplace, box: StashBox) -> None:
    assert update(workplace, box) == 15

    database = workplace.database
    assert database.keys == [f"{box.name}:{ident}" for ident in box.rows]
    first = database.person(database.keys[0])
    row = box.rows[first.key.rpartition(":")[2]]
    assert (first.name, first.stash_ids) == (row.name, {box.name: row.id})
    assert first.image_url == f"{box.url}/images/{row.images[0]}"
    # Whatever was saved, the key was not.
    for path in workplace.work.parent.rglob("*"):
        assert path.is_dir() or b"secretsignature" not in path.read_bytes()


def test_only_what_is_new_is_fetched(workplace: Workplace, box: StashBox, photos: Photos) -> None:
    update(workplace, box)
    before = workplace.faces
    first, second, third, *_ = list(box.rows.values())
    box.edit(first, name="Renamed")
    box.add_picture(second, photos.known["Colin_Powell"][0].read_bytes())
    box.merge(third, second)
    newcomer = box.add("New", [photos.known["Colin_Powell"][1].read_bytes()])
    box.asked.clear()

    assert update(workplace, box) == 2

    assert sorted(box.fetched()) == sorted(
        [f"/images/{second.images[-1]}", f"/images/{newcomer.images[0]}"]
    )
    # The new picture of the second shows somebody else, and three of fifteen were given up.
    kept = [key for key in before if not key.endswith(third.id)]
    assert workplace.faces == [*kept, f"{box.name}:{newcomer.id}"]
    assert workplace.database.person(f"{box.name}:{first.id}").name == "Renamed"
    box.asked.clear()
    assert update(workplace, box) == 0
    assert box.fetched() == []


def test_every_fault_of_a_picture_costs_that_picture_only(
    workplace: Workplace, box: StashBox
) -> None:
    faults = (
        ["404"], ["html"], ["huge"], ["redirect http://10.0.0.1/"], ["truncated"] * TRIES,
        ["500"] * TRIES, ["429 0"], ["503", "hang"],
    )  # fmt: skip
    places = [(row, number) for row in box.rows.values() for number in (0, 1)]
    for (row, number), fault in zip(places, faults, strict=False):
        box.picture(row, number).faults = [*fault]
    box.picture(list(box.rows.values())[4]).content = b"\xff\xd8\xff and then nothing"

    assert update(workplace, box) == 8

    assert len(workplace.database.keys) == 5
    # The next build asks for what was not there; a server's bad day is over by then.
    box.asked.clear()
    assert update(workplace, box) == 6
    assert len(box.fetched()) == 7


def test_a_cache_that_was_deleted_is_not_missed(workplace: Workplace, box: StashBox) -> None:
    update(workplace, box)
    before = workplace.content()["faces.json"]
    shutil.rmtree(workplace.cache.folder)
    shutil.rmtree(workplace.output)

    assert update(workplace, box) == 0
    assert workplace.content()["faces.json"] == before
    assert box.fetched().count(box.fetched()[0]) == 1


def test_a_performer_may_have_no_picture_or_very_many(
    workplace: Workplace, box: StashBox, photos: Photos
) -> None:
    box.rows.clear()
    box.add("Nobody")
    everyone = [path for paths in photos.known.values() for path in paths][:12]
    crowd = box.add("Many", [path.read_bytes() + bytes([n]) for n in range(2) for path in everyone])

    update(workplace, box)

    assert set(workplace.faces) == {f"{box.name}:{crowd.id}"}


def test_a_server_gets_nothing_of_this_machines_disk(
    workplace: Workplace, box: StashBox, photos: Photos
) -> None:
    """A path in place of an address would be a way to have somebody's pictures published."""
    private = photos.known["Colin_Powell"][0]
    for row, address in zip(
        box.rows.values(),
        (str(private), private.as_uri(), f"//{private}", "../x.jpg"),
        strict=False,
    ):
        for number, ident in enumerate(row.images):
            box.addresses[ident] = f"{address}?{number}" if number else address

    assert update(workplace, box) == 3
    assert len(workplace.database.keys) == 1


def test_a_name_can_be_anything(
    workplace: Workplace, box: StashBox, photos: Photos, tmp_path: Path
) -> None:
    names = ["../../x", "a\nb\0c", "<script>", "\u202egnp.exe", "x" * 20_000, "", "performer_00001"]
    box.rows.clear()
    for name, paths in zip(names, photos.known.values(), strict=False):
        box.add(name, [paths[0].read_bytes()], aliases=[name])
    before = {path for path in tmp_path.rglob("*")}

    update(workplace, box)

    database = workplace.database
    expected = [name or key for name, key in zip(names, database.keys, strict=True)]
    assert [database.person(key).name for key in database.keys] == expected
    made = {path.relative_to(tmp_path).parts[0] for path in {*tmp_path.rglob("*")} - before}
    assert made <= {"db", "work", "cache", ".db.lock", ".db.builder.lock"}


def test_the_command_plans_and_builds(
    box: StashBox,
    dev_models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("STASH_FACE_MODELS", str(dev_models))
    monkeypatch.setenv("STASHBOX_API_KEY", KEY)
    words = [
        *("--source", f"stashbox:{box.url}/graphql", "--output", str(tmp_path / "db")),
        *("--pack", "dev", "--device", "cpu", "--rate-limit", "0", "--max-performers", "3"),
    ]

    assert main(["plan", *words]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(
        f"{box.name}: 3 performers, about 9 pictures (3.0 each), 9 to download"
    )
    assert box.fetched() == []
    assert not (tmp_path / "db").exists()
    assert main(["build", *words, "--resume"]) == 1
    assert capsys.readouterr().err.startswith("There is nothing to go on with in ")
    assert main(["build", *words, "--report-page", str(tmp_path / "report.html")]) == 0
    assert "<h1>Face database</h1>" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert len(FaceDatabase.open(tmp_path / "db").keys) == 3
    assert main(["build", *words, "--resume"]) == 1
    assert "is finished: leave out --resume." in capsys.readouterr().err
    assert main(["plan", *words]) == 0
    assert "About 0 pictures would be looked at" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_a_second_ctrl_c_waits_for_nobody(box: StashBox, dev_models: Path, tmp_path: Path) -> None:
    rows = list(box.rows.values())
    held = box.picture(rows[1])
    held.faults = ["hang"]
    command = [
        *(sys.executable, "-m", "builder", "build", "--source", f"stashbox:{box.url}/graphql"),
        *("--output", str(tmp_path / "db"), "--pack", "dev", "--device", "cpu"),
        *("--rate-limit", "0"),
    ]
    environment = {"STASH_FACE_MODELS": str(dev_models), "STASHBOX_API_KEY": KEY}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stderr is not None
    while held.faults or scanned(tmp_path / "db.work") < 1:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert (process.stderr.readline(), process.stderr.readline()[:9]) == ("\n", "Finishing")
    process.send_signal(signal.SIGINT)

    # The server has not answered by then.
    assert process.communicate()[1] == ""
    assert process.returncode == 130
    saved = scanned(tmp_path / "db.work")
    box.asked.clear()
    assert subprocess.run([*command, "--resume"], cwd=ROOT, env=environment).returncode == 0
    assert scanned(tmp_path / "db.work") == 15
    assert len(box.fetched()) <= 15 - saved
