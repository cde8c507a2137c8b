"""performers.json and faces.json: who is in a face database, and whose face lies where."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DatabaseError
from .manifest import FACES, PERFORMERS
from .types import Person

# The public stash-boxes, the largest first: it gives a person of several the universal id.
STASH_BOXES = ("stashdb.org", "theporndb.net", "fansdb.cc", "pmvstash.org", "javstash.org")


class Owners:
    """Whose face lies at which of the `size` index positions.

    `keys` are the people with a face, `counts` (people,) how many each of them has."""

    def __init__(self, entries: Sequence[object]) -> None:
        """`entries` are the keys by position, None where nobody's face lies; TypeError for
        anything else."""
        numbers: dict[str, int] = {}
        owners = []
        for entry in entries:
            if entry is not None and not isinstance(entry, str):
                raise TypeError(entry)
            owners.append(-1 if entry is None else numbers.setdefault(entry, len(numbers)))
        self.size = len(owners)
        self.keys = list(numbers)
        of = np.array(owners, np.int64)
        held = np.flatnonzero(of >= 0)
        self.counts = np.bincount(of[held], minlength=len(self.keys))
        # The positions of all faces, those of one person side by side.
        self.positions = held[np.argsort(of[held], kind="stable")]
        self._numbers = numbers
        self._starts = np.cumsum(self.counts) - self.counts

    @classmethod
    def read(cls, folder: Path) -> Owners:
        """Those of a face database; DatabaseError where its faces.json is broken."""
        try:
            return cls(_load(folder / FACES, list))
        except TypeError:
            raise DatabaseError(
                f"{folder / FACES} must hold performer keys and nulls only: install it again."
            ) from None

    def number(self, key: str) -> int:
        return self._numbers[key]

    def has(self, key: str) -> bool:
        return key in self._numbers

    def positions_of(self, people: NDArray[np.int64]) -> NDArray[np.int64]:
        """Index positions of the references of these person numbers, one person after another."""
        counts = self.counts[people]
        ends = np.cumsum(counts)
        skipped = np.repeat(self._starts[people] - (ends - counts), counts)
        found: NDArray[np.int64] = self.positions[np.arange(len(skipped)) + skipped]
        return found


class People:
    """Lookup of a performer's record; parsed when the first name is asked for."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / PERFORMERS
        self._records: dict[str, Any] | None = None
        self._keys: dict[str, str] | None = None

    def __getitem__(self, key: str) -> Person:
        """The person of `key`; someone without a record keeps the key as the name."""
        record = self._all().get(key)
        return person(key, record if isinstance(record, dict) else {})

    def key_of(self, universal: str) -> str | None:
        """The key of whoever has this stash-box id (`host:uuid`), or this key."""
        if self._keys is None:
            self._keys = {key.lower(): key for key in self._all()} | {
                f"{host}:{uuid}".lower(): key
                for key, record in self._all().items()
                if isinstance(record, dict)
                for host, uuid in person(key, record).stash_ids.items()
                if uuid
            }
        return self._keys.get(universal.lower())

    def _all(self) -> dict[str, Any]:
        if self._records is None:
            self._records = _load(self._path, dict)
        return self._records


def person(key: str, record: dict[str, Any]) -> Person:
    """A record of either form: keyed by universal id, or with `stash_ids {host: uuid|null}`."""
    ids = record.get("stash_ids")
    if isinstance(ids, dict):
        stash_ids = {str(host): None if uuid is None else str(uuid) for host, uuid in ids.items()}
    else:
        host, colon, uuid = key.partition(":")
        # "Dr. No: the film" is a folder's name, no id.
        stash_ids = {host: uuid} if colon and "." in host and len(key.split()) == 1 else {}
    return Person(
        key,
        universal_id(stash_ids) or key,
        str(record.get("name") or key),
        stash_ids,
        _text(record.get("country")),
        _text(record.get("image_url")),
    )


def universal_id(stash_ids: dict[str, str | None]) -> str | None:
    hosts = [host for host in STASH_BOXES if stash_ids.get(host)]
    hosts += sorted(host for host, uuid in stash_ids.items() if uuid and host not in hosts)
    return f"{hosts[0]}:{stash_ids[hosts[0]]}" if hosts else None


def _text(value: Any) -> str | None:
    return str(value) if value else None


def _load(path: Path, kind: type) -> Any:
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise DatabaseError(f"{path} cannot be read ({error}): install it again.") from None
    if not isinstance(data, kind):
        raise DatabaseError(f"{path} must hold a JSON {kind.__name__}: install it again.")
    return data
