from __future__ import annotations

import pytest

from stash_face.store.connection import Store
from stash_face.store.references import (
    CONFIRM,
    REJECT,
    Decision,
    Origin,
    Picture,
    Reference,
    Who,
    confirm,
    decided_state,
    decisions,
    forget_pictures,
    load_references,
    picture_versions,
    reference_counts,
    reject,
    rename,
    save_picture,
    take_back,
)
from tests.store.made_up import face

ANN = Who("stashdb.org:ann", "Ann", {"stashdb.org": "ann", "fansdb.cc": "a"}, "7")
BEN = Who("local:8", "Ben", {}, "8")
FILE = Origin("md5:aa:1", "dev")
# The middle of face(1).
MIDDLE = (pytest.approx(0.1625), pytest.approx(0.5))


def picture(checksum: str = "aa", version: str = "?t=1") -> Picture:
    return Picture(version, checksum, face())


def test_a_confirmed_face_is_a_reference_until_it_is_taken_back(fresh_store: Store) -> None:
    confirm(fresh_store, "image", "5", 1, face(1), ANN, FILE)

    vectors = {key: vector for key, (_, vector) in face(1).embeddings.items()}
    known = Reference(ANN, "confirmed", vectors, face(1).quality)
    assert load_references(fresh_store, "dev") == [known]
    assert load_references(fresh_store, "another") == []
    names = ("stashdb.org:ann", "fansdb.cc:a", "local:7")
    assert set(decisions(fresh_store, "image", ["5", "6"])["5"][0].names) == set(names)

    take_back(fresh_store, "image", "5", None, ANN)

    assert decisions(fresh_store, "image", ["5"]) == {}
    assert fresh_store.rows("SELECT * FROM local_reference_embeddings") == []


def test_a_face_is_one_person_and_a_confirmation_ends_a_rejection(fresh_store: Store) -> None:
    confirm(fresh_store, "image", "5", 1, face(1), BEN, FILE)
    reject(fresh_store, "image", "5", 1, face(1), ANN)
    confirm(fresh_store, "image", "5", 1, face(1), ANN, FILE)

    assert [each.who for each in load_references(fresh_store, "dev")] == [ANN]
    assert decisions(fresh_store, "image", ["5"]) == {
        "5": [Decision("stashdb.org:ann", tuple(ANN.names), CONFIRM, 1, MIDDLE)]
    }


def test_a_rejection_ends_a_confirmation_of_the_same_person(fresh_store: Store) -> None:
    confirm(fresh_store, "image", "5", 1, face(1), ANN, FILE)

    reject(fresh_store, "image", "5", None, None, Who("fansdb.cc:a", "", {}))

    assert load_references(fresh_store, "dev") == []
    assert [d.decision for d in decisions(fresh_store, "image", ["5"])["5"]] == [REJECT]


def test_the_decision_about_one_face_is_taken_back_alone(fresh_store: Store) -> None:
    for ordinal in (0, 1):
        reject(fresh_store, "image", "5", ordinal, face(ordinal), ANN)

    take_back(fresh_store, "image", "5", 0, ANN)
    take_back(fresh_store, "image", "5", 1, BEN)

    assert [each.face for each in decisions(fresh_store, "image", ["5"])["5"]] == [1]


def test_the_state_moves_with_what_concerns_an_item(fresh_store: Store) -> None:
    def state() -> str:
        return decided_state(fresh_store, "image", ["5"])

    states = [state()]
    reject(fresh_store, "image", "5", None, None, ANN)
    states.append(state())
    confirm(fresh_store, "image", "6", 0, face(), BEN, FILE)
    states.append(state())
    take_back(fresh_store, "image", "6", None, BEN)
    states.append(state())
    save_picture(fresh_store, BEN, "dev", picture())
    states.append(state())
    rename(fresh_store, [BEN._replace(name="Benny")])
    states.append(state())
    assert len(set(states)) == len(states)

    reject(fresh_store, "image", "6", None, None, ANN)
    save_picture(fresh_store, BEN, "dev", picture(version="?t=2"))
    rename(fresh_store, [BEN._replace(name="Benny")])
    assert state() == states[-1]


def test_a_performer_has_one_picture(fresh_store: Store) -> None:
    save_picture(fresh_store, BEN, "dev", picture())
    save_picture(fresh_store, BEN, "dev", picture("bb", "?t=2"))
    assert reference_counts(fresh_store, "dev") == {"people": 1, "pictures": 1, "confirmed": 0}

    save_picture(fresh_store, BEN, "dev", Picture("?t=3", "cc", None, "No face."))

    assert load_references(fresh_store, "dev") == []
    assert picture_versions(fresh_store, "dev") == {"8": ("?t=3", "No face.")}


def test_a_picture_read_with_other_models_takes_the_place_of_the_first(
    fresh_store: Store,
) -> None:
    save_picture(fresh_store, BEN, "dev", picture())

    save_picture(fresh_store, BEN, "small", picture())

    assert picture_versions(fresh_store, "dev") == {}
    assert reference_counts(fresh_store, "dev")["pictures"] == 0
    assert reference_counts(fresh_store, "small")["pictures"] == 1


def test_pictures_of_performers_who_are_gone_are_forgotten_and_confirmed_faces_stay(
    fresh_store: Store,
) -> None:
    for who in (ANN, BEN):
        save_picture(fresh_store, who, "dev", picture())
    confirm(fresh_store, "image", "5", 0, face(), BEN, FILE)

    forget_pictures(fresh_store, {"7"})

    held = [(each.who.name, each.source) for each in load_references(fresh_store, "dev")]
    assert held == [("Ann", "picture"), ("Ben", "confirmed")]
    assert picture_versions(fresh_store, "dev").keys() == {"7"}


def test_references_follow_their_performer_s_name_and_ids(fresh_store: Store) -> None:
    confirm(fresh_store, "image", "5", 0, face(), BEN, FILE)
    known = Who("stashdb.org:ben", "Benjamin", {"stashdb.org": "ben"}, "8")

    rename(fresh_store, [ANN, known])

    assert [each.who for each in load_references(fresh_store, "dev")] == [known]
