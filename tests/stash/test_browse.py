from __future__ import annotations

from collections.abc import Iterator

import pytest

from stash_face.errors import StashError
from stash_face.stash import browse
from stash_face.stash.client import StashClient
from tests.fakes.stash_server import StashStandIn
from tests.stash.conftest import Picture


def test_the_whole_library_comes_newest_first(
    stash: StashStandIn, client: StashClient, picture: Picture
) -> None:
    images = [stash.add_image(picture(f"{n}.png", n)) for n in range(1, 6)]
    galleries = [stash.add_gallery(images[:2]), stash.add_gallery(images[2:])]

    pages = list(browse.newest_images(client, 2))

    assert [[each.id for each in page] for page in pages] == [["5", "4"], ["3", "2"], ["1"]]
    assert pages[0][0].gallery_ids == (galleries[1],)
    assert [[g.id for g in page] for page in browse.newest_galleries(client)] == [["2", "1"]]
    assert browse.library_counts(client) == browse.Counts(5, 2, 0)


def test_what_comes_and_goes_meanwhile_moves_nobody(
    stash: StashStandIn, client: StashClient, picture: Picture
) -> None:
    for number in range(1, 7):
        stash.add_image(picture(f"{number}.png", number))
    pages = browse.newest_images(client, 2)
    seen = [each.id for each in next(pages)]

    stash.delete_image("6")
    stash.delete_image("4")
    stash.add_image(picture("new.png", 99))
    seen += [each.id for page in pages for each in page]

    assert seen == ["6", "5", "3", "2", "1"]


def test_the_items_of_a_performer_come_with_their_other_performers(
    stash: StashStandIn, client: StashClient, picture: Picture
) -> None:
    ann, ben = stash.add_performer("Ann"), stash.add_performer("Ben")
    both = stash.add_image(picture("both.png", 4), performers=[ann, ben])
    stash.add_image(picture("ben.png", 5), performers=[ben])
    gallery = stash.add_gallery([both], title="At sea")
    stash.library.galleries[gallery].performers = [stash.library.performers[ann]]

    (images,) = browse.images_of_performer(client, ann)
    (galleries,) = browse.galleries_of_performer(client, ann)

    assert [(each.id, each.performer_ids) for each in images] == [(both, (ann, ben))]
    assert galleries == [browse.TaggedItem(gallery, "At sea", (ann,))]
    assert list(browse.images_of_performer(client, "99")) == []


def test_the_ids_of_every_kind_are_told_page_by_page(
    stash: StashStandIn, client: StashClient, picture: Picture
) -> None:
    images = [stash.add_image(picture(f"{n}.png", n)) for n in range(1, 4)]
    gallery = stash.add_gallery(images)
    ann = stash.add_performer("Ann")
    scene = stash.add_scene(picture("scene.mp4", 7), performers=[ann], title="Ashore")

    assert list(browse.item_ids(client, "image", 2)) == [["3", "2"], ["1"]]
    assert list(browse.item_ids(client, "gallery")) == [[gallery]]
    assert list(browse.item_ids(client, "scene")) == [[scene]]
    (scenes,) = browse.scenes_of_performer(client, ann)
    assert scenes == [browse.TaggedItem(scene, "Ashore", (ann,))]


def test_what_is_read_ahead_comes_in_order_and_only_so_far() -> None:
    read: list[int] = []

    def items() -> Iterator[int]:
        for number in range(20):
            read.append(number)
            yield number

    found = browse.ahead(items(), 3)
    first = [next(found), next(found)]
    found.close()

    assert first == [0, 1]
    assert len(read) <= 5
    assert list(browse.ahead(items(), 3)) == list(range(20))
    assert list(browse.ahead(iter([]), 3)) == []


def test_a_failure_while_reading_ahead_comes_after_what_was_read_before() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise StashError("Stash is gone.")

    found = browse.ahead(items(), 4)

    assert next(found) == 1
    with pytest.raises(StashError):
        next(found)
