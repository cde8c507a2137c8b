"""The sentences that say why a face got its answer, for people to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..facedb.law import Law
from ..facedb.types import Candidate
from .agreement import agreement

Names = Callable[[str], str]

# Below this quality a face says little; and a margin that is clear to anybody.
POOR = 0.25
CLEAR_MARGIN = 0.15

NOBODY_LEFT = "The face is ignored, or everybody who comes close was rejected here."


def nobody(quality: float, flaws: Sequence[str], law: Law) -> str:
    """For a face that is like nobody, perhaps because little can be seen of it."""
    if quality < POOR:
        joined = " and ".join(f"too {flaw}" for flaw in flaws if flaw in ("small", "blurred"))
        return f"The face is {joined or 'too small or too blurred'} to tell." + small(law)
    seen = f" The face is {listed(flaws)}." if flaws else ""
    return f"Nobody in the face database comes close.{seen}" + small(law)


def possible(
    best: Candidate, fpir: float, quality: float, flaws: Sequence[str], law: Law, name: Names
) -> str:
    """For a guess just under the bar."""
    words = listed(flaws) or ("small or blurred" if quality < POOR else "")
    poor = f", and the face is {words}" if words else ""
    return (
        f"Perhaps {name(best.key)}: about 1 stranger in {round(1 / fpir)} comes as close{poor}."
        + small(law)
    )


def match(candidates: Sequence[Candidate], margin: float | None, law: Law, name: Names) -> str:
    """For a name that is given."""
    clear = "clearly " if margin is None or margin >= CLEAR_MARGIN else ""
    said = agreement(candidates)
    but = ""
    if said is not None and said.other is not None:
        but = f", though one of the models finds {name(said.other)} closer"
    return f"A close match, {clear}ahead of the next person{but}." + small(law)


def equally_close(first: Candidate, second: Candidate, name: Names) -> str:
    return f"Two people are equally close: {name(first.key)} and {name(second.key)}."


def only_one(flaws: Sequence[str], pictures: int) -> str:
    """For a single doubtful face in a gallery of `pictures`."""
    before = [flaw for flaw in flaws if " " not in flaw]
    after = [flaw for flaw in flaws if " " in flaw]
    face = " ".join([", ".join(before), "face", *after]).strip()
    return f"Only one {face} in {pictures} pictures, and not a sure one."


def listed(words: Sequence[str]) -> str:
    """ "small, blurred and turned to the side"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def small(law: Law) -> str:
    """What is added where the bar is not the database's own."""
    if law.fitted:
        return ""
    return (
        f" (With {law.people} people the database is too small to measure its own bar; "
        "a cautious default is used.)"
    )
