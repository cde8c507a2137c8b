"""Whether a finished database does what it is for, seen with the plugin's own reader."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

from stash_face.facedb.calibration import calibrate
from stash_face.facedb.kept_law import brought_law
from stash_face.facedb.law import FPIR_SUGGEST, Law
from stash_face.facedb.manifest import Manifest
from stash_face.facedb.reader import FaceDatabase
from stash_face.faces.packs import load_pack

# People whose references are asked about as strangers' faces.
IMPOSTORS = 1_000
# The law may let through this many times as many strangers as it says, on a sample this small.
_TOLERATED = 3.0
_BATCH = 256


class Check(NamedTuple):
    """One thing that was looked at: whether it is right, in words."""

    right: bool
    told: str


def check(
    manifest: Manifest, tell: Callable[[float], None] = lambda share: None
) -> Iterator[Check]:
    """Opens the database (checksums, lengths) and asks it about its own faces; DatabaseError
    where it cannot even be opened."""
    database = FaceDatabase(manifest)
    yield Check(True, f"It opens: {manifest.face_count:,} faces of {len(database.keys):,} people.")
    yield _counts(database)
    yield _finds_itself(database, tell)
    law = brought_law(manifest, len(database.keys))
    if law is None:
        yield Check(False, "It brings no calibration that can be used: run 'builder calibrate'.")
        return
    yield _impostors(database, law)


def _counts(database: FaceDatabase) -> Check:
    manifest = database.manifest
    people = len(database.keys)
    right = people <= manifest.performer_count
    return Check(right, f"{people:,} of {manifest.performer_count:,} performers have a face.")


def _finds_itself(database: FaceDatabase, tell: Callable[[float], None]) -> Check:
    """Every reference, asked about, has to find its own person."""
    lost: list[str] = []
    keys = database.keys
    for start in range(0, len(keys), _BATCH):
        probes, owners = [], []
        for number in range(start, min(start + _BATCH, len(keys))):
            references = database.references(number)
            for row in range(len(next(iter(references.values())))):
                probes.append({name: vectors[row] for name, vectors in references.items()})
                owners.append(keys[number])
        for owner, found in zip(owners, database.search(probes, 1), strict=True):
            if not found or found[0].key != owner:
                lost.append(owner)
        tell(min(start + _BATCH, len(keys)) / len(keys))
    if not lost:
        return Check(True, "Every reference finds its own person.")
    some = ", ".join(database.person(key).name for key in lost[:5])
    # One picture that two people have finds only one of them.
    right = len(lost) <= 0.01 * database.manifest.face_count
    return Check(right, f"{len(lost):,} references find somebody else, as of {some}.")


def _impostors(database: FaceDatabase, law: Law) -> Check:
    """One reference each of a sample, as strangers: how many would get a name?"""
    if not law.fitted:
        return Check(True, f"{law.people} people are too few to measure a bar; a default is used.")
    people = len(database.keys)
    numbers = random.Random(0).sample(range(people), min(IMPOSTORS, people))
    probes = [{n: v[-1] for n, v in database.references(i).items()} for i in numbers]
    found = database.search(probes, 1, without=numbers)
    bar = law.threshold(FPIR_SUGGEST)
    named = sum(1 for each in found if each and each[0].similarity >= bar)
    share = named / len(numbers)
    right = share <= max(_TOLERATED * FPIR_SUGGEST, 3 / len(numbers))
    return Check(
        right,
        f"{share:.1%} of {len(numbers):,} people asked about as strangers would be named "
        f"(meant: {FPIR_SUGGEST:.0%}); many more would mean people who are in it twice.",
    )


def measured(manifest: Manifest, tell: Callable[[float], None]) -> Law:
    """The law measured anew."""
    return calibrate(FaceDatabase(manifest), load_pack(manifest.pack), progress=tell)
