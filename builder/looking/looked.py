"""What looking at a picture gives, and what every engine that looks at pictures offers.

Knows nothing of models, machines or the state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from builder.flow import Flow
from builder.pictures import Bytes
from builder.state.faces import StoredFace
from stash_face.media.naming import titled


class Looked(NamedTuple):
    """A picture whose content was let go, and what was found in it. `size` (width, height); None
    where nobody looked at it, so that there is nothing to keep but `got`. `problem`: why it shows
    nothing, which belongs to its bytes."""

    got: Bytes
    size: tuple[int, int] | None
    faces: list[StoredFace]
    problem: str | None


class LookingEngine(Protocol):
    """Looks at pictures, wherever. Used for one run: `stages`, then `end`."""

    def stages(self, flow: Flow, stopped: Callable[[], bool]) -> None:
        """Adds to `flow`, which gives Bytes, what makes a Looked of each, in any order; bytes
        without content go through as they are. Once `stopped` says so, what has not begun is
        dropped. From the main thread."""

    def end(self) -> None:
        """After the flow: lets go of whatever is held."""


def untouched(got: Bytes) -> Looked:
    """A picture that there was no reason to look at."""
    return Looked(got._replace(content=None), None, [], None)


def unlucky(got: Bytes, told: str) -> Looked:
    """Looking failed, for no fault of the bytes that is known: the next build may have more luck,
    so it is kept with the location."""
    problem = f"{titled('picture', got.ref.name)} could not be looked at ({told})."
    file = got.file._replace(sha256=None, problem=problem)
    return Looked(Bytes(got.ref, file, None), None, [], None)
