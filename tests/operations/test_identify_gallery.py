from __future__ import annotations

import threading
from typing import Any

import pytest

from stash_face.errors import BadRequest, StoreError
from stash_face.file_lock import file_lock
from stash_face.operations.identify_gallery import identify_gallery
from stash_face.operations.results import progress, results
from tests.contracts.api import validate_output
from tests.operations.workplace import ANN, BEN, STRANGER, Workplace, face


@pytest.fixture
def gallery(place: Workplace) -> str:
    """Ann and Ben in two pictures each, a stranger in one, and a picture without faces."""
    images = [
        place.add_image(face(ANN, 0.8, 1), face(BEN, 0.8, 2)),
        place.add_image(face(ANN, 0.8, 3)),
        place.add_image(face(BEN, 0.8, 4), face(STRANGER)),
        place.add_image(),
    ]
    return place.stash.add_gallery(images)


def ask(place: Workplace, gallery_id: str, **args: Any) -> dict[str, Any]:
    answer = identify_gallery(place.request(gallery_id=gallery_id, **args))
    validate_output("identify_gallery", answer)
    return answer


def names(answer: dict[str, Any]) -> list[str]:
    return sorted(each["name"] for each in answer["performers"])


def test_a_gallery_whose_pictures_are_known_is_answered_at_once(
    place: Workplace, gallery: str
) -> None:
    answer = ask(place, gallery, budget_s=0)

    assert (answer["done"], answer["total_images"], answer["images_processed"]) == (True, 4, 4)
    assert names(answer) == ["Ann", "Ben"]
    assert answer["unknown_total"] == 1
    assert {each["face_thumbnail"] for each in answer["performers"] + answer["unknown"]} == {
        "data:image/jpeg;base64,anBlZw=="
    }
    with place.store as store:
        assert store.rows("SELECT DISTINCT gallery_id, db_version FROM image_fingerprints") == [
            (gallery, 1)
        ]
        assert len(store.rows("SELECT * FROM image_fingerprint_faces")) == 4


def test_the_kept_answer_is_given_until_the_gallery_changes(place: Workplace, gallery: str) -> None:
    ask(place, gallery)
    with place.store as store, store.transaction() as connection:
        connection.execute("UPDATE answers SET answer = replace(answer, 'Ann', 'Kept')")

    assert names(ask(place, gallery)) == ["Ben", "Kept"]

    place.stash.delete_image("3")
    assert names(ask(place, gallery)) == ["Ann", "Ben"]


def test_a_new_face_database_names_the_gallery_anew(place: Workplace, gallery: str) -> None:
    ask(place, gallery)

    place.install("v2", {"stashdb.org:ben": BEN, "stashdb.org:newcomer": STRANGER})

    answer = ask(place, gallery)
    assert {p["name"]: p["decision"] for p in answer["performers"]} == {
        "Ben": "match",
        "Newcomer": "uncertain",
    }


def test_results_and_progress_tell_of_it_without_any_model(place: Workplace, gallery: str) -> None:
    kind = {"kind": "gallery", "id": gallery}
    before = results(place.request(**kind))
    answer = ask(place, gallery)

    assert (before["stored"], before["answer"]) == (False, None)
    assert results(place.request(**kind))["answer"] == answer
    assert progress(place.request(**kind)) == {**kind, "done": 4, "total": 4, "faces": 5,
                                               "eta_s": 0.0}  # fmt: skip
    assert progress(place.request(kind="gallery", id="99"))["total"] == 0


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ({"kind": "tag", "id": 1}, "The argument kind must be one of image, gallery, scene, not t"),
        ({"id": 1}, "The argument kind is missing."),
        ({"kind": "image"}, "The argument id must be the number"),
    ],
)
def test_results_of_something_else_are_refused(
    place: Workplace, args: dict[str, Any], sentence: str
) -> None:
    for operation in (results, progress):
        with pytest.raises(BadRequest, match=sentence):
            operation(place.request(**args))


def test_an_empty_gallery_has_nobody(place: Workplace) -> None:
    answer = ask(place, place.stash.add_gallery([]))

    assert (answer["done"], answer["total_images"], answer["performers"]) == (True, 0, [])


def test_while_another_process_works_on_it_the_call_tells_how_far_it_is(
    place: Workplace, gallery: str
) -> None:
    folder = place.data / "locks"
    folder.mkdir()
    with file_lock(folder / f"gallery-{gallery}.lock"):
        answer = ask(place, gallery, budget_s=0.05)

    assert (answer["done"], answer["images_processed"], answer["performers"]) == (False, 4, [])
    assert ask(place, gallery)["done"]


def test_whoever_waited_takes_the_answer_that_was_given_meanwhile(
    place: Workplace, gallery: str
) -> None:
    given = ask(place, gallery)
    with place.store as store:
        kept = store.rows("SELECT * FROM answers")[0]
        with store.transaction() as connection:
            connection.execute("DELETE FROM answers")
    folder = place.data / "locks"
    taken: dict[str, Any] = {}

    def wait_for_it() -> None:
        taken.update(ask(place, gallery))

    waiting = threading.Thread(target=wait_for_it)
    with file_lock(folder / f"gallery-{gallery}.lock"):
        waiting.start()
        waiting.join(0.3)
        assert taken == {}
        marked = [each.replace("Ann", "Given") if isinstance(each, str) else each for each in kept]
        with place.store as store, store.transaction() as connection:
            connection.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?)", marked)
    waiting.join(20)

    assert names(given) == ["Ann", "Ben"]
    assert names(taken) == ["Ben", "Given"]


def test_a_lock_that_cannot_be_made_is_told(place: Workplace, gallery: str) -> None:
    (place.data / "locks").write_text("a file in the folder's place")

    with pytest.raises(StoreError, match=r"The lock .* cannot be made \(.+\): free some space"):
        ask(place, gallery)


@pytest.mark.parametrize("budget", [-1, "long", 10**9])
def test_a_budget_that_is_off_is_refused(place: Workplace, gallery: str, budget: object) -> None:
    with pytest.raises(BadRequest, match="The argument budget_s must be"):
        ask(place, gallery, budget_s=budget)
