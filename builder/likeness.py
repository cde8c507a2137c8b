"""People of different sources whose faces are alike, by the bar of the one source's own people.

Whoever only later sources have is asked about as a stranger would be, so that nobody stands
twice in what the bar is measured on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from builder.agreement import Known, agree, whole_dates
from builder.comparison import Compared, Comparison
from builder.enrol import Enrolment
from builder.people import Someone
from builder.state.builds import Reference
from builder.state.checks import forget_comparisons
from builder.state.connection import State
from stash_face.faces.packs import Pack

# Names and dates that so many have say nothing of who it is.
_COMMON = 50


class Pair(NamedTuple):
    """Keys of two people, how alike their faces are, whether that is over the bar, and whether
    a name or a birth date agrees."""

    one: str
    other: str
    similarity: float
    sure: bool
    agreed: bool


class Faces(NamedTuple):
    """Whose faces there are to compare: people as enrolled, with what else is known of each."""

    state: State
    models: str
    pack: Pack
    people: Mapping[str, tuple[Someone, Known]]
    found: Enrolment


def likeness(faces: Faces, work: Path, say: Callable[[str], None]) -> list[Pair]:
    """The most alike first. Only who has changed since the last time is compared with everybody,
    and it is as if all were; files that serve for it are in `work` meanwhile."""
    told = {p.key: {name for name, _ in faces.people[p.key][0].members} for p in faces.found.people}
    sources = list(dict.fromkeys(s for each, _ in faces.people.values() for s, _ in each.members))
    references: dict[str, list[Reference]] = {}
    for reference in faces.found.references:
        references.setdefault(reference.key, []).append(reference)
    forget_comparisons(faces.state, sources[:-1])
    pairs: dict[tuple[str, str], Pair] = {}
    for number, source in enumerate(sources[:-1]):
        later = set(sources[number + 1 :])
        own = [key for key, those in told.items() if source in those]
        asked = [key for key, those in told.items() if those <= later]
        if own and asked:
            comparison = Comparison(faces.state, faces.models, faces.pack, source, references)
            namesakes = list(_namesakes(faces, own, asked))
            compared = comparison.of(own, asked, namesakes, work / "compared", say)
            for pair in _pairs(faces, compared, namesakes):
                pairs.setdefault((pair.one, pair.other), pair)
    return sorted(pairs.values(), key=lambda pair: (-pair.similarity, pair))


def _pairs(
    faces: Faces, compared: Compared, namesakes: Sequence[tuple[str, str]]
) -> Iterator[Pair]:
    """Who is alike, or has a name in common and is somewhat alike."""
    text = set(namesakes)
    for (one, other), similarity in compared.similarities.items():
        sure = similarity >= compared.sure
        if sure or ((one, other) in text and similarity >= compared.unclear):
            agreed = agree(faces.people[one][1], faces.people[other][1])
            if sure or agreed:
                yield Pair(one, other, round(similarity, 4), sure, agreed)


def _namesakes(faces: Faces, own: Sequence[str], asked: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Those who have a name or a birth date in common that says something."""
    found: dict[str, list[str]] = {}
    for key in own:
        for name in _said(faces.people[key][1]):
            found.setdefault(name, []).append(key)
    for other in asked:
        named = (found.get(name, []) for name in _said(faces.people[other][1]))
        for key in sorted({key for keys in named if len(keys) <= _COMMON for key in keys}):
            yield key, other


def _said(about: Known) -> frozenset[str]:
    return about.names | whole_dates(about)
