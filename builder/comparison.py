"""The people of one source beside those whom only later ones have: how alike their faces are.

What was found is kept in the state, so that only who has changed is compared with everybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from builder.gallery import Gallery, as_stored
from builder.state import checks
from builder.state.builds import Reference
from builder.state.checks import Bars
from builder.state.connection import State
from builder.state.faces import apart, stored_rows
from stash_face.facedb.calibration import calibrate
from stash_face.facedb.law import FPIR_AUTOMATIC
from stash_face.facedb.reader import compared
from stash_face.faces.packs import Pack
from stash_face.faces.types import Vector

# Less alike than every second stranger's nearest: another face.
UNCLEAR = 0.5
# The bar moves with who is there: what is so far below it is kept too.
_BELOW = 0.05
# People asked about in one go, after which they are saved, and the nearest of each that are
# looked at first.
_BATCH, _NEAREST = 256, 5

Pairs = dict[tuple[str, str], float]


class Compared(NamedTuple):
    """Keys of (own, asked) to their similarity: at least all of those above `sure`, the bar that
    1 stranger in 1,000 reaches. Below `unclear` it is another face."""

    similarities: Pairs
    sure: float
    unclear: float


class Comparison:
    """One source's; `references` are those of everybody, by key."""

    def __init__(
        self,
        state: State,
        models: str,
        pack: Pack,
        source: str,
        references: Mapping[str, Sequence[Reference]],
    ) -> None:
        self._state, self._models, self._pack = state, models, pack
        self._source, self._references = source, references

    def of(
        self,
        own: Sequence[str],
        asked: Sequence[str],
        namesakes: Sequence[tuple[str, str]],
        folder: Path,
        say: Callable[[str], None],
    ) -> Compared:
        """The source's `own` people beside the `asked`, and how alike the `namesakes` (own,
        asked) are in any case; `folder` is for the time of the work."""
        self._compare(own, asked, folder, say)
        bars, found = checks.bars(self._state, self._source), self._found()
        assert bars is not None
        new = {(one, other): self._exact(one, self._probe(other))
               for one, other in namesakes if (one, other) not in found}  # fmt: skip
        checks.save_similarities(self._state, self._source, new, {})
        return Compared(found | new, bars.sure, bars.unclear)

    def _compare(
        self, own: Sequence[str], asked: Sequence[str], folder: Path, say: Callable[[str], None]
    ) -> None:
        state, source = self._state, self._source
        digests = {key: self._digest("own", self._references[key]) for key in own}
        everybody = _digest([*own, *digests.values()])
        digests |= {key: self._digest("asked", self._references[key][:1]) for key in asked}
        checks.forget_changed(state, source, digests)
        new = digests.keys() - checks.likened(state, source)
        bars = checks.bars(state, source)
        if not new and bars and bars.own == everybody:
            return
        say("Comparing the people of different sources")
        with self._gallery(own, folder) as gallery:
            if bars is None or bars.own != everybody:
                bars = self._bars(gallery, everybody, bars)
                new = digests.keys() - checks.likened(state, source)
            known = [key for key in asked if key not in new]
            self._newcomers({key: digests[key] for key in own if key in new}, known, folder, bars)
            rest = [key for key in asked if key in new]
            for start in range(0, len(rest), _BATCH):
                some = rest[start : start + _BATCH]
                near = dict(self._near(gallery, some, bars.floor))
                checks.save_similarities(state, source, near, {key: digests[key] for key in some})

    def _bars(self, gallery: Gallery, everybody: str, before: Bars | None) -> Bars:
        """Measured anew; where less is enough than was kept, all is forgotten."""
        law = calibrate(gallery, self._pack)
        sure, unclear = law.threshold(FPIR_AUTOMATIC), law.threshold(UNCLEAR)
        kept = before is not None and before.floor <= sure
        floor = before.floor if before is not None and kept else sure - _BELOW
        bars = Bars(everybody, sure, unclear, floor)
        checks.save_bars(self._state, self._source, bars, forget=not kept)
        return bars

    def _newcomers(
        self,
        new: Mapping[str, str],
        asked: Sequence[str],
        folder: Path,
        bars: Bars,
    ) -> None:
        """The `new` ones of the source (key to digest) beside the `asked` who know the others."""
        found: Pairs = {}
        if new and asked:
            with self._gallery(list(new), folder / "new") as gallery:
                for start in range(0, len(asked), _BATCH):
                    found |= self._near(gallery, asked[start : start + _BATCH], bars.floor)
        checks.save_similarities(self._state, self._source, found, new)

    def _near(
        self, gallery: Gallery, asked: Sequence[str], floor: float
    ) -> Iterator[tuple[tuple[str, str], float]]:
        """Everybody above `floor`."""
        probes = {key: self._probe(key) for key in asked}
        count = _NEAREST
        while probes:
            nearest = gallery.search(list(probes.values()), count)
            full = {}
            for (key, probe), candidates in zip(probes.items(), nearest, strict=True):
                near = [each.key for each in candidates if each.similarity >= floor]
                if len(near) == count < len(gallery.keys):
                    full[key] = probe
                    continue
                for one in near:
                    yield (one, key), self._exact(one, probe)
            probes, count = full, count * 4

    def _exact(self, one: str, probe: Mapping[str, Vector]) -> float:
        """The same whoever else is asked about at the time."""
        rows = [self._vectors(reference) for reference in self._references[one]]
        stacked = {name: np.stack([as_stored(row[name]) for row in rows]) for name in probe}
        return compared([probe], one, stacked)[0].similarity

    def _gallery(self, keys: Sequence[str], folder: Path) -> Gallery:
        faces = (reference for key in keys for reference in self._references[key])
        return Gallery(folder, self._pack, ((r.key, self._vectors(r)) for r in faces))

    def _probe(self, key: str) -> dict[str, Vector]:
        return self._vectors(self._references[key][0])

    def _vectors(self, reference: Reference) -> dict[str, Vector]:
        (row,) = stored_rows(self._state, self._models, [reference[1:]])
        return apart(self._pack, row)

    def _found(self) -> Pairs:
        return checks.similarities(self._state, self._source)

    def _digest(self, side: str, references: Sequence[Reference]) -> str:
        faces = (f"{each.picture} {each.number}" for each in references)
        return _digest([side, self._models, *faces])


def _digest(told: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
