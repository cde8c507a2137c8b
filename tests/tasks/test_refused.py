from __future__ import annotations

from typing import Any

import pytest

from stash_face.operations.tuning import BARS, tuning
from stash_face.stash.library import scene as stash_scene
from stash_face.store.forget import forget_items
from stash_face.store.images import StoredFace
from stash_face.store.refused import refused_counts
from stash_face.store.scenes import Looked, SeenPicture, begin_scene, save_looked
from stash_face.tasks.scan_library import match_again
from tests.contracts.api import validate_output
from tests.operations.review import call, listed
from tests.operations.workplace import ANN, BEN, Workplace, face


@pytest.fixture
def library(place: Workplace) -> Workplace:
    """Ann, who is likely, in an image, a gallery of two and a scene; Ben, who is sure, in another
    image."""
    place.add_image(face(BEN))
    place.add_image(likely(1))
    place.stash.add_gallery([place.add_image(likely(2)), place.add_image(likely(3))])
    path = place.data.parent / "a.mp4"
    path.write_bytes(b"video")
    number = place.stash.add_scene(path, duration=60.0)
    file = stash_scene(place.client, number).file
    assert file is not None
    with place.store as store:
        begin_scene(store, number, file.fingerprint(), "dev")
        pictures = [SeenPicture("sprite", at, 640, 480, [likely(int(at))]) for at in (10.0, 20.0)]
        save_looked(store, number, Looked("", "", 40), pictures)
    return place


def likely(seed: int) -> StoredFace:
    """95 % alone or in the gallery, 99.88 % where two of the scene come together."""
    return face(ANN, similarity=0.34, seed=seed)


def steps(place: Workplace) -> dict[str, Any]:
    answer = tuning(place.request())
    validate_output("tuning", answer)
    found: dict[str, Any] = answer["steps"]
    return found


def kept(place: Workplace, *bars: float) -> list[int]:
    told = steps(place)
    return [told["kept"][BARS.index(bar)] for bar in bars]


def match_under(place: Workplace, least: float) -> list[str]:
    """The kinds of what is proposed with this least confidence (per cent), the surest first."""
    place.stash.library.plugin_settings["stash_face"] = {"minConfidence": least}
    match_again(place.request())
    return [row["kind"] for row in listed(place)]


def test_what_the_setting_refused_is_known_without_asking_again(library: Workplace) -> None:
    assert match_under(library, 0) == ["image", "scene", "gallery", "image"]
    before = steps(library)
    assert kept(library, 0.0, 0.94, 0.96, 0.995, 0.999) == [4, 4, 2, 2, 1]

    assert match_under(library, 99.9) == ["image"]

    assert steps(library) == {**before, "min_confidence": pytest.approx(0.999)}


def test_those_who_were_refused_are_examples_with_their_faces(library: Workplace) -> None:
    match_under(library, 99.9)

    answer = tuning(library.request(bar=0.96))

    validate_output("tuning", answer)
    examples = answer["examples"]
    assert [row["kind"] for row in examples["kept"]] == ["scene", "image"]
    assert [row["kind"] for row in examples["gone"]] == ["gallery", "image"]
    faces = [row["faces"][0] for side in examples.values() for row in side]
    assert {face["face_thumbnail"] for face in faces} == {"data:image/jpeg;base64,anBlZw=="}


def test_a_lower_setting_proposes_them_and_they_are_refused_no_more(library: Workplace) -> None:
    match_under(library, 99.9)

    assert match_under(library, 97) == ["image", "scene"]
    assert match_under(library, 0) == ["image", "scene", "gallery", "image"]

    assert kept(library, 0.0) == [4]
    with library.store as store:
        assert refused_counts(store) == []


def test_whom_the_user_rejected_is_not_waiting_for_a_lower_setting(library: Workplace) -> None:
    match_under(library, 0)
    (gallery,) = listed(library, kind="gallery")
    call(library, "decide", suggestions=[gallery["suggestion"]], decision="reject")

    match_under(library, 99.9)

    assert kept(library, 0.0) == [3]


def test_what_is_gone_from_stash_is_forgotten(library: Workplace) -> None:
    match_under(library, 99.9)
    with library.store as store:
        forget_items(store, "gallery", ["1"])

    assert kept(library, 0.0) == [3]
