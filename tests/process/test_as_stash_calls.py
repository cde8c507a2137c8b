from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from tests.photos import Photos
from tests.process.plugin import Plugin

OPERATION = 'mutation($args: Map) { runPluginOperation(plugin_id: "stash_face", args: $args) }'


def mutation(**args: Any) -> bytes:
    return json.dumps({"query": OPERATION, "variables": {"args": args}}).encode()


def through_graphql(plugin: Plugin, **args: Any) -> Any:
    with urllib.request.urlopen(f"{plugin.stash.url}/graphql", mutation(**args)) as answer:
        return json.load(answer)


def test_the_browser_reads_outputs_as_data_and_sentences_as_errors(
    plugin: Plugin, mixed: list[str]
) -> None:
    good = through_graphql(plugin, mode="identify_image", image_id=mixed[0])
    faces = good["data"]["runPluginOperation"]["faces"]
    assert faces[0]["matches"][0]["name"] == "Bill Clinton"

    bad = through_graphql(plugin, mode="identify_image", image_id="0")
    assert bad["errors"][0]["message"].startswith("The argument image_id must be the number")


def test_a_closed_tab_ends_the_call_and_the_next_one_goes_on(
    plugin: Plugin, photos: Photos, mixed: list[str]
) -> None:
    more = [plugin.stash.add_image(path) for path in photos.strangers[5:13]]
    gallery_id = plugin.stash.add_gallery(mixed + more)
    tab = http.client.HTTPConnection("127.0.0.1", plugin.stash.port)
    tab.request("POST", "/graphql", mutation(mode="identify_gallery", gallery_id=gallery_id))
    while not plugin.get("progress", kind="gallery", id=gallery_id)["done"]:
        pass
    tab.close()
    while plugin.stash.running:
        time.sleep(0.01)

    kept = plugin.rows("SELECT id FROM faces")
    assert plugin.finish_gallery(gallery_id)["images_processed"] == 15
    assert set(kept) <= set(plugin.rows("SELECT id FROM faces"))


def test_a_task_shows_its_progress_and_leaves_its_answer_in_the_store(
    plugin: Plugin, mixed: list[str]
) -> None:
    gallery_id = plugin.stash.add_gallery(mixed)
    # A task's arguments may all be text.
    args = {"mode": "identify_gallery", "gallery_id": gallery_id, "budget_s": "600"}

    job = plugin.stash.run_task("stash_face", None, args)

    assert job.status == "FINISHED"
    progress = plugin.stash.progress
    assert progress == sorted(progress)
    assert progress[-1] == 1.0
    stored = plugin.get("results", kind="gallery", id=gallery_id)["answer"]
    assert [each["name"] for each in stored["performers"]] == ["Bill Clinton", "Colin Powell"]


def test_a_clip_that_stash_lists_as_an_image_is_read_by_its_first_frame(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    with Image.open(photos.known["Bill_Clinton"][3]) as photo:
        frame = av.VideoFrame.from_ndarray(np.asarray(photo.convert("RGB")), format="rgb24")
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p"
        stream.bit_rate = 4_000_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    image_id = plugin.stash.add_image(path)

    (face,) = plugin.get("identify_image", image_id=image_id)["faces"]
    assert face["matches"][0]["name"] == "Bill Clinton"


def test_many_calls_at_once_on_an_empty_store_all_answer(plugin: Plugin, mixed: list[str]) -> None:
    names: dict[str, str] = {}

    def identify(image_id: str) -> None:
        faces = plugin.get("identify_image", image_id=image_id)["faces"]
        names[image_id] = faces[0]["matches"][0]["name"]

    threads = [threading.Thread(target=identify, args=(image_id,)) for image_id in mixed[:5]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names.values()) == ["Bill Clinton"] * 3 + ["Colin Powell"] * 2
