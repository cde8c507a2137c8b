"""A number of an item of Stash, as arguments give it. Knows nothing of how Stash is asked."""

from __future__ import annotations

import re
from typing import Any

from ..errors import BadRequest
from ..protocol.arguments import shown

_ID = re.compile(r"[0-9]{1,18}")


def item_id(value: Any, name: str = "id") -> str:
    """A Stash id as a decimal string without leading zeros; BadRequest for everything else."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _ID.fullmatch(text) or int(text) == 0:
        raise BadRequest(
            f"The argument {name} must be the number that Stash shows in the item's address, "
            f"not {shown(value)}."
        )
    return str(int(text))
