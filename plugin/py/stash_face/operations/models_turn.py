"""One process at a time has the models loaded: others wait for their turn, and a long run gives way
to them between two pictures. The system takes the turn back from a process that dies."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ..errors import BusyError, StoreError
from .alone import alone

if TYPE_CHECKING:
    from .context import Context

# Who waits stands in line for the first lock, so that a long run sees it there.
_LINE, _LOADED = ("models", "line"), ("models", "loaded")
# Proxies end a request after a minute.
PATIENCE_SECONDS = 45.0


class ModelsBusyError(BusyError):
    """Another process had the models for as long as this one could wait."""


class ModelsTurn:
    """The turn of one process. `until` (time.monotonic) is how long it may wait, by default a
    while; `gives_way` that others need not wait for its end."""

    def __init__(self, context: Context) -> None:
        self.until: float | None = None
        self.gives_way = False
        self._context = context
        self._held: ExitStack | None = None
        self._seen_waiting = False

    def take(self) -> None:
        """Waits for the turn; ModelsBusyError. Nothing happens where it is this process's, and
        where the user wants no turns."""
        if self._held is not None or self._context.settings.side_by_side:
            return
        patience = time.monotonic() + PATIENCE_SECONDS
        end = patience if self.until is None else self.until
        with ExitStack() as held, ExitStack() as line:
            try:
                came = line.enter_context(alone(self._context, *_LINE, end))
                came = came and held.enter_context(alone(self._context, *_LOADED, end))
            except StoreError:
                # Where no lock can be made, nothing can be written: picture by picture at most.
                return
            if not came:
                raise ModelsBusyError(
                    "The models are at work for another page or task of Stash: try again when it "
                    "has ended."
                )
            self._held = held.pop_all()

    def take_if_free(self) -> bool:
        """Whether the turn is this process's now; waits for nobody."""
        until, self.until = self.until, 0.0
        try:
            self.take()
        except ModelsBusyError:
            return False
        finally:
            self.until = until
        return True

    def give_back(self) -> None:
        held, self._held, self._seen_waiting = self._held, None, False
        if held is not None:
            held.close()

    def is_waited_for(self) -> bool:
        """Whether somebody stands in line to whom this process gives way; it stays so until it
        has given back its turn."""
        if self.gives_way and self._held is not None and not self._seen_waiting:
            line = self._context.data_home / "locks" / "{}-{}.lock".format(*_LINE)
            if line.exists():
                with alone(self._context, *_LINE, end=0.0) as nobody:
                    self._seen_waiting = not nobody
        return self._seen_waiting
