"""Pairs of people whose faces are as like as one person's: perhaps one person under two keys.

Whoever was compared is compared again only when their references have changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from builder.state.builds import Reference
from builder.state.checks import compared, pairs, save_pairs
from builder.state.connection import State
from stash_face.facedb.kept_law import weights_of
from stash_face.facedb.law import FPIR_AUTOMATIC, from_manifest
from stash_face.facedb.manifest import STAMP
from stash_face.facedb.reader import FaceDatabase

# People compared with everybody in one go.
_BATCH = 256


def alike(state: State, folder: Path, placed: Sequence[Reference | None]) -> list[list[str]]:
    """The keys of each such pair of the database in `folder`, whose references are `placed`.
    The bar is that which 1 stranger in 1,000 reaches."""
    digests = _digests(placed)
    known = compared(state)
    changed = {key for key, digest in digests.items() if known.get(key) != digest}
    if changed:
        database = FaceDatabase.open(folder)
        # The reader's note on having checked it is of this machine, and no part of it.
        (folder / STAMP).unlink(missing_ok=True)
        found = _found(database, [key for key in database.keys if key in changed])
        save_pairs(state, {key: digests[key] for key in changed}, set(digests), found)
    return [list(pair) for pair in sorted(pairs(state))]


def _found(database: FaceDatabase, keys: Sequence[str]) -> set[tuple[str, str]]:
    manifest = database.manifest
    law = from_manifest(manifest.calibration, weights_of(manifest), len(database.keys))
    if law is None or not law.fitted:
        return set()
    bar = law.threshold(FPIR_AUTOMATIC)
    numbers = {key: number for number, key in enumerate(database.keys)}
    found = set()
    for start in range(0, len(keys), _BATCH):
        some = keys[start : start + _BATCH]
        probes = [
            {name: vectors[0].copy() for name, vectors in database.references_of(key).items()}
            for key in some
        ]
        nearest = database.search(probes, count=1, without=[numbers[key] for key in some])
        for key, candidates in zip(some, nearest, strict=True):
            if candidates and candidates[0].similarity >= bar:
                found.add((min(key, candidates[0].key), max(key, candidates[0].key)))
    return found


def _digests(placed: Sequence[Reference | None]) -> dict[str, str]:
    own: dict[str, list[str]] = {}
    for reference in placed:
        if reference is not None:
            own.setdefault(reference.key, []).append(f"{reference.picture} {reference.number}")
    return {
        key: hashlib.sha256("\n".join(each).encode()).hexdigest()[:16] for key, each in own.items()
    }
