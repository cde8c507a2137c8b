"""Writing a large face database beside Voyager's own work. As a program, `python -m
dev.bench_writing product|floor FOLDER FACES`: one side of it; prints one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from dev.bench_faces import MadeUpFaces, made_up_people, write
from dev.bench_process import Figure, run_python, setting
from stash_face.facedb.growth import BUILD_DEPTH, LINKS


def writing(rounds: int) -> Iterator[Figure]:
    """BENCH_FACES made-up faces in two embedders' spaces, processes in turn, fastest by fastest.
    Product: write_database until it measures the law: both indices, who they belong to,
    checksums. Floor: Voyager's add_items for the same vectors, links and depth with as many
    threads as there are processors, one index after the other, and save."""
    faces = setting("BENCH_FACES", 100_000)
    floors: list[dict[str, float]] = []
    products: list[dict[str, float]] = []
    for _ in range(min(rounds, 2)):
        for side, times in (("floor", floors), ("product", products)):
            with tempfile.TemporaryDirectory(prefix="stash_face_bench_") as work:
                words = ("-m", "dev.bench_writing", side, work, str(faces))
                times.append(run_python(*words).json())
    floor, product = (min(each["seconds"] for each in some) for some in (floors, products))
    name = f"{faces} faces in two indices"
    detail = f"{product:.1f} s beside {floor:.1f} s"
    yield Figure(f"{name}: written by Voyager's own time", product / floor, "", 1.15, detail)
    each = products[0]["bytes"] / faces / 2 / 1000
    yield Figure(f"{name}: a face and embedder on disk", each, "KB", 0.65)


def product(folder: Path, faces: int) -> dict[str, float]:
    """Seconds until the law is measured, and the bytes of the indices."""
    made_up = MadeUpFaces(faces)
    vectors, people = made_up.references(), made_up_people(made_up.people)
    ends: list[float] = []

    def say(sentence: str) -> None:
        if sentence == "Calibrating":
            ends.append(time.perf_counter())

    start = time.perf_counter()
    write(folder / "db", made_up, vectors, people, say)
    size = sum(path.stat().st_size for path in (folder / "db").glob("*.voy"))
    return {"seconds": ends[0] - start, "bytes": size}


def floor(folder: Path, faces: int) -> dict[str, float]:
    import voyager

    vectors = MadeUpFaces(faces).references()
    start = time.perf_counter()
    for name, each in vectors.items():
        index = voyager.Index(
            voyager.Space.Cosine, each.shape[1], M=LINKS, ef_construction=BUILD_DEPTH,
            storage_data_type=voyager.StorageDataType.E4M3,
        )  # fmt: skip
        index.add_items(each, num_threads=os.cpu_count() or 1)
        index.save(str(folder / name))
    return {"seconds": time.perf_counter() - start}


if __name__ == "__main__":
    side = {"product": product, "floor": floor}[sys.argv[1]]
    print(json.dumps(side(Path(sys.argv[2]), int(sys.argv[3]))))
