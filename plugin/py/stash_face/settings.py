"""What the user can set on Stash's plugin page: keys, defaults, ranges, and reading them.

The manifest can hold neither default nor range, and Stash shows false, "" and 0 for what was
never set: those mean the default, and flags are worded so that off is the safe choice.
Standard library only, because hooks read it.
"""

from __future__ import annotations

import math
import os.path
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

PLUGIN_ID = "stash_face"
DEVICES = ("auto", "cuda", "tensorrt", "directml", "coreml", "cpu")
_SHOWN = 60


class Setting(NamedTuple):
    """`type` as the manifest has it. `allowed` is the range in words."""

    key: str
    type: str
    default: Any
    allowed: str


class Settings(NamedTuple):
    """`min_confidence` is a share (0..1), `max_distance` None is the models' own; `problems`
    are sentences about values that were not taken."""

    min_confidence: float = 0.0
    max_results: int = 5
    max_distance: float | None = None
    device: str = "auto"
    database_url: str = ""
    auto_apply: bool = False
    ignore_new_items: bool = False
    skip_images: bool = False
    skip_galleries: bool = False
    skip_scenes: bool = False
    side_by_side: bool = False
    data_folder: str = ""
    problems: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of items that a scan of the library looks at."""
        skipped = {"image": self.skip_images, "gallery": self.skip_galleries,
                   "scene": self.skip_scenes}  # fmt: skip
        return tuple(kind for kind, skip in skipped.items() if not skip)


SETTINGS = (
    Setting("minConfidence", "NUMBER", 0, "0 to 100, in per cent"),
    Setting("maxResults", "NUMBER", 5, "a whole number from 1 to 100"),
    Setting("maxDistance", "NUMBER", 0, "0 (the models' own) to 2"),
    Setting("device", "STRING", "auto", ", ".join(DEVICES)),
    Setting("databaseUrl", "STRING", "", "an http or https address"),
    Setting("autoApply", "BOOLEAN", False, "on or off"),
    Setting("ignoreNewItems", "BOOLEAN", False, "on or off"),
    Setting("skipImages", "BOOLEAN", False, "on or off"),
    Setting("skipGalleries", "BOOLEAN", False, "on or off"),
    Setting("skipScenes", "BOOLEAN", False, "on or off"),
    Setting("dataFolder", "STRING", "", "the full path of a folder"),
    Setting("sideBySide", "BOOLEAN", False, "on or off"),
)


def read_settings(values: Mapping[str, Any]) -> Settings:
    """The settings out of Stash's map; a value that is off is named, and its default used."""
    taken: dict[str, Any] = {}
    problems = []
    for setting in SETTINGS:
        value = values.get(setting.key)
        if value is None or value is False or value in ("", 0):
            continue
        try:
            taken[_field(setting.key)] = _READERS[setting.key](value)
        except (TypeError, ValueError, OverflowError, AttributeError):
            problems.append(
                f"The setting {setting.key} must be {setting.allowed}, not {_told(value)}: "
                f"the default is used until it is changed under Settings > Plugins."
            )
    return Settings(**taken, problems=tuple(problems))


def _field(key: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in key)


def _number(value: Any, low: float, high: float) -> float:
    if isinstance(value, bool):
        raise TypeError
    number = float(value)
    if not (math.isfinite(number) and low <= number <= high):
        raise ValueError
    return number


def _share(value: Any) -> float:
    """Per cent; whoever writes 0.8 means 80 %."""
    number = _number(value, 0, 100)
    return number if number < 1 else number / 100


def _whole(value: Any) -> int:
    number = _number(value, 1, 100)
    if number != int(number):
        raise ValueError
    return int(number)


def _device(value: Any) -> str:
    if value.strip().lower() not in DEVICES:
        raise ValueError
    return str(value.strip().lower())


def _address(value: Any) -> str:
    parts = urlsplit(value.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError
    return str(value.strip())


def _full_path(value: Any) -> str:
    path = str(value.strip())
    if not os.path.isabs(path) or "\0" in path:
        raise ValueError
    return os.path.normpath(path)


def _flag(value: Any) -> bool:
    known = {True: True, "true": True, "false": False}
    try:
        return known[value]
    except KeyError:
        raise ValueError from None


def _told(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return "".join(c if c.isprintable() else "?" for c in text[:_SHOWN])


_READERS = {
    "minConfidence": _share,
    "maxResults": _whole,
    "maxDistance": lambda value: _number(value, 0, 2),
    "device": _device,
    "databaseUrl": _address,
    "autoApply": _flag,
    "ignoreNewItems": _flag,
    "skipImages": _flag,
    "skipGalleries": _flag,
    "skipScenes": _flag,
    "sideBySide": _flag,
    "dataFolder": _full_path,
}
