"""Arguments of a mode, each read with its type and range.

Stash passes a task's defaults as strings, and people call operations by hand, so "5" is 5;
everything else that is off is refused with a sentence that names the argument and its range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..errors import BadRequest

_SHOWN = 60


def shown(value: object) -> str:
    """A foreign value for a sentence: printable and short."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except RecursionError:
        text = "something deeply nested"
    text = "".join(c if c.isprintable() else "?" for c in text[: _SHOWN + 1])
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


class Arguments:
    """A read-only view of `args`; names given first win over their synonyms."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def raw(self, *names: str) -> Any:
        """The first of `names` that is given and not null, else None."""
        for name in names:
            value = self._values.get(name)
            if value is not None and value != "":
                return value
        return None

    def text(self, name: str, default: str | None = None) -> str:
        value = self.raw(name)
        if value is None:
            if default is None:
                raise BadRequest(f"The argument {name} is missing.")
            return default
        if not isinstance(value, str):
            raise BadRequest(f"The argument {name} must be text, not {shown(value)}.")
        return value

    def number(self, name: str, default: float, low: float, high: float) -> float:
        """A finite number in [low, high]."""
        value = self.raw(name)
        if value is None:
            return default
        return self._in_range(name, self._as_float(name, value), low, high)

    def optional_number(self, name: str, low: float, high: float) -> float | None:
        return None if self.raw(name) is None else self.number(name, low, low, high)

    def whole(self, names: tuple[str, ...], default: int, low: int, high: int) -> int:
        """A whole number in [low, high] under the first of `names` that is given."""
        value = self.raw(*names)
        if value is None:
            return default
        number = self._as_float(names[0], value)
        if number != math.floor(number):
            raise BadRequest(f"The argument {names[0]} must be a whole number.")
        return int(self._in_range(names[0], number, low, high))

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.raw(name)
        if value is None:
            return default
        known = {True: True, False: False, "true": True, "false": False, "1": True, "0": False}
        key = value.lower() if isinstance(value, str) else value
        if not isinstance(key, (bool, int, str)) or key not in known:
            raise BadRequest(f"The argument {name} must be true or false, not {shown(value)}.")
        return known[key]

    @staticmethod
    def _as_float(name: str, value: Any) -> float:
        try:
            if isinstance(value, bool) or not isinstance(value, (int, float, str)):
                raise ValueError
            number = float(value)
            if not math.isfinite(number):
                raise ValueError
        except (ValueError, OverflowError):
            raise BadRequest(f"The argument {name} must be a number, not {shown(value)}.") from None
        return number

    @staticmethod
    def _in_range(name: str, number: float, low: float, high: float) -> float:
        if not low <= number <= high:
            raise BadRequest(
                f"The argument {name} must be between {low:g} and {high:g}, not {number:g}."
            )
        return number
