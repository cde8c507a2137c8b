"""References of some people in files of their own, searched as a face database is.

Without a database's index, which takes far longer to make than all the comparing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from stash_face.facedb.nearest import Nearest
from stash_face.facedb.people import Owners
from stash_face.facedb.reader import searched
from stash_face.facedb.types import Candidate
from stash_face.faces.packs import Pack
from stash_face.faces.types import Vector

Floats = NDArray[np.float32]
_STORED = np.dtype("<f2")


class Gallery:
    """For `with`: the files are gone behind it. `keys` are the people, in the order in which
    their first references came."""

    def __init__(
        self, folder: Path, pack: Pack, references: Iterable[tuple[str, Mapping[str, Vector]]]
    ) -> None:
        """`references` are (person key, {embedder: (D,) unit vector}), at least one; `folder`
        is made, or emptied of what a kill has left."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder = folder
        try:
            keys = _write(folder, pack, references)
        except BaseException:  # a full disk gets its room back
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._owners = Owners(keys)
        self._stored = {
            spec.key: _Mapped(folder / spec.key, (len(keys), spec.dimension))
            for spec in pack.embedders
        }
        self._nearest = Nearest(self._stored, self._owners)

    @property
    def keys(self) -> list[str]:
        return self._owners.keys

    def references(self, number: int) -> dict[str, Floats]:
        """The references (n, D) of person `number` of `keys`, per embedder."""
        positions = self._owners.positions_of(np.array([number]))
        return {name: stored.scaled(positions)[0] for name, stored in self._stored.items()}

    def search(
        self,
        probes: Sequence[Mapping[str, Vector]],
        count: int = 10,
        without: Sequence[int] | None = None,
    ) -> list[list[Candidate]]:
        """As FaceDatabase.search."""
        return searched(self._nearest, self._owners, probes, count, without)

    def __enter__(self) -> Gallery:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Windows removes no file that is mapped.
        del self._nearest, self._stored
        shutil.rmtree(self._folder, ignore_errors=True)


def as_stored(vector: Vector) -> Vector:
    """What a gallery makes of a reference (D,)."""
    return vector.astype(_STORED).astype(np.float32)


def _write(
    folder: Path, pack: Pack, references: Iterable[tuple[str, Mapping[str, Vector]]]
) -> list[str]:
    """Whose they are, in their order."""
    keys = []
    with ExitStack() as stack:
        files = {
            spec.key: stack.enter_context((folder / spec.key).open("wb")) for spec in pack.embedders
        }
        for key, vectors in references:
            keys.append(key)
            for name, stream in files.items():
                stream.write(vectors[name].astype(_STORED).tobytes())
    return keys


class _Mapped:
    """A file of vectors; the system keeps in memory what it has room for."""

    def __init__(self, path: Path, shape: tuple[int, int]) -> None:
        self._vectors = np.memmap(path, _STORED, "r", shape=shape)

    def scaled(self, positions: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """As StoredVectors gives them: (n, D), and by what (n,) each has to be multiplied."""
        return self._vectors[positions].astype(np.float32), np.ones(len(positions), np.float32)
