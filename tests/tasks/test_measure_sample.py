from __future__ import annotations

import pytest

from stash_face.errors import DatabaseError, NotFound
from stash_face.facedb.reader import FaceDatabase
from stash_face.stash.entities import ImageItem
from stash_face.stash.library import tagged_images
from stash_face.tasks.measure_sample import GALLERY_PICTURES, choose, evenly, tagged_performers
from tests.operations.workplace import Workplace

STASHDB = "https://stashdb.org/graphql"


def database(place: Workplace) -> FaceDatabase:
    return FaceDatabase.open(place.data / "facedb" / "v1")


def tag(place: Workplace, image_id: str, *performers: str) -> None:
    library = place.stash.library
    library.images[image_id].performers = [library.performers[each] for each in performers]


def test_performers_are_known_by_host_and_id_however_they_are_spelt(place: Workplace) -> None:
    ann = place.stash.add_performer("Ann", [("https://api.StashDB.org/graphql", "ANN")])
    elsewhere = place.stash.add_performer("Other Ann", [("https://fansdb.cc/graphql", "ann")])
    place.stash.add_performer("No id")

    found = tagged_performers(place.client, database(place), "v1")

    assert {each: sorted(found[each].known_as) for each in found} == {
        ann: ["stashdb.org:ann"],
        elsewhere: [],
    }


def test_the_sample_is_the_same_each_time_and_over_the_whole_library(place: Workplace) -> None:
    ann = place.stash.add_performer("Ann", [(STASHDB, "ann")])
    ids = [place.add_unknown_image() for _ in range(60)]
    for image_id in ids:
        tag(place, image_id, ann)
    performers = tagged_performers(place.client, database(place), "v1")

    first = [image.id for image in choose(place.client, performers, 12).images]
    again = [image.id for image in choose(place.client, performers, 12).images]

    assert first == again
    assert len(set(first)) == 12
    assert set(first) != set(ids[:12])
    assert max(map(int, first)) > 30


def test_every_page_is_read(place: Workplace) -> None:
    ann = place.stash.add_performer("Ann", [(STASHDB, "ann")])
    ids = [place.add_unknown_image() for _ in range(7)]
    for image_id in ids[:-1]:
        tag(place, image_id, ann)

    read = [image.id for image in tagged_images(place.client, page_size=3)]

    assert sorted(read, key=int) == ids[:-1]


def test_items_that_show_only_people_without_ids_are_passed_over(place: Workplace) -> None:
    ann = place.stash.add_performer("Ann", [(STASHDB, "ann")])
    nobody = place.stash.add_performer("No id")
    one, other = place.add_unknown_image(), place.add_unknown_image()
    tag(place, one, nobody)
    tag(place, other, nobody, ann)
    empty = place.stash.add_gallery()
    place.stash.library.galleries[empty].performers = [place.stash.library.performers[ann]]
    performers = tagged_performers(place.client, database(place), "v1")

    sample = choose(place.client, performers, 10)

    assert [image.id for image in sample.images] == [other]
    assert sample.galleries == []


def test_a_picture_that_is_tagged_alone_and_in_a_gallery_is_scanned_once(place: Workplace) -> None:
    ann = place.stash.add_performer("Ann", [(STASHDB, "ann")])
    image_id = place.add_unknown_image()
    tag(place, image_id, ann)
    gallery = place.stash.add_gallery([image_id])
    place.stash.library.galleries[gallery].performers = [place.stash.library.performers[ann]]
    performers = tagged_performers(place.client, database(place), "v1")

    sample = choose(place.client, performers, 10)

    assert [each.item.id for each in sample.galleries] == [gallery]
    assert [image.id for image in sample.pictures] == [image_id]


def test_a_large_gallery_is_looked_at_evenly() -> None:
    items = [ImageItem(str(number), None) for number in range(250)]

    taken = evenly(items, GALLERY_PICTURES)

    assert len({image.id for image in taken}) == GALLERY_PICTURES
    assert (taken[0].id, taken[-1].id) == ("0", "247")


def test_nobody_with_an_id_and_nobody_in_the_database_are_told_apart(place: Workplace) -> None:
    with pytest.raises(NotFound, match="there is nothing to compare with: tag some"):
        tagged_performers(place.client, database(place), "v1")

    place.stash.add_performer("Zoe", [(STASHDB, "zoe")])
    with pytest.raises(DatabaseError, match="None of your 1 performers"):
        tagged_performers(place.client, database(place), "v1")
