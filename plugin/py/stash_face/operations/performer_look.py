"""Who a performer of the user is in the face database, by the ids and faces that they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..facedb.law import FPIR_AUTOMATIC, FPIR_SUGGEST
from ..facedb.local import LocalReference
from ..facedb.types import Candidate
from ..identify.decision import decide
from ..identify.gallery import pool
from ..identify.performer import APART, Shared, likeness, shared_face
from ..identify.types import MATCH, UNKNOWN, Probe, Reason, Verdict, code_of
from ..stash.entities import LocalPerformer
from ..stash.library import comparable, comparable_ids
from ..store.references import Who
from ..store.suggestions import FACES, PICTURE, STASH_IDS, Proposal
from .matches import match_entry
from .performer_faces import TaggedFace, TaggedFaces
from .recognition import Recognition
from .told import who_is

_CANDIDATES, _LISTED, _SHOWN_FACES = 20, 5, 12
# A face has to be clear before somebody may be said not to be seen.
_CLEAR = 0.5


class Look(NamedTuple):
    """What is known of a performer. `proposals` by source; `duplicates` other performers of the
    user with this face; `never_seen` items (`kind:id`) that show clear faces, none of theirs."""

    proposals: dict[str, list[Proposal]]
    verdict: Verdict | None
    matches: list[dict[str, Any]]
    duplicates: list[dict[str, Any]]
    never_seen: list[str]
    pictures: int
    shared: Shared


class PerformerLooker:
    """Looks at one performer after another; `everyone` are all of the user's."""

    def __init__(
        self,
        recognition: Recognition,
        references: Sequence[LocalReference],
        everyone: Sequence[LocalPerformer],
    ) -> None:
        self._recognition = recognition
        self._references: dict[str, list[LocalReference]] = {}
        for reference in references:
            if reference.local_id is not None:
                self._references.setdefault(reference.local_id, []).append(reference)
        keys = ((recognition.database.key_of(n), each) for each in everyone
                for n in who_is(each).names)  # fmt: skip
        self._by_key: dict[str, list[LocalPerformer]] = {}
        for key, each in keys:
            if key is not None and each not in self._by_key.setdefault(key, []):
                self._by_key[key].append(each)

    def look(self, performer: LocalPerformer, tagged: TaggedFaces) -> Look:
        probes = [self._recognition.probe(t.face, t.picture) for t in tagged.faces]
        own = [
            Probe(f"picture:{n}", reference.vectors, 1.0, _typical([p.weight for p in probes]))
            for n, reference in enumerate(self._references.get(performer.id, ()))
        ]
        everything = [*own, *probes]
        items = [""] * len(own) + [each.item for each in tagged.faces]
        join = self._recognition.pack.join
        shared = shared_face(everything, items, join, range(len(own)))
        by_id = self._by_id(performer)
        if not shared.faces:
            return Look({STASH_IDS: by_id}, None, [], [], [], len(own), shared)
        theirs = [everything[i] for i in shared.faces]
        pooled = pool(theirs)
        verdict, duplicates = self._decide(performer, theirs, pooled)
        seen = [tagged.faces[i - len(own)] for i in shared.faces if i >= len(own)]
        by_face = [] if by_id else self._by_face(performer, verdict, seen, len(own), shared)
        proposals = {STASH_IDS: by_id, FACES: [], PICTURE: []}
        proposals[FACES if seen else PICTURE] = by_face
        never = self._never_seen(pooled, tagged, probes) if own or shared.items > 2 else []
        matches = self._matches(verdict)
        return Look(proposals, verdict, matches, duplicates, never, len(own), shared)

    def _by_id(self, performer: LocalPerformer) -> list[Proposal]:
        """The person whom the database has under an id of the performer's, with other ids."""
        base, proposals = self._recognition.database.base, []
        for name in sorted(comparable_ids(performer)):
            key = base.key_of(name) or self._key_of_site(name)
            if key is None:
                continue
            who = _who(base.person(key), performer.id)
            new = _new_ids(performer, who.stash_ids)
            if new:
                reason = _more_ids(name.partition(":")[0], sorted(new))
                evidence = {"known_as": name, "new_stash_ids": new, **code_of(reason.entry)}
                proposals.append(Proposal(who, MATCH, 1.0, 0.0, reason, evidence, None, True))
        return proposals[:1]

    def _key_of_site(self, name: str) -> str | None:
        """Databases write a stash-box with or without `api.`."""
        host, _, stash_id = name.partition(":")
        return self._recognition.database.base.key_of(f"api.{host}:{stash_id}")

    def _decide(
        self, performer: LocalPerformer, theirs: Sequence[Probe], pooled: Mapping[str, Any]
    ) -> tuple[Verdict, list[dict[str, Any]]]:
        r = self._recognition
        own_keys = {r.database.key_of(name) for name in who_is(performer).names}
        found = [c for c in r.database.search([pooled], _CANDIDATES)[0] if c.key not in own_keys]
        quality = max(probe.quality for probe in theirs)
        law = r.law.at(1.0 if len(theirs) > 1 else quality)
        near = [c for c in found if law.fpir(c.similarity) <= FPIR_SUGGEST]
        duplicates = [
            {
                "local_performer_id": other.id,
                "name": other.name,
                "distance": round(c.distance, 4),
                "confidence": round(law.confidence(c.similarity), 4),
            }
            for c in near
            for other in self._by_key.get(c.key, ())
            if other.id != performer.id
        ]
        # Those whom only the user has bring no ids.
        people = [c for c in found if r.database.base.key_of(c.key) is not None]
        return decide(people, quality, law, r._limits, self._name), duplicates

    def _name(self, key: str) -> str:
        return self._recognition.database.person(key).name

    def _by_face(
        self,
        performer: LocalPerformer,
        verdict: Verdict,
        seen: Sequence[TaggedFace],
        pictures: int,
        shared: Shared,
    ) -> list[Proposal]:
        if verdict.answer == UNKNOWN:
            return []
        best: Candidate = verdict.candidates[0]
        who = _who(self._recognition.database.person(best.key), performer.id)
        new = _new_ids(performer, who.stash_ids)
        if not new:
            return []
        similarity, law = best.similarity, verdict.law
        evidence = {
            "faces": [each.place for each in seen[:_SHOWN_FACES]],
            "pictures": pictures,
            "seen_in": shared.items,
            "new_stash_ids": new,
            **code_of(verdict.reason.entry),
        }
        sure = law.fitted and law.fpir(similarity) <= FPIR_AUTOMATIC and verdict.answer == MATCH
        return [
            Proposal(
                who, verdict.answer, round(law.confidence(similarity), 4),
                round(best.distance, 4), verdict.reason, evidence,
                None if verdict.margin is None else round(verdict.margin, 4), sure,
            )
        ]  # fmt: skip

    def _matches(self, verdict: Verdict) -> list[dict[str, Any]]:
        people = verdict.candidates[:_LISTED]
        following = [*verdict.candidates[1:], None]
        return [
            match_entry(
                each,
                self._recognition.database.person(each.key),
                verdict.law,
                behind.similarity if behind else None,
            )
            for each, behind in zip(people, following, strict=False)
        ]

    def _never_seen(
        self, pooled: dict[str, Any], tagged: TaggedFaces, probes: Sequence[Probe]
    ) -> list[str]:
        """Items of whose clear faces none is like the performer's."""
        bar = self._recognition.pack.join - APART
        clear: dict[str, bool] = {}
        for each, probe in zip(tagged.faces, probes, strict=True):
            if probe.quality >= _CLEAR:
                like = likeness(pooled, probe) >= bar
                clear[each.item] = clear.get(each.item, False) or like
            else:
                # Perhaps it is this one.
                clear[each.item] = True
        return [item for item, like in clear.items() if not like]


def _who(person: Any, local_performer_id: str) -> Who:
    stash_ids = {host: uuid for host, uuid in person.stash_ids.items() if uuid}
    return Who(person.performer_id, person.name, stash_ids, local_performer_id)


def _new_ids(performer: LocalPerformer, stash_ids: Mapping[str, str]) -> dict[str, str]:
    """Those of stash-boxes that the performer has no id of."""
    held = {name.partition(":")[0] for name in comparable_ids(performer)}
    return {
        host: uuid
        for host, uuid in stash_ids.items()
        if comparable(host, uuid).partition(":")[0] not in held
    }


def _typical(weights: Sequence[float]) -> float:
    return sorted(weights)[len(weights) // 2] if weights else 1.0


def _more_ids(host: str, more: Sequence[str]) -> Reason:
    told = f"The face database has this performer of {host} under {len(more)} more: "
    hosts = ", ".join(more)
    return Reason(f"{told}{hosts}.", "more_ids", host=host, hosts=hosts)
