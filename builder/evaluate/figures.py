"""Answers to figures: ranks, precision and recall with strangers among those asked about, and how
far right and wrong people are away.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from builder.evaluate.asking import Asked
from builder.evaluate.shares import likely_range
from stash_face.identify.types import MATCH, UNCERTAIN

RANKS = (1, 3, 5)
# Shares of the pictures by which a distribution is told, and the width of its bars.
_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
BAR = 0.02
# Wrong names that are listed.
_LISTED = 100


def figures(asked: Sequence[Asked]) -> dict[str, Any]:
    """Pictures that are in the database itself do not count. A picture of a known person without
    a face counts as missed; a stranger's counts among the strangers, unnamed."""
    held_out = [each for each in asked if not each.enrolled]
    known = [each for each in held_out if each.question.key is not None]
    strangers = [each for each in held_out if each.question.key is None]
    named = [each for each in held_out if each.answer == MATCH]
    right = [each for each in named if each.named == each.question.key]
    false = [each for each in strangers if each.answer == MATCH]
    return {
        "pictures": {
            "known": len(known),
            "people": len({each.question.key for each in known}),
            "strangers": len(strangers),
            "in_the_database": len(asked) - len(held_out),
            "without_face": sum(each.problem == "no face" for each in held_out),
            "unreadable": sum(each.problem not in (None, "no face") for each in held_out),
        },
        "ranks": {
            f"top_{rank}": _share(sum((each.rank or 99) <= rank for each in known), len(known))
            for rank in RANKS
        },
        "precision": _share(len(right), len(named)),
        "recall": _share(len(right), len(known)),
        "strangers_named": _share(len(false), len(strangers)),
        "uncertain": _share(sum(e.answer == UNCERTAIN for e in held_out), len(held_out)),
        "distances": {
            "right": _distribution([e.right for e in known if e.right is not None]),
            "wrong": _distribution([e.wrong for e in held_out if e.wrong is not None]),
        },
        "mistakes": [
            {
                "picture": each.question.path.name,
                "person": each.question.key,
                "named": each.named,
                "distance": _rounded(each.wrong),
            }
            for each in sorted(named, key=lambda each: each.wrong or 0)
            if each.named != each.question.key
        ][:_LISTED],
    }


def _share(some: int, all_: int) -> dict[str, Any] | None:
    """None of nothing."""
    if not all_:
        return None
    low, high = likely_range(some / all_, all_)
    return {"count": some, "of": all_, "share": _rounded(some / all_),
            "likely": [_rounded(max(low, 0.0)), _rounded(min(high, 1.0))]}  # fmt: skip


def _distribution(distances: list[float]) -> dict[str, Any]:
    """Quantiles, and how many are in each bar of `BAR` from 0 on."""
    ordered = sorted(distances)
    bars = [0] * (int(max(ordered, default=0) / BAR) + 1)
    for each in ordered:
        bars[int(max(each, 0) / BAR)] += 1
    last = len(ordered) - 1
    quantiles = {str(q): _rounded(ordered[round(q * last)]) for q in _QUANTILES if ordered}
    return {"count": len(ordered), "quantiles": quantiles, "bar": BAR, "bars": bars}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def table(told: dict[str, Any]) -> list[str]:
    """Lines for a terminal."""
    pictures = told["pictures"]
    lines = [
        f"{pictures['known']:,} held-out pictures of {pictures['people']:,} people, "
        f"{pictures['strangers']:,} of strangers; {pictures['without_face']:,} show no face, "
        f"{pictures['unreadable']:,} cannot be read.",
        "",
    ]
    if pictures["in_the_database"]:
        lines.insert(1, f"{pictures['in_the_database']:,} are in the database: they do not count.")
    rows = {f"the right person is among the first {n}": f"top_{n}" for n in RANKS}
    for title, name in rows.items():
        lines.append(_row(title.replace("among the first 1", "the first"), told["ranks"][name]))
    lines += [
        _row("names that are right (precision)", told["precision"]),
        _row("known people named (recall)", told["recall"]),
        _row("strangers given a name", told["strangers_named"]),
        _row("left as uncertain", told["uncertain"]),
        "",
        f"{'distance':42} {'1 %':>7} {'5 %':>7} {'half':>7} {'95 %':>7} {'99 %':>7}",
    ]
    for name, title in (("right", "to the right person"), ("wrong", "to the nearest other")):
        quantiles = told["distances"][name]["quantiles"]
        if quantiles:
            values = (quantiles[each] for each in ("0.01", "0.05", "0.5", "0.95", "0.99"))
            lines.append(f"{title:42}" + "".join(f" {value:7.3f}" for value in values))
    return lines


def _row(title: str, share: dict[str, Any] | None) -> str:
    if share is None:
        return f"{title:42}       –"
    low, high = share["likely"]
    return (
        f"{title:42} {share['share']:7.1%}   {share['count']:,} of {share['of']:,} "
        f"(likely {low:.1%} to {high:.1%})"
    )
