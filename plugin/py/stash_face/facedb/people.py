"""performers.json and faces.json: who is in a face database, and whose face lies where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DatabaseError
from .manifest import FACES, PERFORMERS
from .types import Person

# Which host gives a person of several stash-boxes the universal id: the largest box first.
_PREFERRED = ("stashdb.org", "theporndb.net", "fansdb.cc", "pmvstash.org", "javstash.org")


class Owners:
    """Whose face lies at which index position.

    `keys` are the people with a face; `of` (positions,) int32 holds the index into `keys`,
    or -1 for a removed face."""

    def __init__(self, folder: Path) -> None:
        entries = _load(folder / FACES, list)
        numbers: dict[str, int] = {}
        owners = []
        for entry in entries:
            if entry is not None and not isinstance(entry, str):
                raise DatabaseError(f"{folder / FACES} must hold performer keys and nulls only.")
            owners.append(-1 if entry is None else numbers.setdefault(entry, len(numbers)))
        self.keys = list(numbers)
        self.of: NDArray[np.int32] = np.array(owners, np.int32)
        self._at = np.append(self.of, np.int32(-1))
        held = np.flatnonzero(self.of >= 0)
        order = held[np.argsort(self.of[held], kind="stable")]
        counts = np.bincount(self.of[held], minlength=len(self.keys))
        self._numbers = numbers
        self._positions = order
        self._starts = np.concatenate([[0], np.cumsum(counts)])

    def number(self, key: str) -> int:
        return self._numbers[key]

    @property
    def face_count(self) -> int:
        return len(self._positions)

    def at(self, positions: NDArray[np.int64]) -> NDArray[np.int32]:
        """Person numbers at index positions, -1 for a removed face or a position too many."""
        owners: NDArray[np.int32] = self._at[np.minimum(positions, len(self.of))]
        return owners

    def positions(self, person: int) -> NDArray[np.int64]:
        """Index positions of the references of person number `person`."""
        return self._positions[self._starts[person] : self._starts[person + 1]]


class People:
    """Lookup of a performer's record; parsed when the first name is asked for."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / PERFORMERS
        self._records: dict[str, Any] | None = None

    def __getitem__(self, key: str) -> Person:
        """The person of `key`; someone without a record keeps the key as the name."""
        if self._records is None:
            self._records = _load(self._path, dict)
        record = self._records.get(key)
        return person(key, record if isinstance(record, dict) else {})


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
    hosts = [host for host in _PREFERRED if stash_ids.get(host)]
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
