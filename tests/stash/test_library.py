from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from stash_face.errors import BadRequest, NotFound, StashError
from stash_face.stash import library
from stash_face.stash.client import StashClient
from stash_face.stash.entities import GalleryItem, LocalPerformer
from tests.fakes.stash_server import StashStandIn
from tests.stash.conftest import Picture

STASHDB = "https://stashdb.org/graphql"
ADA = "50459d16-787c-47c9-8ce9-a4cac9404324"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("5", "5"), (5, "5"), ("007", "7"), ("9" * 18, "9" * 18)],
)
def test_an_id_is_a_decimal_number(value: Any, wanted: str) -> None:
    assert library.item_id(value) == wanted


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "0",
        0,
        -1,
        "-1",
        5.0,
        True,
        [5],
        "5 OR 1=1",
        "5; DROP TABLE images",
        "5\n",
        "٥",  # a digit, but not one of Stash's
        "9" * 19,
        "9" * 10_000,
        10**18,
    ],
)
def test_anything_else_is_refused_and_cut_in_the_sentence(value: Any) -> None:
    with pytest.raises(BadRequest) as raised:
        library.item_id(value, "image_id")
    assert raised.value.sentence.startswith("The argument image_id must be the number that Stash")
    assert len(raised.value.sentence) < 200


def test_an_image_comes_with_its_file_performers_and_galleries(
    stash: StashStandIn, client: StashClient, picture: Picture
) -> None:
    ada = stash.add_performer("Ada")
    image_id = stash.add_image(picture(), performers=[ada], title="At sea")
    gallery_id = stash.add_gallery([image_id])

    item = library.image(client, int(image_id))

    assert item.file is not None
    assert (item.id, item.title) == (image_id, "At sea")
    assert (item.performer_ids, item.gallery_ids) == ((ada,), (gallery_id,))
    assert (item.path, item.file.size) == (str(picture()), picture().stat().st_size)
    assert item.file.checksum.startswith("md5:")


def test_what_is_not_in_stash_is_said_so(client: StashClient) -> None:
    with pytest.raises(NotFound, match=r"Image 7 is not in Stash \(any more\): reload the page."):
        library.image(client, "7")
    with pytest.raises(NotFound, match="Gallery 7 is not in Stash"):
        library.gallery(client, 7)


def test_a_gallery_comes_with_its_size(
    stash: StashStandIn, client: StashClient, picture: Picture
) -> None:
    gallery_id = stash.add_gallery([stash.add_image(picture())], title="Summer")
    assert library.gallery(client, gallery_id) == GalleryItem(gallery_id, "Summer", 1)


@pytest.mark.parametrize("page_size", [1, 3, 7, 500])
def test_the_images_of_a_gallery_are_sorted_by_path_whatever_the_page(
    stash: StashStandIn, client: StashClient, picture: Picture, tmp_path: Path, page_size: int
) -> None:
    for number, name in enumerate("gdafbec"):
        picture(f"set/{name}.png", width=number + 1)
    stash.add_image(picture("other.png", width=99))
    gallery_id = stash.add_folder_gallery(tmp_path / "set")

    items = library.gallery_images(client, gallery_id, page_size)

    assert [Path(item.path).stem for item in items] == list("abcdefg")


def test_a_zip_gallery_tells_the_archive_and_the_entry(
    stash: StashStandIn, client: StashClient, picture: Picture, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.write(picture(), "inner/a.png")
    (item,) = library.gallery_images(client, stash.add_zip_gallery(tmp_path / "set.zip"))
    assert item.file is not None
    assert (item.file.zip_path, item.file.zip_entry) == (str(tmp_path / "set.zip"), "inner/a.png")


def test_empty_and_unknown_galleries_have_no_images(
    stash: StashStandIn, client: StashClient
) -> None:
    assert library.gallery_images(client, stash.add_gallery()) == []
    assert library.gallery_images(client, "999") == []


def test_five_thousand_images_are_read_in_ten_pages(
    stash: StashStandIn, client: StashClient, picture: Picture, tmp_path: Path
) -> None:
    for number in range(5000):
        picture(f"set/{number:04}.png", width=number + 1)
    gallery_id = stash.add_folder_gallery(tmp_path / "set")
    stash.requests.clear()

    assert len({item.id for item in library.gallery_images(client, gallery_id)}) == 5000
    assert len(stash.requests) == 11  # the last page is full, so one more is asked for


class Shrinking(StashClient):
    """Deletes an image of the gallery after each of the first pages, as a cleaning does."""

    victims: list[str]
    server: StashStandIn

    def query(self, document: str, variables: Any = None) -> dict[str, Any]:
        answer = super().query(document, variables)
        if self.victims:
            self.server.delete_image(self.victims.pop())
        return answer


@pytest.mark.parametrize(("deletions", "left"), [(1, 5), (2, 4)])
def test_a_gallery_that_shrinks_meanwhile_is_read_again_and_no_image_is_lost(
    stash: StashStandIn,
    client: StashClient,
    picture: Picture,
    tmp_path: Path,
    deletions: int,
    left: int,
) -> None:
    for number in range(6):
        picture(f"set/{number}.png", width=number + 1)
    gallery_id = stash.add_folder_gallery(tmp_path / "set")
    with Shrinking(client.connection) as shrinking:
        shrinking.server, shrinking.victims = stash, ["1", "2", "3"][:deletions]
        items = library.gallery_images(shrinking, gallery_id, page_size=2)
    assert len(items) == left


def test_a_gallery_that_never_rests_is_given_up(
    stash: StashStandIn, client: StashClient, picture: Picture, tmp_path: Path
) -> None:
    for number in range(40):
        picture(f"set/{number}.png", width=number + 1)
    gallery_id = stash.add_folder_gallery(tmp_path / "set")
    with Shrinking(client.connection) as shrinking:
        shrinking.server, shrinking.victims = stash, [str(n) for n in range(1, 40)]
        with pytest.raises(StashError, match="change faster than they can be read"):
            library.gallery_images(shrinking, gallery_id, page_size=4)


def test_local_performers_are_found_by_host_and_id_in_one_request(
    stash: StashStandIn, client: StashClient
) -> None:
    ada = stash.add_performer("Ada", [(STASHDB, ADA)])
    eve = stash.add_performer("Eve", [("https://api.theporndb.net/graphql", "12ab")])
    stash.add_performer("Nobody's id")

    found = library.local_performers(
        client, [f"stashdb.org:{ADA.upper()}", "theporndb.net:12ab", "stashdb.org:unknown"]
    )

    assert found == {
        f"stashdb.org:{ADA.upper()}": LocalPerformer(ada, "Ada", ((STASHDB, ADA),)),
        "theporndb.net:12ab": LocalPerformer(
            eve, "Eve", (("https://api.theporndb.net/graphql", "12ab"),)
        ),
    }
    assert [each.operation for each in stash.requests] == ["PerformersByStashId"]


def test_the_same_id_under_another_stash_box_is_somebody_else(
    stash: StashStandIn, client: StashClient
) -> None:
    stash.add_performer("Eve", [("https://fansdb.cc/graphql", ADA)])
    assert library.local_performers(client, [f"stashdb.org:{ADA}"]) == {}

    ada = stash.add_performer("Ada", [("https://fansdb.cc/graphql", "x"), (STASHDB, ADA)])
    assert library.local_performers(client, [f"stashdb.org:{ADA}"]).popitem()[1].id == ada


def test_many_performers_are_asked_for_fifty_at_a_time(
    stash: StashStandIn, client: StashClient
) -> None:
    for number in range(120):
        stash.add_performer(f"P{number}", [(STASHDB, f"id-{number}")])
    found = library.local_performers(client, [f"stashdb.org:id-{n}" for n in range(120)])
    assert len(found) == 120
    assert [len(each.variables) for each in stash.requests] == [50, 50, 20]


def test_ids_that_are_none_are_not_asked_for(stash: StashStandIn, client: StashClient) -> None:
    strange = ["performer_00001", "stashdb.org:", ":abc", "stashdb.org:%", "stashdb.org:a' OR 1"]
    assert library.local_performers(client, strange) == {}
    assert stash.requests == []


def test_settings_are_what_the_user_has_set(stash: StashStandIn, client: StashClient) -> None:
    assert library.plugin_settings(client, "stash_face") == {}
    stash.library.plugin_settings["stash_face"] = {"top_k": 3}
    assert library.plugin_settings(client, "stash_face") == {"top_k": 3}
    assert library.stash_version(client) == "v0.30.1"
