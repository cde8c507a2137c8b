from __future__ import annotations

from stash_face.store.connection import Store
from stash_face.store.ignored import ignore
from stash_face.store.references import Origin, Who, confirm, decisions, reject
from stash_face.store.scenes import (
    Looked,
    begin_scene,
    load_looked,
    load_scene_faces,
    load_scene_thumbnail,
    load_still,
    looked_times,
    media_due,
    pictures_state,
    save_looked,
    save_scene_names,
)
from tests.store.made_up import face, named, seen

FILE = "oshash:aa:1"
ANN = Who("stashdb.org:ann", "Ann", {})


def begun(store: Store, scene_id: str = "1") -> Store:
    begin_scene(store, scene_id, FILE, "dev")
    return store


def columns(store: Store, table: str) -> list[str]:
    return [name for (name,) in store.rows("SELECT name FROM pragma_table_info(?)", table)]


def test_the_tables_that_others_read_have_their_names(fresh_store: Store) -> None:
    assert columns(fresh_store, "scene_fingerprints") == [
        "stash_scene_id",
        "faces_detected",
        "db_version",
        "created_at",
        "updated_at",
    ]
    assert columns(fresh_store, "scene_fingerprint_faces") == [
        "stash_scene_id",
        "performer_id",
        "confidence",
        "distance",
        "at",
        "bbox_x",
        "bbox_y",
        "bbox_w",
        "bbox_h",
    ]


def test_faces_come_back_in_the_order_of_time_with_their_source(fresh_store: Store) -> None:
    store = begun(fresh_store)
    save_looked(store, "1", Looked(), [seen(20.0), seen(4.5, "frame", faces=2), seen(7.0, faces=0)])

    found = load_scene_faces(store, "1")

    assert [(each.source, each.at) for each in found] == [
        ("frame", 4.5),
        ("frame", 4.5),
        ("sprite", 20.0),
    ]
    assert found[1].face == face(1, size=(160, 90))._replace(thumbnail=b"")
    assert load_scene_thumbnail(store, found[1].id) == b"jpeg 1"
    assert load_scene_thumbnail(store, 999) == b""
    assert looked_times(store, "1", "sprite") == [7.0, 20.0]
    assert store.rows("SELECT faces_detected FROM scene_fingerprints") == [(3,)]


def test_the_same_moment_again_replaces_the_first(fresh_store: Store) -> None:
    store = begun(fresh_store)
    save_looked(store, "1", None, [seen(3.0, "player", faces=2)])
    before = pictures_state(store, "1")
    save_looked(store, "1", None, [seen(3.0, "player", faces=1)])

    assert len(load_scene_faces(store, "1")) == 1
    assert pictures_state(store, "1") != before
    assert store.rows("SELECT count(*) FROM scene_face_embeddings") == [(2,)]


def test_how_far_a_scene_is_survives_until_its_file_or_the_models_change(
    fresh_store: Store,
) -> None:
    store = begun(fresh_store)
    begun(store, "2")
    for scene_id in ("1", "2"):
        save_looked(store, scene_id, Looked(), [seen(1.0)])
        save_scene_names(store, scene_id, [(1.0, named())], None)
        save_looked(store, scene_id, Looked("", "", 40, (0.0, 2.5)))

    assert begin_scene(store, "1", FILE, "dev") == Looked("", "", 40, (0.0, 2.5))
    assert load_looked(store, "1", FILE, "dev") == Looked("", "", 40, (0.0, 2.5))
    assert load_looked(store, "1", FILE, "small") is None

    assert begin_scene(store, "1", "oshash:bb:1", "dev") == Looked()
    assert load_scene_faces(store, "1") == []
    assert len(load_scene_faces(store, "2")) == 1
    assert store.rows("SELECT stash_scene_id FROM scene_fingerprint_faces") == [("2",)]
    assert begin_scene(store, "2", FILE, "small") == Looked()


def test_names_are_replaced_as_a_whole(fresh_store: Store) -> None:
    store = begun(fresh_store)
    save_scene_names(store, "1", [(1.0, named()), (2.0, named())], None)
    save_scene_names(store, "1", [(9.5, named("stashdb.org:bea", 0.125))], None)

    assert store.rows("SELECT performer_id, distance, at FROM scene_fingerprint_faces") == [
        ("stashdb.org:bea", 0.125, 9.5)
    ]


def test_a_video_that_could_not_be_read_is_due_after_a_while(fresh_store: Store) -> None:
    store = begun(fresh_store)
    save_looked(store, "1", Looked("No sprite.", "", 40))
    assert not media_due(store, "1", 0)
    save_looked(store, "1", Looked("No sprite.", "The video is cut off: restore it.", 40))
    assert media_due(store, "1", 0)
    assert not media_due(store, "1", 60)


def test_what_was_decided_about_a_face_follows_it_to_the_next_look(fresh_store: Store) -> None:
    store, still = begun(fresh_store), ("frame", 4.5)
    save_looked(store, "1", Looked(), [seen(4.5, "frame", faces=3), seen(4.5, faces=3)])
    first = load_still(store, "1", *still)
    assert first is not None
    (left, face), (middle, another), _ = first
    confirm(store, "scene", "1", left, face, ANN, Origin(FILE, "dev", still))
    ignore(store, "scene", "1", [(middle, another.bbox, still)])

    save_looked(store, "1", Looked(), [seen(4.5, faces=3)])
    assert [each.face for each in decisions(store, "scene", ["1"])["1"]] == [left, middle]
    save_looked(store, "1", Looked(), [seen(4.5, "frame", faces=3)])

    again = load_still(store, "1", *still)
    assert again is not None
    numbers = [number for number, _ in again]
    assert {left, middle} & {*numbers} == set()
    held = decisions(store, "scene", ["1"])["1"]
    assert [(each.decision, each.face) for each in held] == [
        ("confirm", numbers[0]),
        ("ignore", numbers[1]),
    ]
    assert load_still(store, "1", "player", 4.5) is None


def test_a_confirmation_ends_the_rejection_of_the_whole_scene(fresh_store: Store) -> None:
    reject(fresh_store, "scene", "1", None, None, ANN)

    confirm(fresh_store, "scene", "1", 7, face(), ANN, Origin(FILE, "dev", ("frame", 4.5)))

    assert [each.decision for each in decisions(fresh_store, "scene", ["1"])["1"]] == ["confirm"]
