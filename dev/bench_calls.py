"""Single calls: an image never seen, what is stored already, and `health quick`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from dev.bench_process import Figure, Run, alternate, fastest, run
from dev.bench_stash import BUDGET, Plugin

HEAVY = frozenset({"numpy", "cv2", "onnxruntime", "voyager", "insightface", "PIL"})


def cold(plugin: Plugin, rounds: int) -> list[Figure]:
    """Product: `identify_image` on an image never seen with one face, dev pack, from process
    start to its end. Floor: a process that imports numpy, cv2, onnxruntime and voyager, makes
    the three sessions, loads the two indices, reads the same photo, runs the detector once and
    each embedder once on the face and its mirror. Value: difference of the fastest of each."""
    photo = plugin.photos.strangers[0]
    detector, embedders = plugin.weights()
    script = [sys.executable, "dev/bench_floor.py", "start", str(photo)]

    def floor() -> Run:
        return run([*script, detector, embedders, plugin.indices()])

    def product() -> Run:
        return plugin.ask("identify_image", image_id=plugin.new_image(photo))

    product(), floor()
    floors, products = alternate(rounds, floor, product)
    extra = fastest(products) - fastest(floors)
    detail = f"{fastest(products):.2f} s beside {fastest(floors):.2f} s"
    return [Figure("cold identify_image over the bare loop", extra, "s", 0.5, detail)]


def stored(plugin: Plugin, gallery_id: str, rounds: int) -> list[Figure]:
    """Product: the same image and the same gallery again, fastest of some calls. Floor: Python
    starting to do nothing, in turn with them; the limit holds for the whole, so it is not
    taken off. Also, which of the heavy packages those calls import: none may be."""
    image_id = plugin.new_image(plugin.photos.strangers[0])
    figures = []
    heavy: set[str] = set()
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("identify_image", {"image_id": image_id}),
        ("identify_gallery", {"gallery_id": gallery_id, "budget_s": BUDGET}),
    )
    for mode, args in calls:
        plugin.ask(mode, **args)
        name = f"stored {mode.removeprefix('identify_')} again"
        figures.append(_start(name, rounds, partial(plugin.ask, mode, **args), 0.5))
        heavy |= HEAVY & {each.partition(".")[0] for each in plugin.modules(mode, **args)}
    name = "stored image or gallery: heavy packages imported"
    return [*figures, Figure(name, len(heavy), "", 0, ", ".join(sorted(heavy)))]


def health(plugin: Plugin, rounds: int) -> list[Figure]:
    """Product: `health quick`, the fastest of some calls. Floor: Python starting to do nothing,
    in turn with it; the limit holds for the whole. Also, how many packages it imports that
    are neither the standard library's, the plugin's, nor there in a bare Python."""
    quick = _start("health quick", rounds, lambda: plugin.ask("health", quick=True), 0.1)
    bare = run([sys.executable, "-c", "import sys; print(*sys.modules)"]).stdout.decode().split()
    known = sys.stdlib_module_names | {"stash_face", "__main__", "sitecustomize", *bare}
    top = {name.partition(".")[0] for name in plugin.modules("health", quick=True)}
    foreign = sorted(top - known)
    name = "health quick: packages beyond the standard library"
    return [quick, Figure(name, len(foreign), "", 0, ", ".join(foreign))]


def _start(name: str, rounds: int, product: Callable[[], Run], limit: float) -> Figure:
    floors, products = alternate(rounds, lambda: run([sys.executable, "-c", "pass"]), product)
    detail = f"of which {fastest(floors):.3f} s for Python to start"
    return Figure(name, fastest(products), "s", limit, detail)
