"""Performers of several sources in groups, each one person: by what is told, not by faces.

Never two performers of one stash-box, nor two whom a person has told to be different.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from builder.agreement import id_of, page
from builder.review import Decision
from builder.values import SourcePerformer

Told = tuple[str, SourcePerformer]


class Groups:
    """Numbers 0..n-1 in groups. A group is called by its lowest number."""

    def __init__(self, marks: Sequence[dict[str, str]]) -> None:
        """`marks` of each: what must be the same where two of a group have it."""
        self._of = list(range(len(marks)))
        self._marks = [dict(each) for each in marks]
        self._members = [[number] for number in self._of]
        self._foes: list[set[int]] = [set() for _ in self._of]

    def group(self, number: int) -> int:
        while self._of[number] != number:
            self._of[number] = number = self._of[self._of[number]]
        return number

    def members(self, number: int) -> list[int]:
        return sorted(self._members[self.group(number)])

    def part(self, one: int, other: int) -> None:
        """Never join these two from now on."""
        one, other = self.group(one), self.group(other)
        if one != other:
            self._foes[one].add(other)
            self._foes[other].add(one)

    def parted(self, one: int, other: int) -> bool:
        one, other = self.group(one), self.group(other)
        return not self._foes[one].isdisjoint(self._members[other])

    def contradict(self, one: int, other: int) -> bool:
        """Whether a mark of the two groups is another."""
        a, b = self._marks[self.group(one)], self._marks[self.group(other)]
        return any(b.get(name, value) != value for name, value in a.items())

    def join(self, one: int, other: int) -> bool:
        """Whether they are one group now."""
        one, other = sorted((self.group(one), self.group(other)))
        if one == other:
            return True
        if self.parted(one, other) or self.contradict(one, other):
            return False
        self._of[other] = one
        self._members[one] += self._members[other]
        self._marks[one] |= self._marks[other]
        self._foes[one] |= self._foes[other]
        return True


class Names:
    """Who has which id. Ids that were merged into others mean those others."""

    def __init__(self, performers: Sequence[Told]) -> None:
        self._now: dict[str, str] = {}
        for _, each in performers:
            for host in _own_hosts(each):
                self._now |= {f"{host}:{old}".casefold(): f"{host}:{each.id}".casefold()
                              for old in each.merged}  # fmt: skip
        self._keys: dict[str, list[int]] = {}
        self._who: dict[str, list[int]] = {}
        self._spelt: dict[str, str] = {}
        for number, (_, each) in enumerate(performers):
            self._keys.setdefault(each.person.key.casefold(), []).append(number)
            for name in dict.fromkeys(self.ids(each).values()):
                self._who.setdefault(name, []).append(number)
            for host, uuid in each.person.stash_ids.items():
                self._spelt.setdefault(f"{host}:{uuid}".casefold(), str(uuid))

    def now(self, name: str) -> str:
        """What an id or a key is called today."""
        name = name.casefold()
        met = {name}
        while (later := self._now.get(name)) and later not in met:
            met.add(name := later)
        return name

    def who(self, name: str) -> list[int]:
        """Those with this id, or else with this key."""
        return self._who.get(self.now(name)) or self._keys.get(name.casefold(), [])

    def uuid(self, name: str) -> str:
        """Of an id as `ids` gives it, spelt as its stash-box does."""
        return self._spelt.get(name, name.partition(":")[2])

    def ids(self, performer: SourcePerformer) -> dict[str, str]:
        """Universal ids of today by host, for comparing."""
        ids = performer.person.stash_ids.items()
        return {host: self.now(f"{host}:{uuid}") for host, uuid in ids if uuid}

    def shared(self) -> Iterator[list[int]]:
        """Those who have an id in common."""
        return (numbers for numbers in self._who.values() if len(numbers) > 1)


def joined(performers: Sequence[Told], names: Names, decisions: Sequence[Decision]) -> Groups:
    """By key, then as `decisions` say, by ids and merges, and by addresses of their pages."""
    groups = Groups([names.ids(each) or {source: each.person.key} for source, each in performers])
    first: dict[str, int] = {}
    for number, (_, each) in enumerate(performers):
        groups.join(first.setdefault(each.person.key, number), number)
    _decide(groups, names, decisions)
    for numbers in names.shared():
        for number in numbers[1:]:
            groups.join(numbers[0], number)
    for numbers in _pages(performers, names):
        for number in numbers[1:]:
            groups.join(numbers[0], number)
    return groups


def _decide(groups: Groups, names: Names, decisions: Sequence[Decision]) -> None:
    for each in decisions:
        if each.decision == "different":
            ones, others = names.who(each.one), names.who(each.other)
            for one in ones:
                for other in others:
                    # Whoever has both ids goes with the one or with the other.
                    if one not in others and other not in ones:
                        groups.part(one, other)
    for each in decisions:
        if each.decision == "same":
            for one in names.who(each.one)[:1]:
                for other in names.who(each.other)[:1]:
                    groups.join(one, other)


def _pages(performers: Sequence[Told], names: Names) -> Iterator[list[int]]:
    """Those whom one page shows: a performer of a stash-box, or people of several sources."""
    shown: dict[str, list[int]] = {}
    for number, (_, each) in enumerate(performers):
        for told in dict.fromkeys(page(url) for url in each.urls):
            owners = names.who(id_of(told)) if told else []
            if owners:
                yield [owners[0], number]
            elif told:
                shown.setdefault(told, []).append(number)
    for numbers in shown.values():
        # A page that one source has for two performers shows a couple, or nobody.
        keys: dict[str, str] = {}
        alone = all(
            keys.setdefault(source, each.person.key) == each.person.key
            for source, each in (performers[number] for number in numbers)
        )
        if alone and len(numbers) > 1:
            yield numbers


def _own_hosts(performer: SourcePerformer) -> list[str]:
    return [host for host, uuid in performer.person.stash_ids.items() if uuid == performer.id]
