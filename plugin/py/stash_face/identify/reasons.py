"""The sentences that say why a face got its answer, for people to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..facedb.law import Law
from ..facedb.types import Candidate
from .agreement import agreement
from .types import Reason

Names = Callable[[str], str]

# Below this quality a face says little; and a margin that is clear to anybody.
POOR = 0.25
CLEAR_MARGIN = 0.15

NOBODY_LEFT = Reason(
    "The face is ignored, or everybody who comes close was rejected here.", "nobody_left"
)
BARRED = Reason("Somebody comes close, but not within max_distance and min_confidence.", "barred")
BETTER_THERE = Reason("Another face in the same picture fits this person better.", "better_there")
ONE_FACE = Reason("One face is so close that not 1 stranger in 1,000 would be.", "one_face")


def nobody(quality: float, flaws: Sequence[str], law: Law) -> Reason:
    """For a face that is like nobody, perhaps because little can be seen of it."""
    values = {"flaws": codes(flaws), **crowd(law)}
    if quality < POOR:
        joined = " and ".join(f"too {flaw}" for flaw in flaws if flaw in ("small", "blurred"))
        told = f"The face is {joined or 'too small or too blurred'} to tell."
        return Reason(told + small(law), "too_poor", **values)
    seen = f" The face is {listed(flaws)}." if flaws else ""
    told = f"Nobody in the face database comes close.{seen}"
    return Reason(told + small(law), "nobody", **values)


def possible(
    best: Candidate, fpir: float, quality: float, flaws: Sequence[str], law: Law, name: Names
) -> Reason:
    """For a guess just under the bar."""
    words = listed(flaws) or ("small or blurred" if quality < POOR else "")
    poor = f", and the face is {words}" if words else ""
    who, strangers = name(best.key), round(1 / fpir)
    told = f"Perhaps {who}: about 1 stranger in {strangers} comes as close{poor}."
    values = {"name": who, "strangers": strangers, "flaws": codes(flaws), **crowd(law)}
    return Reason(told + small(law), "possible", **values)


def match(candidates: Sequence[Candidate], margin: float | None, law: Law, name: Names) -> Reason:
    """For a name that is given."""
    is_clear = margin is None or margin >= CLEAR_MARGIN
    said = agreement(candidates)
    other = name(said.other) if said is not None and said.other is not None else None
    but = f", though one of the models finds {other} closer" if other is not None else ""
    told = f"A close match, {'clearly ' if is_clear else ''}ahead of the next person{but}."
    code = "clear_match" if is_clear else "match"
    return Reason(told + small(law), code, other=other, **crowd(law))


def equally_close(first: Candidate, second: Candidate, name: Names) -> Reason:
    who, other = name(first.key), name(second.key)
    told = f"Two people are equally close: {who} and {other}."
    return Reason(told, "equally_close", name=who, other=other)


def fits_better(who: str) -> Reason:
    return Reason(f"Another face in this picture fits {who} better.", "fits_better", name=who)


def surer_elsewhere(who: str, where: str) -> Reason:
    told = f"Perhaps {who}, who is surer elsewhere in this {where}."
    return Reason(told, "surer_elsewhere", name=who)


def only_one(flaws: Sequence[str], pictures: int) -> Reason:
    """For a single doubtful face in a gallery of `pictures`."""
    before = [flaw for flaw in flaws if " " not in flaw]
    after = [flaw for flaw in flaws if " " in flaw]
    face = " ".join([", ".join(before), "face", *after]).strip()
    told = f"Only one {face} in {pictures} pictures, and not a sure one."
    return Reason(told, "only_one", pictures=pictures, flaws=codes(flaws))


def one_picture(pictures: int) -> Reason:
    told = f"Looks right, but is seen in only one of {pictures} pictures."
    return Reason(told, "one_picture", pictures=pictures)


def one_moment(moments: int) -> Reason:
    told = f"Looks right, but is seen at only 1 of {moments} moments."
    return Reason(told, "one_moment", moments=moments)


def one_doubtful_moment(moments: int) -> Reason:
    told = f"Seen at only 1 of {moments} moments, and not for sure."
    return Reason(told, "one_doubtful_moment", moments=moments)


def listed(words: Sequence[str]) -> str:
    """ "small, blurred and turned to the side"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def codes(flaws: Sequence[str]) -> list[str]:
    """The flaws as single words: small, blurred, turned."""
    return [flaw.partition(" ")[0] for flaw in flaws]


def crowd(law: Law) -> dict[str, int]:
    """How many people the database has, where that is too few."""
    return {} if law.fitted else {"people": law.people}


def small(law: Law) -> str:
    """What is added where the bar is not the database's own."""
    if law.fitted:
        return ""
    return (
        f" (With {law.people} people the database is too small to measure its own bar; "
        "a cautious default is used.)"
    )
