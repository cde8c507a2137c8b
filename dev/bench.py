"""`python -m dev.bench [NAME ...]`: the figures that stash_face is held to, measured here.

Prints them as a table and writes build/bench.json, a list of {name, value, unit, limit, ok}.
NAMES choose among set_up, cold, stored, gallery, rematch, scene, batch, hook, health, review, page,
unknown, build, ray, download, writing and index.
Settings of the environment: BENCH_FACES (100000), BENCH_PHOTOS (200), BENCH_FRAMES (40),
BENCH_ITEMS (1000), BENCH_HOOKS (1000), BENCH_SUGGESTIONS (100000), BENCH_UNKNOWN (100000),
BENCH_PICTURES (4000, over Ray 1000), BENCH_MANY (20000 small pictures; 0 leaves them out),
BENCH_LONG (1; 0 leaves out what is ten times as long), BENCH_ROUNDS (5), BENCH_OUTPUT
(build/bench.json).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import builder  # noqa: F401  (puts the plugin's package on the path)
from dev.bench_process import ROOT, CannotMeasureError, Figure, setting

NAMES = (
    "health",
    "set_up",
    "cold",
    "stored",
    "gallery",
    "rematch",
    "scene",
    "batch",
    "hook",
    "review",
    "page",
    "unknown",
    "build",
    "ray",
    "download",
    "writing",
    "index",
)


def main(names: list[str]) -> int:
    """0 when everything was measured, whatever came out; 1 with a sentence when something could
    not be; 2 for an unknown name."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"There is no figure {unknown[0]!r}: choose among {', '.join(NAMES)}.")
        return 2
    figures: list[Figure] = []
    try:
        for figure in _measured(names or list(NAMES), setting("BENCH_ROUNDS", 5)):
            print(line(figure), flush=True)
            figures.append(figure)
    except CannotMeasureError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        output = Path(os.environ.get("BENCH_OUTPUT") or ROOT / "build" / "bench.json")
        output.parent.mkdir(parents=True, exist_ok=True)
        rows = [figure.row() for figure in figures]
        output.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    missed = sum(not figure.ok for figure in figures)
    print(f"{len(figures)} figures, {missed or 'none'} missed; written to {output}.")
    return 0


def line(figure: Figure) -> str:
    """One row of the table."""
    value = f"{figure.value:.3f} {figure.unit}".strip()
    sign = ">=" if figure.at_least else "<="
    limit = f"{sign} {figure.limit:g} {figure.unit}".strip()
    verdict = "ok    " if figure.ok else "MISSED"
    return f"{verdict}  {figure.name:60} {value:>14}  {limit:12}  {figure.detail}".rstrip()


def _measured(names: list[str], rounds: int) -> Iterator[Figure]:
    if {*names} - {"index", "review", "page", "unknown", "build", "ray", "download", "writing"}:
        with tempfile.TemporaryDirectory(prefix="stash_face_bench_") as work:
            yield from _with_plugin(names, rounds, Path(work))
    if "review" in names:
        from dev.bench_review import review

        yield from review(rounds)
    if "page" in names:
        from dev.bench_page import page

        yield from page(rounds)
    if "unknown" in names:
        from dev.bench_unknown import unknown

        yield from unknown()
    if {*names} & {"build", "download"}:
        from dev.bench_build import build, download
        from dev.bench_small import many

        yield from download() if "download" in names else ()
        yield from build() if "build" in names else ()
        yield from many() if "build" in names else ()
    if "ray" in names:
        from dev.bench_ray import over_ray

        yield from over_ray(rounds)
    if "writing" in names:
        from dev.bench_writing import writing

        yield from writing(rounds)
    if "index" in names:
        from dev.bench_index import index

        yield from index(rounds)


def _with_plugin(names: list[str], rounds: int, work: Path) -> Iterator[Figure]:
    from dev.bench_batch import batch, hooks, long_batch
    from dev.bench_calls import cold, health, stored
    from dev.bench_gallery import gallery, long_gallery, new_gallery, rematch
    from dev.bench_scene_calls import scenes
    from dev.bench_set_up import set_up
    from dev.bench_sprite import by_sprite
    from dev.bench_stash import plugin

    with plugin(work) as measured:
        few = min(rounds, 3)
        gallery_id, folder = new_gallery(measured)
        if "health" in names:
            yield from health(measured, rounds)
        if "set_up" in names:
            yield from set_up(measured, rounds)
        if "cold" in names:
            yield from cold(measured, rounds)
        if "stored" in names:
            yield from stored(measured, gallery_id, rounds)
        if "gallery" in names:
            yield from gallery(measured, gallery_id, folder, few)
            yield from long_gallery(measured, (gallery_id, folder))
        if "rematch" in names:
            yield from rematch(measured, gallery_id, rounds)
        if "scene" in names:
            yield from scenes(measured, rounds)
            yield from by_sprite(measured, rounds)
        if "batch" in names:
            yield from batch(measured, few)
            yield from long_batch(measured)
        if "hook" in names:
            yield from hooks(measured, rounds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
