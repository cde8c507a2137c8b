"""Which face of which picture is the performer, and which of them become references.

Arithmetic on vectors only: faces of all pictures of one performer in, references and reasons
out; the same for the same faces, whatever came before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# A face that is less like the performer's others than this share of the pack's join is not theirs:
# of 519 photos of LFW the wrong ones have at most 0.0, the right ones at least 0.31 (join 0.30).
OUTLIER = 0.7
# Two different photos of LFW reach 0.92; a copy that was scaled or saved again 0.97 and more.
SAME = 0.96
# Alone in a picture for who looks at it: large and near the middle, and no other face a third as
# much so.
DOMINANT = 3.0

_Matrix = NDArray[np.float32]


class Seen(NamedTuple):
    """Face `number` of `picture` (its index). `vector`: unit (D,), the product of two being the
    mean cosine over the embedders; `weight` is the area less twice the squared distance from the
    middle, `height` that of the face, in pixels."""

    picture: int
    number: int
    vector: _Matrix
    quality: float
    weight: float
    height: float


class Rule(NamedTuple):
    """`join`: cosine at which two faces are one person's. A face needs `least_quality` (0..1)
    and `least_height` (pixels); at most `most` references are kept."""

    join: float
    least_quality: float = 0.15
    least_height: float = 32.0
    most: int = 8


class Choice(NamedTuple):
    """`kept` in the order of the pictures; `dropped` says why a picture gives none; `doubt` is
    a sentence where a person should look."""

    kept: list[Seen]
    dropped: dict[int, str]
    doubt: str = ""


def choose(pictures: Sequence[Sequence[Seen]], rule: Rule) -> Choice:
    """`pictures`: the faces of each, the main one first; a picture without any is left to the
    caller."""
    dropped: dict[int, str] = {}
    clear: list[list[Seen]] = []
    for index, faces in enumerate(pictures):
        good = [f for f in faces if f.quality >= rule.least_quality
                and f.height >= rule.least_height]  # fmt: skip
        if good:
            clear.append(good)
        elif faces:
            dropped[index] = "shows no face that is large and clear enough"
    if not clear:
        return Choice([], dropped)
    if len(clear) == 1:
        return _alone(clear[0], dropped)
    return _together(clear, rule, dropped)


def beside(own: Sequence[Seen], given: Sequence[Seen], rule: Rule) -> Choice:
    """Which of the `given` faces, each a picture of its own, join the references `own`: those that
    are like them and add something, as far as there is room. Without `own` ones they are chosen
    as pictures are."""
    if not own:
        return choose([[face] for face in given], rule)
    dropped: dict[int, str] = {}
    core = np.stack([face.vector for face in own])
    found: list[Seen] = []
    for face in given:
        if face.quality < rule.least_quality:
            dropped[face.picture] = "is not clear enough"
        elif not is_like(core, face.vector, rule):
            dropped[face.picture] = "is unlike the performer's own pictures"
        else:
            found.append(face)
    new = _unlike(found, dropped, own)
    if len(own) + len(new) <= rule.most:
        return Choice(new, dropped)
    nearest = (np.stack([face.vector for face in new]) @ core.T).max(1)
    return Choice(_spread(new, [], nearest, max(rule.most - len(own), 0), dropped), dropped)


def is_like(core: _Matrix, vector: _Matrix, rule: Rule) -> bool:
    """Whether a face (D,) may be the person's of the unit vectors `core` (n, D)."""
    return float((core @ vector).mean()) >= OUTLIER * rule.join


def _alone(faces: list[Seen], dropped: dict[int, str]) -> Choice:
    if (face := _dominant(faces)) is not None:
        return Choice([face], dropped)
    reason = f"shows {len(faces)} people, and no other picture tells which of them"
    return Choice([], {**dropped, faces[0].picture: reason})


def _dominant(faces: list[Seen]) -> Seen | None:
    main, *others = faces
    if not others or main.weight > DOMINANT * max(0.0, *(each.weight for each in others)):
        return main
    return None


def _together(clear: list[list[Seen]], rule: Rule, dropped: dict[int, str]) -> Choice:
    everyone = [face for faces in clear for face in faces]
    groups = _groups(everyone, rule.join)
    ranked = sorted(groups, key=_support, reverse=True)
    if len(ranked[0]) == 1:
        return _strangers(clear, dropped)
    doubt = ""
    if len(ranked) > 1 and len(ranked[1]) == len(ranked[0]):
        doubt = f"two people are in {len(ranked[0])} pictures each"
    found: list[Seen] = []
    core = np.stack([face.vector for face in ranked[0]])
    inside = {(face.picture, face.number) for face in ranked[0]}
    for faces in clear:
        own = [face for face in faces if (face.picture, face.number) in inside]
        best = own[0] if own else max(faces, key=lambda face: _likeness(core, face))
        if own or is_like(core, best.vector, rule):
            found.append(best)
        elif len(faces) == 1:
            dropped[best.picture] = "shows somebody else than the other pictures"
        else:
            dropped[best.picture] = f"none of its {len(faces)} faces is in the other pictures"
    return Choice(_diverse(_unlike(found, dropped), rule.most, dropped), dropped, doubt)


def _strangers(clear: list[list[Seen]], dropped: dict[int, str]) -> Choice:
    """No two pictures agree: the first that shows one person is taken, as sources put the best
    picture first."""
    doubt = f"no two of {len(clear)} pictures show the same face"
    for faces in clear:
        if (face := _dominant(faces)) is not None:
            others = {each[0].picture for each in clear} - {face.picture}
            reasons = dict.fromkeys(sorted(others), "agrees with no other picture")
            return Choice([face], {**dropped, **reasons}, doubt)
    reasons = {each[0].picture: "shows several people who are in no other picture"
               for each in clear}  # fmt: skip
    return Choice([], {**dropped, **reasons}, doubt)


def _support(group: list[Seen]) -> tuple[int, int, int]:
    """More pictures, then more main faces of them, then the earlier picture."""
    return len(group), sum(face.number == 0 for face in group), -group[0].picture


def _likeness(core: _Matrix, face: Seen) -> float:
    return float((core @ face.vector).mean())


def _groups(faces: list[Seen], join: float) -> list[list[Seen]]:
    """Average link, never two faces of one picture together; each in the order given."""
    vectors = np.stack([face.vector for face in faces])
    groups = [[index] for index in range(len(faces))]
    of = np.array([face.picture for face in faces])
    similar = (vectors @ vectors.T).astype(np.float64)
    similar[of[:, None] == of[None, :]] = -np.inf
    while True:
        a, b = divmod(int(similar.argmax()), len(faces))
        if similar[a, b] < join:
            break
        first, second = len(groups[a]), len(groups[b])
        merged = (first * similar[a] + second * similar[b]) / (first + second)
        groups[a] += groups[b]
        groups[b] = []
        similar[b, :] = similar[:, b] = -np.inf
        merged[[a, b]] = -np.inf
        similar[a, :] = similar[:, a] = merged
        similar[b, a] = similar[a, b] = -np.inf
    return [[faces[index] for index in sorted(group)] for group in groups if group]


def _unlike(found: list[Seen], dropped: dict[int, str], before: Sequence[Seen] = ()) -> list[Seen]:
    """Without near copies, also of those `before`: the best of each is kept."""
    kept: list[Seen] = list(before)
    for face in sorted(found, key=lambda face: (-face.quality, face.picture)):
        if any(float(face.vector @ other.vector) >= SAME for other in kept):
            dropped[face.picture] = "is nearly the same as another picture"
        else:
            kept.append(face)
    return sorted(kept[len(before) :])


def _diverse(found: list[Seen], most: int, dropped: dict[int, str]) -> list[Seen]:
    """The best first, then always the one that adds most: unlike those taken, and clear."""
    if len(found) <= most:
        return found
    vectors = np.stack([face.vector for face in found])
    quality = np.array([face.quality for face in found])
    # The one that is most like all the others stands in the middle of them.
    taken = [int((quality * (vectors @ vectors.sum(0))).argmax())]
    return _spread(found, taken, vectors @ vectors[taken[0]], most, dropped)


def _spread(
    found: list[Seen], taken: list[int], nearest: _Matrix, most: int, dropped: dict[int, str]
) -> list[Seen]:
    """`most` of them, those `taken` and then what adds most; `nearest` (n,) is how like each is to
    what is there."""
    vectors = np.stack([face.vector for face in found])
    quality = np.array([face.quality for face in found])
    while len(taken) < most:
        gain = quality * (1 - nearest)
        gain[taken] = -np.inf
        taken.append(int(gain.argmax()))
        nearest = np.maximum(nearest, vectors @ vectors[taken[-1]])
    kept = [found[index] for index in sorted(taken)]
    for face in found:
        if face not in kept:
            dropped[face.picture] = f"would be more than {most} references"
    return kept
