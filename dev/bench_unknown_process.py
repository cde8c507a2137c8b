"""`python -m dev.bench_unknown_process HOME DATABASE_FACES FIRST COUNT`: stores COUNT images of a
face each in the data home HOME, numbered from FIRST on, as if they had been scanned and nobody had
been found; prints one JSON object.

The faces are made up (dev.bench_faces) of people whom a database of DATABASE_FACES does not have.
A few of them are seen in a thousand images, most in one or two. An image's file is named after
who is in it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dev.bench_faces import MadeUpFaces, Numbers
from stash_face.faces.alignment import ARCFACE_112, SIDE
from stash_face.store.answers import database_number
from stash_face.store.connection import FILE_NAME, Store
from stash_face.store.images import StoredFace, insert_face

# The n-th person is seen 1 / (n + FLAT) as often as the most frequent would be.
FLAT = 10
IMAGES_TO_A_GALLERY = 20


def main(words: Sequence[str]) -> None:
    home, database_faces, first, count = words[0], *map(int, words[1:])
    made_up = MadeUpFaces(database_faces)
    owners = _owners(made_up.people, first, count)
    vectors = made_up._faces(owners + made_up.people, 6 + first)
    points = (ARCFACE_112 / SIDE).astype("<f4").tobytes()
    with Store(Path(home, FILE_NAME)) as store:
        number = database_number(store, "made up", "dev", "made up")
        with store.transaction() as connection:
            for row, owner in enumerate(owners.tolist()):
                image = str(first + row)
                gallery = str((first + row) // IMAGES_TO_A_GALLERY)
                connection.execute(
                    "INSERT INTO image_fingerprints VALUES (?, ?, 1, ?, '', '')",
                    (image, gallery, number),
                )
                connection.execute(
                    "INSERT INTO image_scans VALUES (?, ?, 'dev', 640, 480, NULL)",
                    (image, str(owner)),
                )
                held = {name: (22.0, each[row].astype("<f2").tobytes())
                        for name, each in vectors.items()}  # fmt: skip
                face = StoredFace((0.3, 0.2, 0.3, 0.4), points, 0.8, 0.9, 0, b"", held, 0.8)
                insert_face(connection, image, 0, face)
    print(json.dumps({"people": len(np.unique(owners))}))


def _owners(people: int, first: int, count: int) -> Numbers:
    shares = 1 / (np.arange(people) + FLAT)
    random = np.random.default_rng([7, 8, first])
    return random.choice(people, count, p=shares / shares.sum())


if __name__ == "__main__":
    main(sys.argv[1:])
