"""One process at a time for an item that is worked on in slices."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ..errors import StoreError
from ..file_lock import file_lock

if TYPE_CHECKING:
    from .context import Context


class _OutOfTimeError(Exception):
    """Another process held the item until the budget was spent."""


@contextmanager
def alone(context: Context, kind: str, item_id: str, end: float) -> Iterator[bool]:
    """True while no other process works on this item; False when the wait took until `end`
    (time.monotonic)."""

    def waiting() -> None:
        if time.monotonic() >= end:
            raise _OutOfTimeError
        # Whoever has it may wait for the models that this process has.
        context.give_way()

    path = context.data_home / "locks" / f"{kind}-{item_id}.lock"
    with ExitStack() as held:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(file_lock(path, waiting))
        except _OutOfTimeError:
            yield False
            return
        except OSError as error:
            raise StoreError(
                f"The lock {path} cannot be made ({error.strerror}): free some space on that "
                "disk, and give Stash's user the right to write there."
            ) from None
        yield True
