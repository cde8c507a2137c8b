from __future__ import annotations

import pytest

from stash_face.store.answers import database_number
from stash_face.store.connection import Store
from stash_face.store.ignored import IgnoredFace, heed_again, ignore, ignored
from stash_face.store.images import NamedFace, save_names, save_scan
from stash_face.store.references import Origin, Who, confirm
from stash_face.store.scenes import Looked, SeenPicture, begin_scene, save_looked, save_scene_names
from stash_face.store.unknown import (
    MERGED,
    NAMED,
    Member,
    apart,
    forget_nobodies,
    load_members,
    load_people,
    merge_people,
    people_in,
    save_guesses,
    save_members,
    set_person,
    split_person,
    stale_guesses,
)
from stash_face.store.unknown_pages import Seen, count_people, seen_faces, seen_people
from stash_face.store.unnamed import IMAGE, SCENE, Place, face_vectors, unnamed_faces
from tests.store.made_up import face, scan

ANN = Who("stashdb.org:ann", "Ann", {"stashdb.org": "ann"})


@pytest.fixture
def store(fresh_store: Store) -> Store:
    """Three images with two faces each, the third in a gallery; a scene with a face twice."""
    number = database_number(fresh_store, "v1", "dev", "v1")
    for image_id in ("1", "2", "3"):
        save_scan(fresh_store, scan(image_id), "7" if image_id == "3" else None)
        save_names(fresh_store, {image_id: []}, number)
    begin_scene(fresh_store, "9", "md5:bb:2", "dev")
    seen = [SeenPicture("sprite", at, 160, 90, [face(0)]) for at in (1.5, 3.0)]
    save_looked(fresh_store, "9", Looked("", None, 0), seen)
    save_scene_names(fresh_store, "9", [], number)
    return fresh_store


def unnamed(store: Store, kind: str = IMAGE) -> list[tuple[str, int]]:
    found = unnamed_faces(store, "dev", kind, 0.0)
    return sorted((each.place.item_id, each.face_id) for each in found if each.ready)


def grouped(store: Store) -> list[int]:
    """The first faces of the images are one person, with one of the scene; the others another."""
    faces = unnamed_faces(store, "dev", IMAGE, 0.0)
    faces.sort(key=lambda each: each.face_id)
    members = [
        Member(each.face_id, each.place, 0.5, -1 - row % 2) for row, each in enumerate(faces)
    ]
    scene = unnamed_faces(store, "dev", SCENE, 0.0)[0]
    return save_members(store, [], [*members, Member(scene.face_id, scene.place, 0.9, -1)], 2)


def test_faces_without_a_name_are_found_in_images_and_scenes(store: Store) -> None:
    assert [item for item, _ in unnamed(store)] == ["1", "1", "2", "2", "3", "3"]
    assert [item for item, _ in unnamed(store, SCENE)] == ["9", "9"]
    stills = {each.place.picture for each in unnamed_faces(store, "dev", SCENE, 0.0)}
    assert stills == {"sprite:1.5", "sprite:3.0"}
    assert {each.gallery_id for each in unnamed_faces(store, "dev", IMAGE, 0.0)} == {None, "7"}


def test_who_has_a_name_is_not_among_them(store: Store) -> None:
    first, second = face(0), face(1)
    save_names(store, {"1": [NamedFace("stashdb.org:ann", 0.9, 0.2, first.bbox)]}, 1)
    confirm(store, "image", "2", 1, second, ANN, Origin("md5:aa:1", "dev"))
    ignore(store, "image", "3", [(0, first.bbox, None)])
    save_scene_names(store, "9", [(1.5, NamedFace("stashdb.org:ann", 0.9, 0.2, first.bbox))], 1)

    assert [item for item, _ in unnamed(store)] == ["1", "2", "3"]
    assert [item for item, _ in unnamed(store, SCENE)] == ["9"]
    heed_again(store, "image", "3", None)
    assert [item for item, _ in unnamed(store)] == ["1", "2", "3", "3"]


def test_what_has_yet_to_be_named_or_is_of_other_models_is_not_ready(store: Store) -> None:
    save_scan(store, scan("1"))

    assert [item for item, _ in unnamed(store)] == ["2", "2", "3", "3"]
    assert not [each for each in unnamed_faces(store, "open", IMAGE, 0.0) if each.ready]
    assert unnamed_faces(store, "dev", IMAGE, 0.6) == []


def test_vectors_come_in_the_order_they_are_asked_for(store: Store) -> None:
    ids = [face_id for _, face_id in unnamed(store)][::-1]

    found = list(face_vectors(store, IMAGE, [*ids, 999]))

    assert [row for row, _ in found] == list(range(7))
    assert found[0][1] == {key: key.encode() * 50 for key in ("north", "south")}
    assert found[-1][1] == {}


def test_people_are_listed_by_how_often_they_are_seen(store: Store) -> None:
    first, second = grouped(store)

    assert seen_people(store, "open", 1, 10) == [
        Seen(first, 1, 1, 2, 4), Seen(second, 0, 1, 2, 3),
    ]  # fmt: skip
    assert [each.person_id for each in seen_people(store, "open", 4, 10)] == [first]
    assert [p.person_id for p in seen_people(store, "open", 1, 10, (4, first))] == [second]
    assert count_people(store, "open", 1) == 2
    best = seen_faces(store, [first], 1)
    assert [(each.member.place.kind, each.at) for each in best] == [("scene", 1.5)]
    assert len(seen_faces(store, [first, second])) == 7
    assert people_in(store, ["1"]) == people_in(store, ["3"]) == {first, second}
    assert people_in(store, ["9"]) == {first}


def test_a_merged_number_leads_to_the_person(store: Store) -> None:
    first, second = grouped(store)
    save_guesses(store, {first: ({"name": "Ann"}, "v1 x")})

    merge_people(store, second, first, by_user=True)

    people = load_people(store)
    assert (people[second].state, people[second].merged_into) == (MERGED, first)
    assert (people[first].by_user, people[first].guessed) == (True, None)
    assert {each.person_id for each in load_members(store)} == {first}


def test_who_was_split_off_is_apart_for_good(store: Store) -> None:
    first, second = grouped(store)
    face_id = unnamed(store)[0][1]

    new = split_person(store, first, [(IMAGE, face_id), (IMAGE, 999)])

    assert apart(store) == {frozenset((first, new))}
    merge_people(store, new, second, by_user=False)
    assert apart(store) == {frozenset((first, second))}


def test_only_people_whom_nobody_touched_are_forgotten(store: Store) -> None:
    first, second = grouped(store)
    set_person(store, second, NAMED, ANN)
    save_members(store, load_members(store), [])

    forget_nobodies(store)

    assert set(load_people(store)) == {second}
    assert load_people(store)[second].who == ANN
    # Numbers are never given again.
    place = Place(IMAGE, "1", "", (0.5, 0.5))
    assert save_members(store, [], [Member(1, place, 0.5, -1)], 1)[0] > second


def test_whoever_this_database_was_not_asked_about_is_told(store: Store) -> None:
    first, second = grouped(store)
    assert stale_guesses(store, "v1") == [first, second]

    save_guesses(store, {first: ({"name": "Ann"}, "v1 x"), second: (None, "v1 x")})

    assert stale_guesses(store, "v1") == []
    assert stale_guesses(store, "v2") == [first, second]
    guess = load_people(store)[first].guess
    assert guess == {"name": "Ann"}


def test_ignored_faces_are_told_with_their_place(store: Store) -> None:
    ignore(store, "image", "1", [(1, (0.1, 0.25, 0.125, 0.5), None)])

    assert ignored(store, "image", ["1", "2"]) == {"1": [IgnoredFace(1, (0.1625, 0.5))]}
    heed_again(store, "image", "1", [0])
    assert ignored(store, "image", ["1"])
    heed_again(store, "image", "1", [1])
    assert ignored(store, "image", ["1"]) == {}
