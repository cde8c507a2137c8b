"""The task that scans a library beside a bare loop, its memory, and hooks beside each other."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from dev.bench_process import (
    CannotMeasureError,
    Figure,
    Run,
    alternate,
    fastest,
    run,
    run_python,
    setting,
)
from dev.bench_stash import ENROLLED, Plugin, copy_photos, enrolled, gallery_photos
from stash_face.store.connection import FILE_NAME, Store
from stash_face.store.scenes import FRAME, looked_times
from tests.fakes.stash_jobs import Job
from tests.videos import sprite, still, write_video

# Pictures to a scene in the library that is scanned.
PICTURES_TO_A_SCENE = 25
_MB = 1e6
_TASK = "Running plugin task: Look at new items"
_SIDE_BY_SIDE = 16
# Among small images one in so many is a photo.
_PHOTO = 10
# Copies with these numbers are no others' images.
_FIRST = 1_000_000


def batch(plugin: Plugin, rounds: int) -> list[Figure]:
    """Product: `scan_library` with nothing stored, on 2.5 times BENCH_PHOTOS images in no gallery
    and a scene with a sprite for each 25 of them. Floor: one process that decodes the same
    pictures, sprites and frames, finds the faces on the same canvases and embeds them. Both are
    whole processes, in turn, twice at most; floor's fastest time by the product's."""
    photos, sheets = plugin.work / "batch", plugin.work / "sheets"
    with _only(plugin):
        _add_images(plugin, photos)
        scenes = _add_scenes(plugin, sheets, len(list(photos.iterdir())) // PICTURES_TO_A_SCENE)
        _scan(plugin)
        floor = [str(photos), str(sheets), json.dumps(_frames(plugin)), *plugin.weights()]
        floors, products = alternate(
            min(rounds, 2),
            lambda: run_python("-m", "dev.bench_batch_floor", *floor),
            lambda: _scan(plugin),
        )
    done, found = products[0].json()["output"], floors[0].json()["faces"]
    share = fastest(floors) / fastest(products)
    detail = (
        f"{done['images']} images and {done['scenes']} scenes in {fastest(products):.1f} s beside "
        f"{fastest(floors):.1f} s, CPU {_cpu(products):.1f} s beside {_cpu(floors):.1f} s; "
        f"{done['faces']} faces beside {found}"
    )
    if done["scenes"] != scenes or found > done["faces"]:
        raise CannotMeasureError(f"Both must see the same, but this is what they did: {detail}.")
    return [Figure("scan of a library: throughput by the bare loop's", share, "", 0.85, detail,
                   True)]  # fmt: skip


def _cpu(runs: Sequence[Run]) -> float:
    return min(run.cpu for run in runs)


def long_batch(plugin: Plugin) -> list[Figure]:
    """Product: peak memory of `scan_library` on ten times BENCH_ITEMS small images beside that on
    BENCH_ITEMS; one in ten is a photo with faces. BENCH_LONG=0 leaves it out."""
    if os.environ.get("BENCH_LONG") == "0":
        return []
    items, runs, photos = setting("BENCH_ITEMS", 1000), [], gallery_photos(plugin.photos)
    with _only(plugin):
        for number in range(1, 10 * items + 1):
            path = plugin.work / "small" / f"{number}.jpg"
            photo = photos[number % len(photos)] if number % _PHOTO == 0 else None
            plugin.stash.add_image(_small(path, number, photo))
            if number in (items, 10 * items):
                runs.append(_scan(plugin))
    few, many = runs
    if not few.peak or not many.peak:
        raise CannotMeasureError("This system does not tell how much memory a process had.")
    detail = f"{many.peak / _MB:.0f} MB beside {few.peak / _MB:.0f} MB"
    name = f"peak memory from {items} to {10 * items} items"
    return [Figure(name, (many.peak - few.peak) / _MB, "MB", 20, detail)]


def hooks(plugin: Plugin, rounds: int) -> list[Figure]:
    """Product: the hook `item_changed`, alone, fastest of some; and BENCH_HOOKS of them, 16 side
    by side, while Stash scans. No floor: the limit holds for the whole."""
    count = setting("BENCH_HOOKS", 1000)
    with Store(plugin.data / FILE_NAME), _scanning(plugin):
        alone = fastest([_hook(plugin, number) for number in range(1, 3 * rounds + 1)])
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            list(pool.map(lambda number: _hook(plugin, number), range(1, count + 1)))
        tasks = [job for job in plugin.stash.jobs.queue() if job.description == _TASK]
        foreign = _foreign(plugin)
    with Store(plugin.data / FILE_NAME) as store:
        waiting = store.rows("SELECT count(*) FROM queue")[0][0]
    return [
        Figure("hook: whole process", alone, "s", 0.1),
        Figure("hook: packages beyond the standard library", len(foreign), "", 0,
               ", ".join(sorted(foreign))),
        Figure(f"{count} hooks side by side: items lost", max(count, 3 * rounds) - waiting, "", 0),
        Figure(f"{count} hooks side by side: tasks asked for", len(tasks), "", 1),
    ]  # fmt: skip


def _scan(plugin: Plugin) -> Run:
    plugin.forget()
    return plugin.ask("scan_library")


def _add_images(plugin: Plugin, folder: Path) -> None:
    photos = gallery_photos(plugin.photos)
    count = max(len(photos) * 5 // 2, PICTURES_TO_A_SCENE)
    copy_photos([photos[n % len(photos)] for n in range(count)], folder, first=_FIRST)
    for path in folder.iterdir():
        plugin.stash.add_image(path)


def _frames(plugin: Plugin) -> dict[str, list[float]]:
    """The seconds of each video that were looked at, of those whose sprite did not decide all."""
    with Store(plugin.data / FILE_NAME) as store:
        looked = {
            scene.path: looked_times(store, id, FRAME)
            for id, scene in plugin.stash.library.scenes.items()
        }
    return {str(path): times for path, times in looked.items() if times}


def _add_scenes(plugin: Plugin, folder: Path, count: int) -> int:
    """Scenes whose sprites show somebody whom the database knows."""
    folder.mkdir()
    names = enrolled(plugin.photos)
    for number in range(count):
        known = plugin.photos.known[names[number % len(names)]][ENROLLED:]
        shots = [still(path) for path in known[:2]]
        video = write_video(plugin.work / f"{number}.mp4", shots, 2.0 + number / 5)
        seconds = 2.0 + number / 5
        sheet, vtt = sprite(shots, seconds)
        scene = plugin.stash.add_scene(video, duration=2 * seconds, size=(320, 180))
        plugin.stash.add_sprite(scene, sheet, vtt)
        (folder / f"{number}.jpg").write_bytes(sheet)
    return count


@contextmanager
def _only(plugin: Plugin) -> Iterator[None]:
    """A library with nothing in it, and afterwards that from before."""
    library = plugin.stash.library
    kinds = ("images", "galleries", "scenes")
    kept = {kind: dict(getattr(library, kind)) for kind in kinds}
    for kind in kinds:
        getattr(library, kind).clear()
    try:
        yield
    finally:
        for kind in kinds:
            getattr(library, kind).clear()
            getattr(library, kind).update(kept[kind])
        plugin.forget()


@contextmanager
def _scanning(plugin: Plugin) -> Iterator[None]:
    over = threading.Event()

    def scan(_job: Job) -> None:
        over.wait()

    job = plugin.stash.jobs.add("Scanning...", scan)
    try:
        yield
    finally:
        for each in plugin.stash.jobs.queue():
            if each.id != job:
                plugin.stash.jobs.cancel(each.id)
        over.set()


def _hook(plugin: Plugin, number: int) -> Run:
    context = {"id": number, "type": "Image.Create.Post"}
    return plugin.ask("item_changed", hookContext=context)


def _foreign(plugin: Plugin) -> set[str]:
    """The packages a hook imports that are neither the standard library's nor the plugin's."""
    bare = run([sys.executable, "-c", "import sys; print(*sys.modules)"]).stdout.decode().split()
    known = sys.stdlib_module_names | {"stash_face", "__main__", "sitecustomize", *bare}
    context = {"id": 1, "type": "Image.Create.Post"}
    used = plugin.modules("item_changed", hookContext=context)
    return {name.partition(".")[0] for name in used} - known


def _small(path: Path, number: int, photo: Path | None) -> Path:
    """A small copy of the photo or a picture of colours; no other number has the same bytes."""
    path.parent.mkdir(exist_ok=True)
    if photo:
        with Image.open(photo) as image:
            image.thumbnail((128, 128))
            image.convert("RGB").save(path)
        path.write_bytes(path.read_bytes() + number.to_bytes(4, "big"))
    else:
        pixels = np.random.default_rng(number).integers(0, 255, (6, 6, 3), np.uint8)
        Image.fromarray(pixels).resize((64, 64)).save(path)
    return path
