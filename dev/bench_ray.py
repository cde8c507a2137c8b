"""The builder on a Ray cluster of this machine beside its local engine."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from dev.bench_build import build_of, people, shared_photos
from dev.bench_process import CannotMeasureError, Figure, setting

WORKERS = 2


def over_ray(rounds: int) -> Iterator[Figure]:
    """Product: `builder build --engine ray` with two workers. Floor: the same with the local
    engine. Processes in turn, fastest by fastest; whole, and without what a tenth of the pictures
    takes, which leaves out the starts."""
    if importlib.util.find_spec("ray") is None:
        raise CannotMeasureError("Ray is not installed here: `pip install ray`.")
    with tempfile.TemporaryDirectory(prefix="stash_face_bench_") as work:
        all_of_them = shared_photos(setting("BENCH_PICTURES", 1000))
        few = all_of_them[:: 10 if len(all_of_them) > 100 else 2]
        people(few, Path(work) / "few")
        people(all_of_them, Path(work) / "people")
        both = [
            (_pair(Path(work), f"{n}-local"), _pair(Path(work), f"{n}-ray", "--engine", "ray"))
            for n in range(min(rounds, 3))
        ]
    local, there = (_fastest(pairs) for pairs in zip(*both, strict=True))
    name = f"ray, {WORKERS} workers, build of {len(all_of_them)}: throughput by the local engine's"
    yield _figure(name, len(all_of_them), local[1], there[1])
    more = len(all_of_them) - len(few)
    yield _figure(f"{name}, once started", more, local[1] - local[0], there[1] - there[0])


def _pair(work: Path, output: str, *words: str) -> tuple[float, float]:
    """Seconds of the few and of all."""
    words = (*words, "--workers", str(WORKERS))
    few, whole = (
        build_of(work / name, work / f"{name}-{output}", *words) for name in ("few", "people")
    )
    return few.seconds, whole.seconds


def _fastest(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    few, whole = zip(*pairs, strict=True)
    return min(few), min(whole)


def _figure(name: str, pictures: int, local: float, there: float) -> Figure:
    detail = f"{pictures / there:.1f} pictures/s beside {pictures / local:.1f}"
    return Figure(name, local / there, "", 0.85, detail, True)
