"""Photos of public figures that lie beside the checkout: used in place, never copied into it."""

from __future__ import annotations

import uuid
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "faces"


class Photos:
    """`known` has 5 to 8 photos of each of 150 people, `strangers` one each of 400 others,
    `group` shows 29 people."""

    def __init__(self, folder: Path) -> None:
        self.known = {
            place.name: sorted(place.iterdir())
            for place in sorted((folder / "lfw" / "known").iterdir())
        }
        self.strangers = sorted((folder / "lfw" / "unknown").iterdir())
        self.group = folder / "solvay1927.jpg"


def stash_id(name: str) -> str:
    """The id under which someone is in stashdb.org, made up from the name."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))
