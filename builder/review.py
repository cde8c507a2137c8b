"""The review file: pairs that may be one person, for somebody to decide. JSON, a pair a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from stash_face.errors import BadRequest

HEAD = (
    '# Perhaps one person each. Set "decision" to "same" or "different" (or back to ""): the next '
    "build obeys.\n"
)
_DECISIONS = ("", "same", "different")


class Decision(NamedTuple):
    """`one` and `other` are ids or keys; `decision` is same, different or "". The rest is for
    whoever reads it: names, the similarity of the faces, why it is asked, and how it is now."""

    decision: str
    one: str
    other: str
    one_name: str = ""
    other_name: str = ""
    similarity: float | None = None
    why: str = ""
    now: str = ""
    note: str = ""


def read_review(path: Path) -> list[Decision]:
    """Empty where there is no file; BadRequest, with the line, where one cannot be understood."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise BadRequest(f"{path} cannot be read ({error}): mend it or delete it.") from None
    return [
        _decision(path, number, line)
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]


def write_review(path: Path, pairs: Iterable[Decision]) -> None:
    """Replaces the file; what somebody has decided in it since it was read is kept."""
    found = {frozenset((each.one, each.other)): each for each in pairs}
    for each in read_review(path):
        pair = frozenset((each.one, each.other))
        if pair in found:
            found[pair] = found[pair]._replace(decision=each.decision, note=each.note)
        elif each.decision or each.note:
            found[pair] = each
    new = path.with_name(f".{path.name}.new")
    lines = [json.dumps(_shown(each), ensure_ascii=False) for each in found.values()]
    new.write_text(HEAD + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    os.replace(new, path)


def _shown(each: Decision) -> dict[str, Any]:
    kept = each._asdict()
    return {k: v for k, v in kept.items() if v not in ("", None) or k == "decision"}


def _decision(path: Path, number: int, line: str) -> Decision:
    try:
        row = json.loads(line)
        told = {name: row[name] for name in Decision._fields if name in row}
        found = Decision(**({"decision": ""} | told))
        right = all(isinstance(each, str) and each for each in (found.one, found.other))
    except (ValueError, TypeError, RecursionError):
        right = False
    if not right:
        raise BadRequest(
            f'{path} line {number} is no pair: write {{"decision": "same", "one": ID, '
            '"other": ID} or delete the line.'
        )
    if found.decision not in _DECISIONS:
        raise BadRequest(
            f'{path} line {number}: decision must be "same", "different" or "", not '
            f"{found.decision!r}."
        )
    return found
