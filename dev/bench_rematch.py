"""`python -m dev.bench_rematch DATABASE FACES COUNT LOCAL`: seconds to name COUNT stored images of
a face each anew, beside LOCAL people of the user's own; prints one JSON object.

What is timed is what the task does for a new face database once its files are known: open it,
load the stored faces, search, decide, and store names and answers. Making the store is not.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dev.bench_faces import DIMENSION, SPECTRA, MadeUpFaces
from stash_face.facedb.installed import choose
from stash_face.facedb.local import LocalReference
from stash_face.facedb.types import Person
from stash_face.faces.alignment import ARCFACE_112, SIDE
from stash_face.operations.context import Context
from stash_face.operations.identify_image import KIND, answer_images
from stash_face.operations.options import Options
from stash_face.operations.recognition import Recognition
from stash_face.operations.told import Told
from stash_face.protocol.arguments import Arguments
from stash_face.protocol.request import Request
from stash_face.store.answers import save_answers
from stash_face.store.connection import FILE_NAME, Store
from stash_face.store.images import Scan, StoredFace, load_scans, save_scan

# As many images as the task takes together.
_TOGETHER = 1000
_NOWHERE = {"Scheme": "http", "Host": "127.0.0.1", "Port": 9}


def main(words: Sequence[str]) -> None:
    folder, faces, count, local = Path(words[0]), *map(int, words[1:])
    with tempfile.TemporaryDirectory(prefix="stash_face_bench_") as home:
        os.environ["STASH_FACE_DATA"] = home
        _fill(Path(home), faces, count)
        choose(Path(home), folder)
        told = Told(_own_people(local))
        started = time.perf_counter(), time.process_time()
        named = _name(count, told)
        seconds, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
    print(json.dumps({"seconds": seconds, "cpu": cpu, "named": named}))


def _fill(home: Path, faces: int, count: int) -> None:
    columns = MadeUpFaces(faces).probes(count)
    points = (ARCFACE_112 / SIDE).astype("<f4").tobytes()
    with Store(home / FILE_NAME) as store:
        for row in range(count):
            vectors = {name: (22.0, each[row].astype("<f2").tobytes())
                       for name, each in columns.items()}  # fmt: skip
            face = StoredFace((0.3, 0.2, 0.3, 0.4), points, 0.8, 0.9, 0, b"", vectors, 0.8)
            save_scan(store, Scan(str(row), "file", "dev", 640, 480, [face]))


def _own_people(count: int) -> list[LocalReference]:
    random = np.random.default_rng(11)
    drawn = {name: random.standard_normal((count, DIMENSION), np.float32) for name in SPECTRA}
    for each in drawn.values():
        each /= np.linalg.norm(each, axis=1, keepdims=True)
    return [
        LocalReference(
            Person(f"local:{row}", f"local:{row}", f"Own {row}", {}),
            str(row),
            {name: each[row] for name, each in drawn.items()},
        )
        for row in range(count)
    ]


def _name(count: int, told: Told) -> int:
    named = 0
    with Context(Request("", Arguments({}), _NOWHERE)) as context:
        manifest, pack = context.manifest, context.pack
        options = Options.read(Arguments({}))
        recognition = Recognition(manifest, pack, context.data_home, options, told)
        for start in range(0, count, _TOGETHER):
            image_ids = [str(row) for row in range(start, min(start + _TOGETHER, count))]
            scans = list(load_scans(context.store, image_ids).values())
            answers = answer_images(context, recognition, scans)
            rows = [(answer["image_id"], "bench", answer) for answer in answers]
            save_answers(context.store, KIND, rows)
            named += sum(answer["faces"][0]["decision"] == "match" for answer in answers)
    return named


if __name__ == "__main__":
    main(sys.argv[1:])
