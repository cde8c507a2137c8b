"""The task Set up as Stash runs it: weights from their addresses, a stop, a second time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.file_server import FileServer, Served, file_server
from tests.photos import Photos
from tests.process.plugin import Plugin

DEV = ("det_2.5g", "w600k_mbf_dev", "edgeface_xs")


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server() as running:
        yield running


@pytest.fixture
def fetching(
    bare_plugin: Plugin, dev_models: Path, face_database: Path, server: FileServer
) -> Plugin:
    """The plugin with a face database, whose weights lie on a server."""
    shutil.copytree(face_database, bare_plugin.data / "facedb" / "v1")
    registry = bare_plugin.folder / "py" / "stash_face" / "faces" / "packs.json"
    told = json.loads(registry.read_text())
    for key in DEV:
        name = told["files"][key]["name"]
        content = (dev_models / name).read_bytes()
        told["files"][key]["url"] = server.put(f"/{name}", content)
    registry.write_text(json.dumps(told))
    return bare_plugin


def test_set_up_brings_the_weights_and_tells_their_size_first(
    fetching: Plugin, photos: Photos, server: FileServer
) -> None:
    image_id = fetching.stash.add_image(photos.known["Bill_Clinton"][3])
    assert fetching.refuse("identify_image", image_id=image_id).startswith(
        "Run Set up first: model weights are missing: det_2.5g.onnx (3.3 MB, from http://127."
    )

    fetching.stash.run_task("stash_face", "Set up", {})

    told = [text for _, text in fetching.stash.log]
    assert any(text.startswith("Downloading 26.1 MB of model weights") for text in told)
    assert fetching.stash.progress[-1] == 1.0
    (face,) = fetching.get("identify_image", image_id=image_id)["faces"]
    assert face["matches"][0]["name"] == "Bill Clinton"
    asked = len(server.seen)
    fetching.stash.run_task("stash_face", "Set up", {})
    assert len(server.seen) == asked


def test_set_up_that_was_killed_goes_on_where_it_was(fetching: Plugin, server: FileServer) -> None:
    path = "/edgeface_xs.onnx"
    served: Served = server.files[path]
    served.hangs = len(served.content) // 2
    running = fetching.start("set_up")
    part = fetching.data / "models" / "edgeface_xs.onnx.part"
    while not part.is_file() or part.stat().st_size < served.hangs // 2:
        assert not running.process.finished.is_set()
    running.kill()
    served.hangs = None

    assert fetching.get("set_up")["weights"]["missing"] == []
    again = [asked for asked in server.seen if asked[0] == path][-1]
    assert again[2] == 206
    # The others are not fetched a second time.
    assert [asked[0] for asked in server.seen].count("/det_2.5g.onnx") == 1
