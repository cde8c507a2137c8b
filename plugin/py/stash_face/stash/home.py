"""Where the plugin keeps its data: in its own folder, or where Set up has moved them.

Standard library only and cheap to import: every process begins here.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from ..errors import BadRequest, StoreError

VARIABLE = "STASH_FACE_DATA"
# In the plugin's own folder: the data lie elsewhere.
POINTER = "moved.json"
# In the folder that the pointer names: without it, a disk is not connected.
SIGN = "stash_face_data.json"


def data_folder(plugin_dir: str) -> Path:
    """$STASH_FACE_DATA, else where Set up has moved the data, else `data` in the plugin's folder.
    StoreError where they were moved and are not there."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    own = own_folder(plugin_dir)
    return moved_to(own) or own


def own_folder(plugin_dir: str) -> Path:
    """Where the data lie unless the user wants them elsewhere."""
    if not plugin_dir:
        raise BadRequest(
            "The request's server_connection has no PluginDir: "
            "set STASH_FACE_DATA to the folder that holds the plugin's data."
        )
    return Path(plugin_dir).absolute() / "data"


def moved_to(own: Path) -> Path | None:
    pointer = own / POINTER
    try:
        target = Path(str(json.loads(pointer.read_text(encoding="utf-8"))["path"]))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise StoreError(
            f"{pointer}, which says where the plugin's data lie, cannot be read: give Stash's user "
            "the right to read it, or set STASH_FACE_DATA."
        ) from None
    if not (target / SIGN).is_file():
        raise StoreError(
            f"The plugin's data were moved to {target}, and are not there: see whether that disk "
            f"is connected and Stash sees it, or delete {pointer} to begin anew."
        )
    return target
