"""The one JSON object on stdout: UTF-8, never NaN (Stash would take the whole text for output)."""

from __future__ import annotations

import json
import math
from typing import Any


def encode(reply: dict[str, Any]) -> bytes:
    """`reply` as JSON bytes; a number that JSON cannot hold becomes null."""
    try:
        text = json.dumps(reply, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(reply), ensure_ascii=False, allow_nan=False)
    # A lone surrogate (a file name in no encoding) must not stop the answer.
    return text.encode("utf-8", "replace")


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
