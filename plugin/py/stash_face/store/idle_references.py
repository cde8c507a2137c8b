"""References that no longer count: of other models, or of performers who are gone from Stash."""

from __future__ import annotations

from collections.abc import Collection

from .connection import Store


def idle_counts(store: Store, pack: str) -> dict[str, int]:
    """How many references of each source are of other models than those of `pack`."""
    return dict(
        store.rows(
            "SELECT source, count(*) FROM local_references WHERE pack != ? GROUP BY source", pack
        )
    )


def forget_gone(store: Store, performers: Collection[str]) -> int:
    """Drops all references of performers who are not among `performers` (Stash ids), and says
    how many there were. What was decided about the faces stays noted; someone the user only
    named, and never had in Stash, stays a reference."""
    with store.transaction() as connection:
        held = connection.execute(
            "SELECT DISTINCT local_performer_id FROM local_references "
            "WHERE local_performer_id IS NOT NULL"
        ).fetchall()
        gone = [(each,) for (each,) in held if each not in performers]
        before = connection.total_changes
        connection.executemany("DELETE FROM local_references WHERE local_performer_id = ?", gone)
        return connection.total_changes - before
