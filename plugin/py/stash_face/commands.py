"""From a mode to the function that answers it, imported only once it is chosen."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from .errors import BadRequest
from .protocol.arguments import shown
from .protocol.request import Request

MODES = {
    "health": "operations.health:health",
    "doctor": "tasks.doctor:doctor",
    "set_up": "tasks.set_up:set_up",
    "database_info": "operations.database:database_info",
    "database_reload": "operations.database:database_reload",
    "identify": "operations.identify_picture:identify",
    "identify_image": "operations.identify_image:identify_image",
    "identify_gallery": "operations.identify_gallery:identify_gallery",
    "identify_scene": "operations.identify_scene:identify_scene",
    "identify_frame": "operations.identify_frame:identify_frame",
    "results": "operations.results:results",
    "progress": "operations.results:progress",
    "decide": "operations.decide:decide",
    "suggestions": "operations.suggestions:suggestions",
    "waiting": "operations.waiting:waiting",
    "tuning": "operations.tuning:tuning",
    "undo": "operations.undo:undo",
    "unknown_people": "operations.unknown_people:unknown_people",
    "runs": "operations.suggestions:runs",
    "local_references": "operations.local_references:local_references",
    "update_database": "tasks.update_database:update_database",
    "scan_library": "tasks.scan_library:scan_library",
    "match_again": "tasks.scan_library:match_again",
    "scan_new_items": "tasks.new_items:scan_new_items",
    "identify_performer": "operations.identify_performer:identify_performer",
    "identify_performers": "tasks.identify_performers:identify_performers",
    "find_stash_ids": "tasks.identify_performers:find_stash_ids",
    "undo_last_run": "tasks.undo_last_run:undo_last_run",
    "clean_up": "tasks.clean_up:clean_up",
    "item_changed": "hooks.item_changed:item_changed",
    "item_destroyed": "hooks.item_destroyed:item_destroyed",
    "measure_library": "tasks.measure_library:measure_library",
}


def load(mode: str) -> Callable[[Request], dict[str, Any]]:
    """The function of `mode`; BadRequest names the known modes."""
    target = MODES.get(mode)
    if target is None:
        known = ", ".join(MODES)
        said = f"The mode {shown(mode)} is unknown" if mode else "The argument mode is missing"
        raise BadRequest(f"{said}: use one of {known}.")
    module, _, name = target.partition(":")
    function: Callable[[Request], dict[str, Any]] = getattr(
        importlib.import_module(f".{module}", __package__), name
    )
    return function
