from __future__ import annotations

import struct

import pytest

from stash_face.store.answers import load_answer, save_answer
from stash_face.store.connection import Store
from stash_face.store.images import (
    NamedFace,
    assign_gallery,
    face_counts,
    load_faces,
    load_scan,
    load_thumbnail,
    problems_due,
    save_names,
    save_scan,
    scanned,
    stored_counts,
)
from tests.store.made_up import face, named, scan, unreadable

TABLES = ("image_fingerprints", "image_scans", "faces", "face_embeddings")


def counts(store: Store) -> dict[str, int]:
    return {table: store.rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


def columns(store: Store, table: str) -> list[str]:
    return [name for (name,) in store.rows("SELECT name FROM pragma_table_info(?)", table)]


def test_the_tables_that_others_read_have_their_names(fresh_store: Store) -> None:
    assert columns(fresh_store, "image_fingerprints") == [
        "stash_image_id",
        "gallery_id",
        "faces_detected",
        "db_version",
        "created_at",
        "updated_at",
    ]
    assert columns(fresh_store, "image_fingerprint_faces") == [
        "stash_image_id",
        "performer_id",
        "confidence",
        "distance",
        "bbox_x",
        "bbox_y",
        "bbox_w",
        "bbox_h",
    ]
    assert columns(fresh_store, "face_databases") == [
        "id",
        "version",
        "pack",
        "identity",
        "installed_at",
    ]


def test_a_scan_comes_back_as_it_was_saved(fresh_store: Store) -> None:
    save_scan(fresh_store, scan("7", 3))

    assert load_scan(fresh_store, "7") == scan("7", 3)


def test_a_picture_that_cannot_be_read_is_known_with_its_problem(fresh_store: Store) -> None:
    save_scan(fresh_store, unreadable("7"))

    assert load_scan(fresh_store, "7") == unreadable("7")
    assert scanned(fresh_store, {"7": "md5:aa:1"}, "dev") == {
        "7": "The picture is cut off: restore it."
    }


def test_an_unknown_image_has_no_scan(fresh_store: Store) -> None:
    assert load_scan(fresh_store, "7") is None
    assert load_thumbnail(fresh_store, "7", 0) == b""
    assert list(load_faces(fresh_store, ["7"])) == []


@pytest.mark.parametrize("galleries", [(None, "3"), ("3", None), ("3", "3"), (None, None)])
def test_an_image_scanned_alone_and_in_a_gallery_is_one_row(
    fresh_store: Store, galleries: tuple[str | None, str | None]
) -> None:
    for gallery in galleries:
        save_scan(fresh_store, scan("7", 2), gallery)

    rows = fresh_store.rows("SELECT stash_image_id, gallery_id, faces_detected, db_version "
                            "FROM image_fingerprints")  # fmt: skip
    assert rows == [("7", "3" if "3" in galleries else None, 2, None)]
    assert counts(fresh_store) == {
        "image_fingerprints": 1,
        "image_scans": 1,
        "faces": 2,
        "face_embeddings": 4,
    }


def test_scanning_again_replaces_faces_and_names(fresh_store: Store) -> None:
    save_scan(fresh_store, scan("7", 3))
    save_names(fresh_store, {"7": [named()]}, None)

    save_scan(fresh_store, scan("7", 1, "md5:bb:2"))

    assert load_scan(fresh_store, "7") == scan("7", 1, "md5:bb:2")
    assert fresh_store.rows("SELECT * FROM image_fingerprint_faces") == []
    assert counts(fresh_store)["face_embeddings"] == 2


def test_scanning_again_forgets_the_answer_whose_names_are_gone(fresh_store: Store) -> None:
    for image_id in ("1", "2"):
        save_scan(fresh_store, scan(image_id))
        save_answer(fresh_store, "image", image_id, "state", {"faces": []})
    save_scan(fresh_store, scan("1"))

    assert load_answer(fresh_store, "image", "1") is None
    assert load_answer(fresh_store, "image", "2") == {"faces": []}


def test_what_belongs_to_an_image_goes_with_it(fresh_store: Store) -> None:
    for image_id in ("7", "8"):
        save_scan(fresh_store, scan(image_id, 2))
    save_names(fresh_store, {"7": [named()]}, None)

    with fresh_store.transaction() as connection:
        connection.execute("DELETE FROM image_fingerprints WHERE stash_image_id = '7'")

    assert set(counts(fresh_store).values()) == {1, 2, 4}
    assert fresh_store.rows("SELECT count(*) FROM image_fingerprint_faces") == [(0,)]
    assert load_scan(fresh_store, "8") == scan("8", 2)


@pytest.mark.parametrize(
    ("fingerprint", "pack", "known"),
    [
        ("md5:aa:1", "dev", {"7": None}),
        # the file has changed since
        ("md5:bb:1", "dev", {}),
        # other models see other faces
        ("md5:aa:1", "small", {}),
    ],
)
def test_a_scan_counts_only_for_its_very_file_and_models(
    fresh_store: Store, fingerprint: str, pack: str, known: dict[str, None]
) -> None:
    save_scan(fresh_store, scan("7"))

    assert scanned(fresh_store, {"7": fingerprint, "8": fingerprint}, pack) == known


def test_more_images_than_sqlite_takes_in_one_question(fresh_store: Store) -> None:
    ids = [str(number) for number in range(1_201)]
    for image_id in ids[::2]:
        save_scan(fresh_store, scan(image_id, 1))

    assert set(scanned(fresh_store, dict.fromkeys(ids, "md5:aa:1"), "dev")) == set(ids[::2])
    assert face_counts(fresh_store, ids) == 601
    assert [found for found, _, _ in load_faces(fresh_store, ids[::-1])] == ids[::-2]
    assert stored_counts(fresh_store) == (601, 601)


def test_faces_come_in_the_order_of_the_images_asked_for(fresh_store: Store) -> None:
    for image_id in ("1", "2", "3"):
        save_scan(fresh_store, scan(image_id, 2))

    found = [(image_id, ordinal) for image_id, ordinal, _ in load_faces(fresh_store, ["3", "1"])]

    assert found == [("3", 0), ("3", 1), ("1", 0), ("1", 1)]


def test_thumbnails_are_left_out_where_thousands_of_faces_are_grouped(fresh_store: Store) -> None:
    save_scan(fresh_store, scan("7", 2))

    assert [f for _, _, f in load_faces(fresh_store, ["7"], thumbnails=False)] == [
        face(0)._replace(thumbnail=b""),
        face(1)._replace(thumbnail=b""),
    ]
    assert load_thumbnail(fresh_store, "7", 1) == b"jpeg 1"


def test_faces_are_read_whole_while_another_process_replaces_them(fresh_store: Store) -> None:
    save_scan(fresh_store, scan("7", 3))
    with Store(fresh_store.path) as other, fresh_store.snapshot():
        fresh_store.rows("SELECT 1 FROM faces")
        save_scan(other, scan("7", 1, "md5:bb:2"))

        assert fresh_store.rows("SELECT count(*) FROM face_embeddings") == [(6,)]
    assert load_scan(fresh_store, "7") == scan("7", 1, "md5:bb:2")


def test_names_of_an_image_are_replaced_with_the_database_they_came_from(
    fresh_store: Store,
) -> None:
    save_scan(fresh_store, scan("7"))
    save_names(fresh_store, {"7": [named("stashdb.org:ann"), named("stashdb.org:ben")]}, None)
    with fresh_store.transaction() as connection:
        connection.execute("INSERT INTO face_databases VALUES (4, 'v', 'dev', 'x', 'now')")

    save_names(fresh_store, {"7": [named("stashdb.org:cleo", 0.5)]}, 4)

    rows = fresh_store.rows("SELECT * FROM image_fingerprint_faces")
    assert rows == [("7", "stashdb.org:cleo", 0.875, 0.5, 0.0, 0.25, 0.125, 0.5)]
    assert fresh_store.rows("SELECT db_version FROM image_fingerprints") == [(4,)]


def test_an_image_without_names_is_noted_as_matched(fresh_store: Store) -> None:
    save_scan(fresh_store, scan("7"))
    save_names(fresh_store, {"7": [named()]}, None)

    save_names(fresh_store, {"7": []}, None)

    assert fresh_store.rows("SELECT * FROM image_fingerprint_faces") == []


def test_a_gallery_is_noted_for_images_scanned_alone_and_changes_nothing_else(
    fresh_store: Store,
) -> None:
    save_scan(fresh_store, scan("1"))
    save_scan(fresh_store, scan("2"), "8")

    assign_gallery(fresh_store, ["1", "2", "99"], "9")

    assert fresh_store.rows("SELECT stash_image_id, gallery_id FROM image_fingerprints") == [
        ("1", "9"),
        ("2", "8"),
    ]


def test_an_image_that_has_left_its_gallery_is_noted_in_none(fresh_store: Store) -> None:
    for image_id in ("1", "2"):
        save_scan(fresh_store, scan(image_id), "9")

    assign_gallery(fresh_store, ["2"], "9")

    assert fresh_store.rows("SELECT stash_image_id, gallery_id FROM image_fingerprints") == [
        ("1", None),
        ("2", "9"),
    ]
    assert load_scan(fresh_store, "1") == scan("1")


def test_an_unreadable_image_is_due_again_after_a_while(fresh_store: Store) -> None:
    for image_id in ("1", "2"):
        save_scan(fresh_store, unreadable(image_id))
    save_scan(fresh_store, scan("3"))
    with fresh_store.transaction() as connection:
        connection.execute(
            "UPDATE image_fingerprints SET updated_at = datetime('now', '-61 seconds') "
            "WHERE stash_image_id != '2'"
        )

    assert problems_due(fresh_store, ["1", "2", "3"], 60) == {"1"}
    assert problems_due(fresh_store, ["1", "2", "3"], 0) == {"1", "2"}
    assert problems_due(fresh_store, ["2", "3"], 60) == set()


def test_an_id_is_data_whatever_it_looks_like(fresh_store: Store) -> None:
    hostile = "7'; DROP TABLE faces; --"

    save_scan(fresh_store, scan(hostile))
    save_names(fresh_store, {hostile: [NamedFace(hostile, 0.5, 0.5, (0, 0, 1, 1))]}, None)

    assert load_scan(fresh_store, hostile) == scan(hostile)


def test_a_save_that_fails_halfway_leaves_what_was_there(fresh_store: Store) -> None:
    save_scan(fresh_store, scan("7", 2))
    broken = scan("7", 1)
    broken.faces.append(face(1)._replace(embeddings={"north": ("no number", None)}))  # type: ignore[dict-item]

    with pytest.raises(Exception, match="NOT NULL"):
        save_scan(fresh_store, broken)

    assert load_scan(fresh_store, "7") == scan("7", 2)


def test_embeddings_are_kept_to_the_last_bit(fresh_store: Store) -> None:
    vector = struct.pack("<4e", 0.5, -1.0, 0.0, 0.099975586)
    save_scan(fresh_store, scan("7", 1)._replace(faces=[face()._replace(
        embeddings={"north": (17.25, vector)})]))  # fmt: skip

    (_, _, found), = load_faces(fresh_store, ["7"])  # fmt: skip

    assert found.embeddings == {"north": (17.25, vector)}


def test_a_face_of_an_earlier_version_has_no_sharpness_and_is_else_as_it_was(
    fresh_store: Store,
) -> None:
    save_scan(fresh_store, scan("1"))
    with fresh_store.transaction() as connection:
        # As the step that adds the column leaves the rows that are there.
        connection.execute("UPDATE faces SET sharpness = NULL")

    loaded = load_scan(fresh_store, "1")

    assert loaded is not None
    assert loaded.faces == [each._replace(sharpness=None) for each in scan("1").faces]
