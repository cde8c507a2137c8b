"""How a file's name is written in a sentence for a person; names come from outside and are data."""

from __future__ import annotations

MAX_NAME = 120
"""Characters of a name that a sentence shows."""


def shown(name: str) -> str:
    """The name on one line, without control and bidirectional characters, cut to MAX_NAME."""
    kept = (c if c.isprintable() else " " if c.isspace() else "" for c in name[: 20 * MAX_NAME])
    text = " ".join("".join(kept).split()).replace('"', "'")
    return text if len(text) <= MAX_NAME else text[: MAX_NAME - 1] + "…"


def titled(noun: str, name: str) -> str:
    """`The picture "beach.jpg"`, or `The picture` where the name is empty."""
    label = shown(name)
    return f'The {noun} "{label}"' if label else f"The {noun}"
