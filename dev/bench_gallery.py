"""A gallery through the plugin process beside a bare loop over the same files."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from dev.bench_process import CannotMeasureError, Figure, Run, alternate, fastest, run
from dev.bench_stash import BUDGET, Plugin, copy_photos, gallery_photos

# The long gallery is this many times the short one.
TIMES = 10
_MB = 1e6


def new_gallery(plugin: Plugin, times: int = 1) -> tuple[str, Path]:
    """A folder gallery of every photo `times` times; its id and folder."""
    folder = plugin.work / f"gallery{times}"
    if not folder.exists():
        copy_photos(gallery_photos(plugin.photos) * times, folder)
    return plugin.stash.add_folder_gallery(folder), folder


def gallery(plugin: Plugin, gallery_id: str, folder: Path, rounds: int) -> list[Figure]:
    """Product: `identify_gallery` in one call, nothing stored. Floor: one process that decodes
    the same files with Pillow, finds the faces on the same canvas and embeds them with mirrors
    in batches of four. Both are whole processes, imports and loading included, in turn.
    Throughput: floor's fastest time by the product's. Memory: difference of the lower peaks."""
    command = [sys.executable, "dev/bench_floor.py", "gallery", str(folder), *plugin.weights()]
    floors, products = alternate(rounds, lambda: run(command), lambda: _first(plugin, gallery_id))
    _same_faces(floors[0].json()["faces"], _output(products[0])["faces_detected"])
    photos = len(list(folder.iterdir()))
    share = fastest(floors) / fastest(products)
    speed = (
        f"{photos / fastest(products):.1f} photos/s beside {photos / fastest(floors):.1f}, "
        f"CPU {_cpu(products):.1f} s beside {_cpu(floors):.1f} s"
    )
    return [
        Figure(f"gallery of {photos}: throughput by the bare loop's", share, "", 0.85, speed, True),
        _memory(f"gallery of {photos}: peak memory over the bare loop", products, floors, 150),
    ]


def long_gallery(plugin: Plugin, short: tuple[str, Path]) -> list[Figure]:
    """Product: the memory of `identify_gallery` on ten times as many images. Floor: the product
    itself on the short gallery. BENCH_LONG=0 leaves it out."""
    if os.environ.get("BENCH_LONG") == "0":
        return []
    gallery_id, folder = new_gallery(plugin, TIMES)
    few = _first(plugin, short[0])
    many = _first(plugin, gallery_id)
    counts = [_output(each)["total_images"] for each in (few, many)]
    shutil.rmtree(folder)
    return [_memory(f"peak memory from {counts[0]} to {counts[1]} photos", [many], [few], 20)]


def rematch(plugin: Plugin, gallery_id: str, rounds: int) -> list[Figure]:
    """Floor: `identify_gallery` with nothing stored. Product: the same call after another
    version of the face database came, in turn with it. Value: floor's fastest time by the
    product's fastest."""

    def again() -> Run:
        plugin.renew_database()
        return plugin.ask("identify_gallery", gallery_id=gallery_id, budget_s=BUDGET)

    floors, products = alternate(rounds, lambda: _first(plugin, gallery_id), again)
    detail = f"{fastest(products):.2f} s after {fastest(floors):.2f} s"
    times = fastest(floors) / fastest(products)
    return [Figure("gallery re-match from the store", times, "times", 20, detail, True)]


def _first(plugin: Plugin, gallery_id: str) -> Run:
    plugin.forget()
    done = plugin.ask("identify_gallery", gallery_id=gallery_id, budget_s=BUDGET)
    if not _output(done)["done"]:
        raise CannotMeasureError("The plugin did not finish the gallery in one call.")
    return done


def _output(done: Run) -> dict[str, int]:
    output: dict[str, int] = done.json()["output"]
    return output


def _same_faces(floor: int, product: int) -> None:
    if floor != product:
        raise CannotMeasureError(
            f"The bare loop found {floor} faces and the plugin {product}: they cannot be compared."
        )


def _cpu(runs: list[Run]) -> float:
    return min(each.cpu for each in runs)


def _memory(name: str, products: list[Run], floors: list[Run], limit: float) -> Figure:
    most, least = (min(each.peak for each in runs) for runs in (products, floors))
    if not most or not least:
        raise CannotMeasureError("This system does not tell how much memory a process had.")
    detail = f"{most / _MB:.0f} MB beside {least / _MB:.0f} MB"
    return Figure(name, (most - least) / _MB, "MB", limit, detail)
