from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from builder.choose import Rule
from builder.looking.local import embed_alike
from builder.pipeline import Limits
from builder.state import builds
from builder.state.builds import Reference
from builder.state.connection import State
from stash_face.errors import BadRequest, StoreError
from stash_face.faces.alignment import align
from stash_face.faces.main_face import main_face
from stash_face.file_lock import file_lock
from stash_face.media.image import decode
from tests.builder.conftest import ROOT
from tests.builder.workplace import PACK, CountingEngine, Workplace, content, scanned
from tests.photos import Photos


@pytest.fixture(scope="module")
def engine(dev_models: Path) -> CountingEngine:
    return CountingEngine(PACK, [dev_models], "cpu")


@pytest.fixture
def workplace(tmp_path: Path, engine: CountingEngine) -> Workplace:
    return Workplace(tmp_path, engine)


def several(workplace: Workplace, photos: Photos, people: int, pictures: int = 2) -> list[str]:
    names = list(photos.known)[:people]
    for name in names:
        workplace.put(name, photos.known[name][:pictures])
    return names


def after(pictures: int) -> object:
    """`stopped` that says so when it was asked so often."""
    asked = count()
    return lambda: next(asked) >= pictures


@pytest.mark.parametrize("stops", [[1], [3, 2], [9]])
def test_a_stopped_build_ends_as_it_would_have(
    workplace: Workplace, photos: Photos, stops: list[int]
) -> None:
    several(workplace, photos, 6)
    assert workplace.run(stopped=lambda: True) is None
    begun = workplace.work.parent / "begun"
    shutil.copytree(workplace.work, begun)
    workplace.run()
    undisturbed = workplace.content()
    shutil.rmtree(workplace.output)
    shutil.rmtree(workplace.work)
    begun.rename(workplace.work)

    def disturbed() -> None:
        for stop in stops:
            assert workplace.run(stopped=after(stop)) is None  # type: ignore[arg-type]
        workplace.run()

    # No picture is looked at twice.
    assert workplace.looked(disturbed) == 12
    assert workplace.content() == undisturbed


def test_a_killed_build_ends_as_it_would_have(
    dev_models: Path, photos: Photos, workplace: Workplace
) -> None:
    several(workplace, photos, 6)
    command = [
        *(sys.executable, "-m", "builder", "build", "--source", f"folder:{workplace.people}"),
        *("--output", workplace.output, "--work", workplace.work, "--pack", "dev"),
        *("--device", "cpu"),
    ]

    def started() -> subprocess.Popen[bytes]:
        environment = {"STASH_FACE_MODELS": str(dev_models), "PATH": ""}
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    def kill_at(scans: int) -> None:
        with started() as process:
            while process.poll() is None and scanned(workplace.work) < scans:
                time.sleep(0.01)
            process.kill()

    kill_at(1)
    begun = workplace.work.parent / "begun"
    shutil.copytree(workplace.work, begun)
    assert started().wait() == 0
    undisturbed = workplace.content()
    shutil.rmtree(workplace.output)
    shutil.rmtree(workplace.work)
    begun.rename(workplace.work)

    for scans in (4, 7, 12):
        kill_at(scans)
    assert started().wait() == 0

    assert workplace.content() == undisturbed


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_saves_and_says_so(dev_models: Path, photos: Photos, workplace: Workplace) -> None:
    several(workplace, photos, 20, 5)
    command = [
        *(sys.executable, "-m", "builder", "build", "--source", f"folder:{workplace.people}"),
        *("--output", workplace.output, "--pack", "dev", "--device", "cpu"),
    ]
    work = workplace.output.with_name("db.work")
    process = subprocess.Popen(
        command, cwd=ROOT, env={"STASH_FACE_MODELS": str(dev_models)}, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    while process.poll() is None and scanned(work) < 1:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()

    assert process.returncode == 130
    assert said.split("\n") == [
        "",
        "Finishing what is under way and saving; Ctrl-C again stops at once.",
        "Stopped and saved: run the same command again, and it goes on from here.",
        "",
    ]
    assert 1 <= scanned(work) < 100
    assert not workplace.output.exists()
    assert json.loads((work / "progress.json").read_text())["total"] == 100


def test_a_later_build_looks_at_what_is_new_only(workplace: Workplace, photos: Photos) -> None:
    names = several(workplace, photos, 8, 3)
    workplace.run()
    before = workplace.faces
    shutil.rmtree(workplace.people / names[1])
    (workplace.people / names[2] / "0.jpg").unlink()
    workplace.put("New", photos.known["Colin_Powell"][:2])

    assert workplace.looked(workplace.run) == 2

    # Who stays keeps their position, nobody else gets one that was given up.
    gone = [i for i, key in enumerate(before) if key == names[1]] + [before.index(names[2])]
    expected = [None if i in gone else key for i, key in enumerate(before)]
    assert len(gone) / len(expected) > builds.MOST_NULLS
    # More than a tenth: counted anew.
    assert workplace.faces == [key for key in expected if key] + ["New", "New"]


def test_positions_that_were_given_up_are_null(workplace: Workplace, photos: Photos) -> None:
    names = several(workplace, photos, 7, 3)
    workplace.run()
    before = workplace.faces
    (workplace.people / names[3] / "1.jpg").unlink()
    workplace.put("New", photos.known["Colin_Powell"][:1])

    workplace.run()

    assert workplace.faces == [*before[:10], None, *before[11:], "New"]
    manifest = json.loads((workplace.output / "manifest.json").read_bytes())
    assert (manifest["face_count"], manifest["performer_count"]) == (21, 8)
    # The reader agrees, and everybody is found by their own face.
    database = workplace.database
    for number, key in enumerate(database.keys):
        face = {name: v[0] for name, v in database.references(number).items()}
        assert database.search([face], count=1)[0][0].key == key


def test_a_grown_index_holds_what_a_new_one_does(workplace: Workplace, photos: Photos) -> None:
    names = several(workplace, photos, 6, 3)
    workplace.run()
    workplace.put("New", photos.known["Colin_Powell"][:2])
    (workplace.people / names[0] / "2.jpg").unlink()

    workplace.run()

    grown = workplace.database
    shutil.rmtree(workplace.output)
    workplace.run()
    anew = workplace.database
    assert grown.keys == anew.keys
    for key in anew.keys:
        for name, vectors in anew.references_of(key).items():
            assert np.array_equal(grown.references_of(key)[name], vectors)


def test_a_change_that_was_stopped_at_its_end_is_not_done_twice(
    workplace: Workplace, photos: Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    several(workplace, photos, 3)
    workplace.run()
    workplace.put("New", photos.known["Colin_Powell"][:1])

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("builder.pipeline.write_report", stop)
        with pytest.raises(KeyboardInterrupt):
            workplace.run()
    written = workplace.content()
    assert "New" in workplace.faces

    workplace.run()

    # The index was not added to once more.
    after = workplace.content()
    assert {n: d for n, d in after.items() if n != "report.json"} == written
    assert "report.json" in after


def test_a_picture_that_was_replaced_is_looked_at_again(
    workplace: Workplace, photos: Photos
) -> None:
    names = several(workplace, photos, 3)
    workplace.run()
    workplace.put(names[0], photos.known[names[0]][3:4])

    assert workplace.looked(workplace.run) == 1


def test_nothing_is_written_where_nothing_has_changed(workplace: Workplace, photos: Photos) -> None:
    several(workplace, photos, 3)
    workplace.run()
    before = workplace.content()

    assert workplace.looked(workplace.run) == 0

    assert workplace.said[-1].startswith("Nothing has changed since version ")
    assert workplace.content() == before
    # One that was lost is written again, from memory alone.
    shutil.rmtree(workplace.output)
    assert workplace.looked(workplace.run) == 0
    assert workplace.content()["faces.json"] == before["faces.json"]


def test_a_second_builder_of_an_output_is_refused(workplace: Workplace, photos: Photos) -> None:
    several(workplace, photos, 1)
    with (
        file_lock(workplace.output.with_name(".db.builder.lock")),
        pytest.raises(BadRequest) as refused,
    ):
        workplace.run()

    assert refused.value.sentence == (
        f"Another builder is working on {workplace.output}: wait for it, or stop it with Ctrl-C."
    )


def test_a_folder_that_lost_half_of_its_people_is_asked_about(
    workplace: Workplace, photos: Photos
) -> None:
    names = several(workplace, photos, 4, 1)
    workplace.run()
    before = workplace.content()
    for name in names[2:]:
        shutil.rmtree(workplace.people / name)

    with pytest.raises(BadRequest) as refused:
        workplace.run(agree=False)

    assert "has lost 2 of its 4 performers" in refused.value.sentence
    assert workplace.content() == before
    workplace.run(agree=True)
    assert sorted(set(filter(None, workplace.faces))) == sorted(names[:2])


def test_wrong_and_double_pictures_are_left_out_with_the_reason(
    workplace: Workplace, photos: Photos
) -> None:
    ada, zoe = photos.known["Bill_Clinton"], photos.known["Angelina_Jolie"]
    workplace.put("Ada", [*ada[:4], zoe[0], ada[0]])
    workplace.put("Zoe", [zoe[1]])

    report = workplace.run(limits=Limits(references=3))

    assert report is not None
    assert report.left_out["Ada/4.jpg"] == "shows somebody else than the other pictures"
    assert report.left_out["Ada/5.jpg"] == "is the same file as Ada/0.jpg"
    assert list(report.left_out.values()).count("would be more than 3 references") == 1
    assert workplace.faces.count("Ada") == 3


def test_only_todays_sources_are_named(workplace: Workplace, photos: Photos) -> None:
    several(workplace, photos, 1)
    workplace.run()
    workplace.people = workplace.people.rename(workplace.people.with_name("others"))

    # A picture is known by its content, wherever it lies.
    assert workplace.looked(workplace.run) == 0
    manifest = json.loads((workplace.output / "manifest.json").read_bytes())
    assert manifest["sources"] == ["folder:others"]
    assert manifest["source_stats"] == {"folder:others": {"performers": 1}}


def test_limits_count_people_and_pictures(workplace: Workplace, photos: Photos) -> None:
    names = several(workplace, photos, 4, 3)
    limits = Limits(people=2, pictures=1)

    assert workplace.looked(lambda: workplace.run(limits=limits)) == 2
    assert workplace.faces == names[:2]


def test_a_state_that_is_none_is_told(workplace: Workplace, photos: Photos) -> None:
    several(workplace, photos, 1)
    workplace.work.mkdir()
    (workplace.work / "state.sqlite").write_bytes(b"not a database " * 100)

    with pytest.raises(StoreError) as failure:
        workplace.run()

    assert failure.value.sentence.endswith(
        ": rename it and run the same command again, which begins anew."
    )


@pytest.mark.skipif(sys.platform != "linux", reason="a limit on file sizes stands for a full disk")
@pytest.mark.parametrize(
    ("moment", "room"),
    [
        # The state, twice; the indices; who is in them; the law.
        ("looking", 40_000),
        ("looking", 60_000),
        ("Indexing", 10_000),
        ("Indexing", 20),
        ("Calibrating", 20),
    ],
)
def test_a_full_disk_is_one_sentence_and_costs_nothing(
    dev_models: Path, photos: Photos, workplace: Workplace, moment: str, room: int
) -> None:
    several(workplace, photos, 8, 3)
    words = [
        *("build", "--source", f"folder:{workplace.people}", "--output", str(workplace.output)),
        *("--work", str(workplace.work), "--pack", "dev", "--device", "cpu"),
    ]
    script = (
        "import resource, sys\n"
        "from builder.cli import main\n"
        "from builder.progress import Progress\n"
        "told = {name: getattr(Progress, name) for name in ('stage', 'line')}\n"
        "def full(name, self, sentence, *given):\n"
        f"    if sentence.startswith({moment!r}):\n"
        f"        resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))\n"
        "    told[name](self, sentence, *given)\n"
        "Progress.line = lambda *given: full('line', *given)\n"
        "Progress.stage = lambda *given: full('stage', *given)\n"
        f"sys.exit(main({words!r}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, encoding="utf-8", capture_output=True,
        env={"STASH_FACE_MODELS": str(dev_models)}, check=False,
    )  # fmt: skip

    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "make room" in run.stderr or "that the disk is not full" in run.stderr
    assert not workplace.output.exists()
    workplace.run()
    assert workplace.database.keys


def test_a_face_has_one_vector_whoever_is_embedded_with_it(
    engine: CountingEngine, photos: Photos
) -> None:
    crops, detections = [], []
    for paths in list(photos.known.values())[: engine.batch + 1]:
        picture = decode(paths[0])
        found = main_face(picture, engine.detect(picture))
        crops.append(align(picture, found.landmarks))
        detections.append(found)

    alone = embed_alike(engine, crops[:1], detections[:1])[0]
    first = embed_alike(engine, crops[: engine.batch], detections[: engine.batch])[0]
    last = embed_alike(
        engine, [*crops[2:], crops[0]][-engine.batch :], [*detections[2:], detections[0]]
    )[-1]

    for key, embedding in alone.embeddings.items():
        assert np.array_equal(embedding.vector, first.embeddings[key].vector)
        assert np.array_equal(embedding.vector, last.embeddings[key].vector)
        assert embedding.norm == first.embeddings[key].norm == last.embeddings[key].norm


def test_positions_begin_anew_with_other_models(tmp_path: Path) -> None:
    first = [Reference("a", "p", 0), Reference("b", "q", 0), Reference("c", "r", 1)]
    with State(tmp_path / "state.sqlite") as state:
        builds.place(state, "one", first)
        kept = builds.place(state, "one", [*first[1:], Reference("d", "s", 0)])
        anew = builds.place(state, "two", first)

    assert kept == [*first[1:], Reference("d", "s", 0)]
    assert anew == first


def test_versions_of_one_day_differ_and_never_go_back(tmp_path: Path) -> None:
    with State(tmp_path / "state.sqlite") as state:
        told = []
        for _ in range(3):
            build = builds.begin_build(state, "same")
            builds.end_build(state, build, "content")
            told.append((build.created_at, build.version))
        # A clock that was a year ahead when the last build was made.
        state.run("UPDATE builds SET created_at = '2999-01-01T00:00:00+00:00' WHERE number = 3")
        late = builds.begin_build(state, "same")

    assert told == sorted(set(told))
    assert (late.created_at, late.version) == ("2999-01-01T00:00:00+00:00", "2999.01.01")


def test_the_smallest_rule_is_the_documented_one() -> None:
    assert (Rule(0.3).least_quality, Rule(0.3).least_height, Rule(0.3).most) == (0.15, 32.0, 8)


def test_the_databases_files_are_those_of_the_format(workplace: Workplace, photos: Photos) -> None:
    several(workplace, photos, 1)
    workplace.run()

    assert sorted(content(workplace.output)) == [
        *("face_arcface_mbf.voy", "face_edgeface_xs.voy", "faces.json", "manifest.json"),
        *("performers.json", "report.json"),
    ]
