"""Several stash-boxes in one database: performers to people, first by what is told, then by faces
together with what is told; what stays doubtful goes to the review file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from builder.agreement import known
from builder.choose import Rule
from builder.enrol import enrol
from builder.joining import Names, Told, joined
from builder.likeness import Faces, Pair, likeness
from builder.people import Someone
from builder.report import Report
from builder.review import Decision, read_review, write_review
from builder.state import catalogue
from builder.state.connection import State
from builder.state.faces import problems
from builder.state.files import all_files
from builder.state.numbers import numbered
from builder.values import PictureRef
from stash_face.facedb.people import universal_id
from stash_face.facedb.types import Person
from stash_face.faces.packs import Pack

_NOT_AGREED = "the faces are one, but names or birth dates do not agree"
_NOT_SURE = "a name or birth date agrees, and the faces are somewhat alike"
_BOTH = "as like as one person, but one stash-box has two of them"
_AGREED = "the faces are one, and a name or birth date agrees"


class Scanned(NamedTuple):
    """What the faces of all pictures are asked for by."""

    state: State
    models: str
    pack: Pack
    rule: Rule


def several_boxes(state: State) -> list[Told] | None:
    """Everybody, where more than one source and more than one stash-box know them."""
    if sum(count > 0 for count in catalogue.counts(state).values()) < 2:
        return None
    everybody = list(catalogue.performers(state))
    return everybody if len(_hosts(everybody)) > 1 else None


class Merging:
    """One build's. `review` is the file of doubtful pairs, which is read now and written by
    `by_faces`; BadRequest where it cannot be understood."""

    def __init__(
        self, performers: Sequence[Told], review: Path, most_people: int, most_pictures: int
    ) -> None:
        self._performers, self._review = performers, review
        self._decisions = read_review(review)
        self._names = Names(performers)
        self._hosts = _hosts(performers)
        self._groups = joined(performers, self._names, self._decisions)
        self._wanted: dict[int, list[PictureRef]] = {}
        for number in range(len(performers)):
            if self._groups.group(number) == number and len(self._wanted) < most_people:
                told = (performers[each][1] for each in self._groups.members(number))
                unique = dict.fromkeys(ref for each in told for ref in each.pictures)
                self._wanted[number] = list(unique)[:most_pictures]

    def everyone(self) -> list[Someone]:
        """By what is told alone, in the sources' order, each with at most `most_pictures`."""
        return [self._someone(number) for number in self._wanted]

    def by_faces(self, scanned: Scanned, work: Path, say: Callable[[str], None]) -> list[Someone]:
        """Also by the faces of `everyone`, who were all looked at, and under the keys that the
        database has for them. Writes the review file."""
        everyone = dict(zip(self._wanted, self.everyone(), strict=True))
        numbers = {each.person.key: number for number, each in everyone.items()}
        listed = self._join(self._pairs(everyone, scanned, work, say), numbers)
        decided = [self._decided(each) for each in self._decisions if each.decision]
        # These keep their order, which says who goes first where not all can be obeyed.
        asked = {self._pair(each) for each in decided}
        listed = [each for each in listed if self._pair(each) not in asked]
        write_review(self._review, [*sorted(listed, key=_order), *decided])
        if listed:
            doubtful = sum(each.now == "apart" for each in listed)
            say(
                f"{len(listed) - doubtful} pairs were joined by their faces, {doubtful} are "
                f"doubtful: {self._review} has them all."
            )
        return self._called(scanned.state)

    def _pairs(
        self,
        everyone: Mapping[int, Someone],
        scanned: Scanned,
        work: Path,
        say: Callable[[str], None],
    ) -> list[Pair]:
        state, models, pack, rule = scanned
        found = enrol(
            state, models, everyone.values(), all_files(state), problems(state, models), rule,
            Report(),
        )  # fmt: skip
        people = {
            each.person.key: (each, known(self._performers[n][1] for n in self._groups.members(of)))
            for of, each in everyone.items()
        }
        return likeness(Faces(state, models, pack, people, found), work, say)

    def _join(self, pairs: Iterable[Pair], numbers: dict[str, int]) -> list[Decision]:
        """What the review file says of the pairs that nobody has decided."""
        doubtful: list[tuple[Pair, str]] = []
        listed: list[Decision] = []
        for pair in pairs:
            one, other = numbers[pair.one], numbers[pair.other]
            if self._groups.parted(one, other):
                continue
            if pair.sure and pair.agreed and self._groups.join(one, other):
                listed.append(self._shown(pair, one, other, _AGREED, "joined"))
            else:
                reason = _NOT_SURE if not pair.sure else _BOTH if pair.agreed else _NOT_AGREED
                doubtful.append((pair, reason))
        for pair, reason in doubtful:
            one, other = numbers[pair.one], numbers[pair.other]
            clear = pair.sure and pair.agreed
            if self._groups.contradict(one, other) and not clear:
                continue
            if self._groups.group(one) != self._groups.group(other):
                listed.append(self._shown(pair, one, other, reason, "apart"))
        return listed

    def _shown(self, pair: Pair, one: int, other: int, why: str, now: str) -> Decision:
        first, second = (self._performers[number][1].person for number in (one, other))
        return Decision("", first.key, second.key, first.name, second.name,
                        pair.similarity, why, now)  # fmt: skip

    def _pair(self, each: Decision) -> frozenset[str]:
        return frozenset((self._names.now(each.one), self._names.now(each.other)))

    def _decided(self, each: Decision) -> Decision:
        if not self._names.who(each.one) or not self._names.who(each.other):
            return each._replace(now="one of them is in no source")
        one, other = (self._owner(self._names.now(name)) for name in (each.one, each.other))
        together = self._groups.group(one) == self._groups.group(other)
        if each.decision == "same" and not together:
            twice = self._groups.contradict(one, other)
            why = "one stash-box has two of them" if twice else "another line says different"
            return each._replace(now=f"apart, as {why}")
        return each._replace(now="joined" if together else "apart")

    def _called(self, state: State) -> list[Someone]:
        """Everyone, those of several stash-boxes by their number."""
        roots = [number for number in self._wanted if self._groups.group(number) == number]
        everyone = {number: self._someone(number) for number in roots}
        several = [n for n, each in everyone.items() if _boxes(each.person) > 1]
        keys = [[self._performers[m][1].person.key for m in self._groups.members(n)]
                for n in several]  # fmt: skip
        for number, called in zip(several, numbered(state, keys), strict=True):
            someone = everyone[number]
            person = someone.person._replace(key=f"performer_{called:05}")
            everyone[number] = someone._replace(person=person)
        return list(everyone.values())

    def _someone(self, number: int) -> Someone:
        members = self._groups.members(number)
        told = [self._performers[each] for each in members]
        refs = dict.fromkeys(ref for each in members for ref in self._wanted.get(each, ()))
        return Someone(
            self._person(members), [(source, each.id) for source, each in told], list(refs)
        )

    def _person(self, members: Sequence[int]) -> Person:
        """Named as the first source has them."""
        told = [self._performers[each][1] for each in members]
        ids: dict[str, str | None] = dict.fromkeys(self._hosts)
        for each in told:
            for host, name in self._names.ids(each).items():
                # An id that somebody else goes by is not theirs, whoever says so.
                if ids[host] is None and self._owner(name) in members:
                    ids[host] = self._names.uuid(name)
        boxes = [f"{host}:{uuid}" for host, uuid in ids.items() if uuid]
        first = told[0].person
        key = boxes[0] if len(boxes) == 1 else first.key
        return Person(
            key, universal_id(ids) or key, first.name, ids if boxes else {},
            next((each.person.country for each in told if each.person.country), None),
            next((each.person.image_url for each in told if each.person.image_url), None),
        )  # fmt: skip

    def _owner(self, name: str) -> int:
        """Who goes by an id: its own stash-box's performer, or else the first who has it."""
        who = self._names.who(name)
        own = (n for n in who if self._performers[n][1].person.key.casefold() == name)
        return next(own, who[0])


def _hosts(performers: Iterable[Told]) -> list[str]:
    ids = (each.person.stash_ids.items() for _, each in performers)
    return sorted({host for each in ids for host, uuid in each if uuid})


def _boxes(person: Person) -> int:
    return sum(uuid is not None for uuid in person.stash_ids.values())


def _order(each: Decision) -> tuple[bool, float, str, str]:
    """What is to be decided first, the most alike of it first."""
    return each.now == "joined", -(each.similarity or 0), each.one, each.other
