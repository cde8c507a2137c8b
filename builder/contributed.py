"""Faces that others gave, beside those of the sources' own pictures: whom they belong to, and
which of them become references. They fill up what a person's own pictures leave room for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from builder.choose import Rule, Seen, beside
from builder.enrol import Enrolment
from builder.joining import Names
from builder.people import Someone
from builder.report import Report
from builder.state import catalogue
from builder.state.builds import Reference
from builder.state.connection import State
from builder.state.contributions import Contributed, contributed
from builder.state.faces import faces_of

SOURCE = "contributions"
# References of one person up to which they may be filled up, where the build has no limit.
MOST = 8
# Letters of a contribution's id that people see.
SHOWN = 12


class Members:
    """Who of the sources' performers goes by an id: by (source, the source's own id)."""

    def __init__(self, state: State) -> None:
        self._performers = list(catalogue.performers(state))
        self._names = Names(self._performers)

    def of(self, ids: Iterable[str]) -> set[tuple[str, str]]:
        numbers = {number for name in ids for number in self._names.who(name)}
        return {(self._performers[n][0], self._performers[n][1].id) for n in numbers}


def with_contributed(
    state: State,
    models: str,
    everyone: Sequence[Someone],
    found: Enrolment,
    rule: Rule,
    report: Report,
) -> Enrolment:
    """`found` and behind it the contributed faces of `everyone` that become references."""
    given = _by_person(state, everyone, contributed(state, models), report)
    if not given:
        return found
    rule = rule._replace(most=min(rule.most, MOST))
    own: dict[str, list[Reference]] = {}
    for reference in found.references:
        own.setdefault(reference.key, []).append(reference)
    added: list[Reference] = []
    for someone in everyone:
        key = someone.person.key
        if not (faces := given.get(key)):
            continue
        had = [_seen(state, models, n, each[1:]) for n, each in enumerate(own.get(key, []))]
        new = [_seen(state, models, n, (each.picture, 0)) for n, each in enumerate(faces)]
        choice = beside(had, new, rule)
        for number, reason in sorted(choice.dropped.items()):
            report.left_out[_name(faces[number])] = reason
        for face in choice.kept:
            ident = faces[face.picture].contribution[:SHOWN]
            report.contributions[ident] = report.contributions.get(ident, 0) + 1
            added.append(Reference(key, faces[face.picture].picture, 0))
    return _together(everyone, found, added, report)


def _together(
    everyone: Iterable[Someone], found: Enrolment, added: Sequence[Reference], report: Report
) -> Enrolment:
    own, given = {each.key for each in found.references}, {each.key for each in added}
    people = []
    for someone in everyone:
        if someone.person.key in own | given:
            people.append(someone.person)
        if someone.person.key in given - own:
            for _ in someone.members:
                report.performers_without_face.remove(someone.person.name)
    if given:
        report.sources[SOURCE] = len(given)
    references = [*found.references, *added]
    report.people, report.faces = len(people), len(references)
    return Enrolment(people, references)


def _by_person(
    state: State, everyone: Sequence[Someone], faces: Sequence[Contributed], report: Report
) -> dict[str, list[Contributed]]:
    """By key, each face once; those of nobody here wait for a source that has them."""
    if not faces:
        return {}
    members = Members(state)
    keys = {member: each.person.key for each in everyone for member in each.members}
    given: dict[str, list[Contributed]] = {}
    met: set[str] = set()
    for face in faces:
        found = {keys[member] for member in members.of(face.performers) if member in keys}
        if len(found) > 1:
            report.left_out[_name(face)] = "is said to show two people"
        elif found and face.picture not in met:
            met.add(face.picture)
            given.setdefault(found.pop(), []).append(face)
    return given


def _seen(state: State, models: str, index: int, face: tuple[str, int]) -> Seen:
    picture, number = face
    stored = faces_of(state, models, picture)[number]
    vector = stored.vectors / np.float32(np.linalg.norm(stored.vectors))
    return Seen(index, 0, vector, stored.quality, 1.0, np.inf)


def _name(face: Contributed) -> str:
    return f"contribution {face.contribution[:SHOWN]}, face {face.number}"
