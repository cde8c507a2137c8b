from __future__ import annotations

import pytest

from stash_face.errors import BadRequest, StashError
from stash_face.stash import changes
from stash_face.stash.client import StashClient
from tests.fakes.stash_server import StashStandIn
from tests.stash.conftest import Picture


@pytest.fixture
def images(stash: StashStandIn, picture: Picture) -> list[str]:
    """More of them than go into one request."""
    return [
        stash.add_image(picture(f"{number}.png", number), title=f"Image {number}")
        for number in range(1, 61)
    ]


def test_a_performer_is_added_and_removed_and_the_others_stay(
    stash: StashStandIn, client: StashClient, images: list[str]
) -> None:
    ann, ben = stash.add_performer("Ann"), stash.add_performer("Ben")
    changes.add_performer(client, "image", images[:1], ben)

    changes.add_performer(client, "image", images, ann)
    changes.add_performer(client, "image", images, ann)

    assert changes.performers_of(client, "image", images) == {
        each: (ben, ann) if each == images[0] else (ann,) for each in images
    }
    changes.remove_performer(client, "image", images, ann)
    found = changes.performers_of(client, "image", images)
    assert found == {each: (ben,) if each == images[0] else () for each in images}


def test_items_that_are_gone_are_absent(
    stash: StashStandIn, client: StashClient, images: list[str]
) -> None:
    stash.delete_image(images[0])

    found = changes.tagged_items(client, "image", images[:2])

    assert found == {images[1]: changes.Tagged("Image 2", ())}


def test_a_performer_is_created_changed_and_destroyed(
    stash: StashStandIn, client: StashClient
) -> None:
    ann = changes.create_performer(client, {"name": "Ann"})
    made = changes.performer_state(client, ann)
    changes.set_stash_ids(client, ann, [("https://stashdb.org/graphql", "x")])
    state = changes.performer_state(client, ann)

    assert made is not None
    assert state is not None
    assert (state.name, state.stash_ids) == ("Ann", (("https://stashdb.org/graphql", "x"),))
    assert state.items == 0
    assert state.updated_at != made.updated_at
    changes.destroy_performer(client, ann)
    assert changes.performer_state(client, ann) is None


def test_what_stash_refuses_is_told_in_its_words(stash: StashStandIn, client: StashClient) -> None:
    stash.add_performer("Ann")

    with pytest.raises(StashError, match="performer with name 'Ann' already exists"):
        changes.create_performer(client, {"name": "Ann"})


def test_a_change_is_never_sent_twice(
    stash: StashStandIn, client: StashClient, images: list[str]
) -> None:
    ann = stash.add_performer("Ann")
    stash.faults["graphql"] = ["500", None]

    with pytest.raises(StashError):
        changes.add_performer(client, "image", images[:1], ann)

    assert [each.operation for each in stash.requests].count("UpdatePerformers") == 1
    assert changes.performers_of(client, "image", images[:1]) == {images[0]: ()}


def test_another_kind_is_refused(client: StashClient) -> None:
    with pytest.raises(BadRequest, match="must be one of image, gallery, scene"):
        changes.add_performer(client, "album", ["1"], "1")
