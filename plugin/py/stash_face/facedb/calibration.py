"""The law of a face database, measured on the database itself.

One reference of each person (or of a sample) is searched against everybody else: the best
scores are what a stranger would get. No labelled unknown faces are needed.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..faces.packs import Pack
from ..faces.types import Vector
from .law import Law, PoorFaces, fit_gumbel
from .types import Candidate

# Below this many people the quantiles are noise, and the pack's stated default is used.
FEWEST_PEOPLE = 50
SAMPLE = 5_000
# Pairs of references needed before the genuine law is the database's own.
FEWEST_PAIRS = 30
# Least standard deviation of genuine similarities: that of poor photos about their own law.
LEAST_SPREAD = 0.10
# Each search goes through everybody once, however many probes it has.
_BATCH = 1_000


class Searched(Protocol):
    """People who can be searched, as FaceDatabase gives them."""

    @property
    def keys(self) -> list[str]: ...

    def references(self, number: int) -> dict[str, NDArray[np.float32]]: ...

    def search(
        self,
        probes: Sequence[Mapping[str, Vector]],
        count: int = 10,
        without: Sequence[int] | None = None,
    ) -> list[list[Candidate]]: ...


def default_law(pack: Pack, people: int) -> Law:
    """The pack's conservative law for `people`; for a handful, as if there were a hundred."""
    counted = max(people, 100)
    location = pack.prior.location + pack.prior.slope * math.log(counted)
    genuine = pack.genuine
    poor = PoorFaces(**pack.poor)
    return Law(location, pack.prior.scale, genuine.mean, genuine.sd, people, 0, False, poor)


def calibrate(
    database: Searched,
    pack: Pack,
    sample: int = SAMPLE,
    progress: Callable[[float], None] = lambda share: None,
) -> Law:
    """Fits the law on at most `sample` people, chosen the same way each time; `progress` hears
    the share that is done, 0 to 1."""
    people = len(database.keys)
    law = default_law(pack, people)
    if people < FEWEST_PEOPLE:
        return law
    chosen = random.Random(people).sample(range(people), min(people, sample))
    scores: list[float] = []
    genuine: list[float] = []
    for start in range(0, len(chosen), _BATCH):
        numbers = chosen[start : start + _BATCH]
        references = [database.references(number) for number in numbers]
        probes = [{name: v[0] for name, v in reference.items()} for reference in references]
        found = database.search(probes, count=1, without=numbers)
        scores += [candidates[0].similarity for candidates in found if candidates]
        own = map(similarity_without, references, repeat(0), probes)
        genuine += [similarity for similarity in own if similarity is not None]
        progress(min(start + _BATCH, len(chosen)) / len(chosen))
    location, scale = fit_gumbel(scores)
    mean, sd = law.genuine_mean, law.genuine_sd
    if len(genuine) >= FEWEST_PAIRS:
        # References are better pictures than those that will be asked about.
        mean, sd = statistics.median(genuine), max(statistics.pstdev(genuine), LEAST_SPREAD)
    return Law(location, scale, mean, sd, people, len(scores), True, law.poor)


def similarity_without(
    references: Mapping[str, NDArray[np.float32]], left_out: int, probe: Mapping[str, Vector]
) -> float | None:
    """The similarity of `probe` to the person of `references` (n, D) as if that one of them
    were not there; None where it is the only one."""
    total = 0.0
    for name, vectors in references.items():
        others = np.delete(vectors, left_out, axis=0)
        if not len(others):
            return None
        template = others.sum(0)
        template /= max(float(np.linalg.norm(template)), 1e-6)
        total += (float((others @ probe[name]).max()) + float(template @ probe[name])) / 2
    return total / len(references)
