from __future__ import annotations

import pytest

from stash_face.operations.identify_gallery import identify_gallery
from stash_face.operations.identify_image import identify_image
from stash_face.operations.results import results
from tests.operations.workplace import ANN, BEN, PEOPLE, STRANGER, Workplace, face


@pytest.fixture
def image_id(place: Workplace) -> str:
    return place.add_image(face(ANN))


def outdated(place: Workplace, kind: str, item_id: str) -> bool:
    said: bool = results(place.request(kind=kind, id=item_id))["outdated"]
    return said


def test_an_answer_is_outdated_until_it_was_given_with_the_database_in_use(
    place: Workplace, image_id: str
) -> None:
    identify_image(place.request(image_id=image_id))
    assert not outdated(place, "image", image_id)

    place.install("v2", {**PEOPLE, "fansdb.cc:new": STRANGER})
    assert outdated(place, "image", image_id)

    identify_image(place.request(image_id=image_id))
    assert not outdated(place, "image", image_id)


def test_a_gallery_is_outdated_though_one_of_its_images_was_named_anew(
    place: Workplace, image_id: str
) -> None:
    other = place.add_image(face(BEN))
    gallery_id = place.stash.add_gallery([image_id, other])
    identify_gallery(place.request(gallery_id=gallery_id))
    place.install("v2", {**PEOPLE, "fansdb.cc:new": STRANGER})

    identify_image(place.request(image_id=image_id))

    assert outdated(place, "gallery", gallery_id)
    identify_gallery(place.request(gallery_id=gallery_id))
    assert not outdated(place, "gallery", gallery_id)


def test_without_a_database_nothing_is_outdated(place: Workplace, image_id: str) -> None:
    identify_image(place.request(image_id=image_id))
    (place.data / "facedb" / "v1" / "manifest.json").unlink()

    assert not outdated(place, "image", image_id)
