"""Items that are gone from Stash leave the store; what the user decided about them stays, as
references and the journal rest on it. Hooks use it, so it is standard library alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from .answers import PROPOSED
from .connection import Store
from .suggestions import forget_item

IMAGE, GALLERY, SCENE = "image", "gallery", "scene"
_BY_ITEM = ("answers", "progress", "queue", "refused")
_FINGERPRINTS = {
    IMAGE: ("image_fingerprints", "stash_image_id"),
    SCENE: ("scene_fingerprints", "stash_scene_id"),
}


def forget_items(store: Store, kind: str, item_ids: Sequence[str]) -> int:
    """Everything seen and answered; tells of how many items anything was known. Each item is a
    commit."""
    known = 0
    for item_id in item_ids:
        with store.transaction() as connection:
            known += _forget(connection, kind, item_id)
        forget_item(store, kind, item_id)
    return known


def forget_scene_before(store: Store, scene_id: str, since: str) -> bool:
    """Forgets what was seen in the scene, if that was before `since` (UTC), or by a clock that
    has been set back since."""
    with store.transaction() as connection:
        gone = connection.execute(
            "DELETE FROM scene_fingerprints WHERE stash_scene_id = ? "
            "AND created_at NOT BETWEEN ? AND datetime('now')",
            (scene_id, since),
        )
        if gone.rowcount:
            # An answer that is given again without a look would leave the names out.
            connection.execute(
                "DELETE FROM answers WHERE kind IN (?, ?) AND item_id = ?",
                (SCENE, SCENE + PROPOSED, scene_id),
            )
        return gone.rowcount > 0


def stored_ids(store: Store, kind: str) -> list[str]:
    """The items of the kind that the store knows anything of."""
    selects = [f"SELECT item_id FROM {table} WHERE kind = ?1" for table in _BY_ITEM]
    if kind in _FINGERPRINTS:
        table, key = _FINGERPRINTS[kind]
        selects.append(f"SELECT {key} FROM {table}")
    if kind == GALLERY:
        selects.append("SELECT gallery_id FROM image_fingerprints WHERE gallery_id IS NOT NULL")
    return [item_id for (item_id,) in store.rows(" UNION ".join(selects), kind)]


def _forget(connection: sqlite3.Connection, kind: str, item_id: str) -> bool:
    statements = [f"DELETE FROM {table} WHERE kind = ?1 AND item_id = ?2" for table in _BY_ITEM]
    if kind in _FINGERPRINTS:
        table, key = _FINGERPRINTS[kind]
        statements.append(f"DELETE FROM {table} WHERE ?1 = ?1 AND {key} = ?2")
    if kind == GALLERY:
        statements.append("UPDATE image_fingerprints SET gallery_id = NULL "
                          "WHERE ?1 = ?1 AND gallery_id = ?2")  # fmt: skip
    statements.append("DELETE FROM answers WHERE kind = ?1 || '" + PROPOSED + "' AND item_id = ?2")
    changed = [connection.execute(statement, (kind, item_id)).rowcount for statement in statements]
    return any(changed)
