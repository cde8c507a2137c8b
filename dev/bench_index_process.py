"""`python -m dev.bench_index_process open|search|scan|calibrate DATABASE [FACES PROBES]`: what
dev.bench_index measures, one process each; prints one JSON object. Imports are not in the times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dev.bench_faces import MadeUpFaces, number
from stash_face.facedb.calibration import calibrate
from stash_face.facedb.manifest import FACES, read_manifest
from stash_face.facedb.reader import FaceDatabase
from stash_face.faces.packs import load_pack

Floats = NDArray[np.float32]
TOP = 10
# Probes multiplied at once by the scan: 40 MB of scores at 100,000 faces.
_BLOCK = 100
_REPEATS = 3


def main(words: list[str]) -> None:
    what, folder, *numbers = words
    if what == "open":
        answer: dict[str, Any] = opened(Path(folder))
    elif what == "calibrate":
        answer = calibrated(Path(folder))
    else:
        answer = (search if what == "search" else scan)(Path(folder), *map(int, numbers))
    print(json.dumps(answer))


def opened(folder: Path) -> dict[str, float]:
    """Seconds to open the database, bytes the process grew by, and the bytes of its files."""
    files = sum(path.stat().st_size for path in folder.iterdir())
    before = resident()
    start = time.perf_counter()
    database = FaceDatabase.open(folder)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds, "bytes": resident() - before, "files": files,
        "people": len(database.keys),
    }  # fmt: skip


def calibrated(folder: Path) -> dict[str, float]:
    """Seconds to measure the law anew, as where the database brings none."""
    database = FaceDatabase.open(folder)
    start = time.perf_counter()
    calibrate(database, load_pack("dev"))
    return {"seconds": time.perf_counter() - start}


def search(folder: Path, faces: int, count: int) -> dict[str, float]:
    """Seconds for all probes in one call of the product's search."""
    database = FaceDatabase.open(folder)
    columns = MadeUpFaces(faces).probes(count)
    probes = [{name: each[row] for name, each in columns.items()} for row in range(count)]
    return {"seconds": _best(lambda: database.search(probes, TOP))}


def scan(folder: Path, faces: int, count: int) -> dict[str, float]:
    """Seconds for the same with numpy alone."""
    owners, references = _stored(folder)
    probes = MadeUpFaces(faces).probes(count)
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    return {"seconds": _best(lambda: _scan(references, probes, starts))}


def resident() -> int:
    """Bytes of this process in memory, from Linux itself or else from ps; Windows has neither."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmRSS:")[2].split()[0]) * 1024
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True)
    return int(said.stdout) * 1024


def _stored(folder: Path) -> tuple[NDArray[np.int64], dict[str, Floats]]:
    """Whose each face is, in ascending order, and the faces as Voyager gives them back."""
    import voyager

    owners = np.array([number(key) for key in json.loads((folder / FACES).read_text())])
    order = np.argsort(owners, kind="stable")
    references = {}
    for entry in read_manifest(folder).indices:
        index = voyager.Index.load(str(folder / entry.file))
        vectors = np.asarray(index.get_vectors(order.tolist()), np.float32)
        references[entry.embedder] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return owners[order], references


def _scan(
    references: dict[str, Floats], probes: dict[str, Floats], starts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The people with the best references, (B, TOP)."""

    def scores(block: slice) -> Floats:
        best = [
            np.maximum.reduceat(probes[name][block] @ each.T, starts, axis=1)
            for name, each in references.items()
        ]
        fused: Floats = sum(best[1:], best[0])
        return fused

    return _top(scores, len(next(iter(probes.values()))))


def _top(scores: Callable[[slice], Floats], count: int) -> NDArray[np.int64]:
    """(count, TOP) columns of the highest scores, in no order."""
    found = []
    for start in range(0, count, _BLOCK):
        each = scores(slice(start, min(start + _BLOCK, count)))
        keep = min(TOP, each.shape[1])
        found.append(np.argpartition(each, each.shape[1] - keep, axis=1)[:, -keep:])
    return np.concatenate(found)


def _best(work: Callable[[], Any]) -> float:
    """The fewest seconds of some repeats."""
    seconds = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
