"""How each process gets into the Python that has the packages, as Stash starts it."""

from __future__ import annotations

import base64
import os
import shutil
import sys
from pathlib import Path

import pytest

from stash_face.commands import MODES
from stash_face.environment.entrance import BARE_MODES, HOOK_MODES, SET_UP
from stash_face.environment.record import Record, write_record
from tests.process.plugin import Plugin

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows stays in the process it started")

FIRST = (
    "Run Set up first: the Python packages of stash_face are not installed yet (in Stash: "
    "Settings > Tasks > Plugin Tasks > Set up)."
)
WITH_PACKAGES = sorted(set(MODES) - {*BARE_MODES, *HOOK_MODES, SET_UP})


def test_before_set_up_every_mode_says_so(bare: Plugin) -> None:
    answers = {mode: bare.ask(mode, image_id="1", gallery_id="1") for mode in WITH_PACKAGES}

    assert {answer.error for answer in answers.values()} == {FIRST}
    assert {answer.code for answer in answers.values()} == {"setup_needed"}


def test_before_set_up_a_look_at_the_health_says_so_too(bare: Plugin) -> None:
    report = bare.get("health")

    assert FIRST in report["problems"]
    assert "numpy" in report["packages_missing"]


def test_a_process_becomes_the_python_that_set_up_made(bare: Plugin, environment: Record) -> None:
    running = bare.start("health")
    answer = running.answer()

    assert answer.output["interpreter"] == str(environment.interpreter)
    assert answer.output["packages_missing"] == []
    assert answer.output["stash"] == "v0.30.1"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells of processes")
def test_the_process_that_stash_started_and_kills_is_all_there_is(
    bare: Plugin, environment: Record
) -> None:
    image = bare.folder / "picture.jpg"
    image.write_bytes(b"\xff\xd8\xff none")
    image_id = bare.stash.add_image(image)
    bare.stash.faults["graphql"] = "hold"
    running = bare.start("identify_image", image_id=image_id)
    while not bare.stash.requests:
        assert not running.process.finished.is_set()

    pid = running.process.pid
    command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    running.kill()
    bare.stash.held.release()

    assert command[0] == str(environment.interpreter)
    assert children == ""
    assert not Path(f"/proc/{pid}").exists()


def test_a_request_larger_than_a_pipe_arrives_whole(bare: Plugin, environment: Record) -> None:
    picture = base64.b64encode(b"no picture " * 200_000).decode()

    # The last argument is read, too.
    assert bare.refuse("health", filler=picture, quick="maybe").startswith("The argument quick ")


def test_a_plugin_with_the_name_of_a_package_is_not_taken_for_it(
    bare: Plugin, environment: Record
) -> None:
    beside = bare.folder.parent / "numpy"
    beside.mkdir()
    (beside / "__init__.py").write_text("raise SystemExit('the wrong numpy')")
    (bare.folder.parent / "requests").mkdir()

    report = bare.get("health")
    assert report["stash"] == "v0.30.1"
    assert report["packages"]["numpy"]


def test_a_python_of_the_user_that_has_the_packages_is_kept(
    bare_plugin: Plugin, environment: Record
) -> None:
    assert bare_plugin.stash.python == sys.executable

    assert bare_plugin.get("health", quick=True)["interpreter"] == sys.executable


def test_packages_that_were_deleted_are_told_with_the_way_to_mend_it(
    bare: Plugin, environment: Record
) -> None:
    (environment.packages / "tests.pth").unlink()

    assert bare.refuse("unknown_people", action="refresh") == (
        "Run Set up first: the Python package numpy is missing (in Stash: Settings > Tasks > "
        "Plugin Tasks > Set up)."
    )


@pytest.mark.parametrize("gone", ["interpreter", "all"])
def test_an_environment_that_is_gone_counts_as_none(
    bare: Plugin, environment: Record, gone: str
) -> None:
    if gone == "all":
        shutil.rmtree(environment.folder)
    else:
        environment.interpreter.unlink()

    assert bare.refuse("progress", kind="image", id="1") == FIRST


def test_an_interpreter_that_cannot_be_started_is_told(bare: Plugin, environment: Record) -> None:
    environment.interpreter.unlink()
    environment.interpreter.write_text("no program")
    environment.interpreter.chmod(0o755)

    sentence = bare.refuse("progress", kind="image", id="1")
    assert sentence.startswith(f"Run Set up first: the Python in {environment.folder} cannot be ")


def test_a_volume_mounted_elsewhere_is_found_by_its_variable(
    bare: Plugin, environment: Record
) -> None:
    elsewhere = bare.stash.root / "elsewhere"
    environment.folder.rename(elsewhere)
    bare.stash.environment["STASH_FACE_ENVIRONMENT"] = str(elsewhere)

    report = bare.get("health", quick=True)
    assert report["interpreter"] == str(elsewhere / environment.python)


def test_a_hook_stays_in_the_python_that_stash_found(bare: Plugin, environment: Record) -> None:
    environment.interpreter.unlink()
    write_record(environment)

    answer = bare.ask("item_changed", hookContext={"id": 1, "type": "Image.Create.Post"})
    assert answer.code != "setup_needed"
