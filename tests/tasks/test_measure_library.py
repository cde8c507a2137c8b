from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from stash_face.stash import queries
from tests.contracts.api import validate_output
from tests.photos import Photos, stash_id
from tests.process.plugin import Plugin

TASK = "Measure on my library"
HOSTILE = '</strong><script>alert("1")</script>'
STASHDB = "https://stashdb.org/graphql"


class Seen(HTMLParser):
    """The tags with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


class Tagged:
    """A library of four tagged images and a tagged gallery: Bill Clinton twice with the right
    tag, Colin Powell tagged as Angelina Jolie, a stranger tagged as somebody of the database
    who has a hostile name, and a gallery of Colin Powell."""

    def __init__(self, plugin: Plugin, photos: Photos, folder: Path) -> None:
        self.stash = stash = plugin.stash
        bill, jolie, powell = (
            stash.add_performer(name, [(STASHDB, stash_id(name).upper())])
            for name in ("Bill_Clinton", "Angelina_Jolie", "Colin_Powell")
        )
        in_database = next(name for name in photos.known if name.startswith("A"))
        hostile = stash.add_performer(HOSTILE, [(STASHDB, stash_id(in_database))])
        stash.add_performer("Nobody's", [(STASHDB, stash_id("nobody"))])
        unknown = stash.add_performer("No id")
        self.right = [
            stash.add_image(path, performers=[bill]) for path in photos.known["Bill_Clinton"][3:5]
        ]
        self.wrong = stash.add_image(photos.known["Colin_Powell"][-1], performers=[jolie])
        self.stranger = stash.add_image(photos.strangers[0], performers=[hostile])
        stash.add_image(photos.strangers[1], performers=[unknown])
        for photo in photos.known["Colin_Powell"][-4:-1]:
            shutil.copy(photo, folder)
        self.gallery = stash.add_folder_gallery(folder)
        gallery = stash.library.galleries[self.gallery]
        gallery.performers = [stash.library.performers[powell]]


@pytest.fixture
def tagged(plugin: Plugin, photos: Photos, tmp_path: Path) -> Tagged:
    folder = tmp_path / "gallery"
    folder.mkdir()
    return Tagged(plugin, photos, folder)


def report(plugin: Plugin) -> tuple[dict[str, Any], str]:
    (page,) = (plugin.data / "reports").glob("measure-*.html")
    (data,) = (plugin.data / "reports").glob("measure-*.json")
    return json.loads(data.read_text("utf-8")), page.read_text("utf-8")


def test_the_task_writes_what_fits_the_tags_and_what_does_not(
    plugin: Plugin, tagged: Tagged
) -> None:
    plugin.stash.run_task("stash_face", TASK)

    found, page = report(plugin)
    images = found["images"]
    assert (images["looked_at"], images["tagged"], images["found"]) == (4, 4, 2)
    assert (images["named"], images["confirmed"]) == (3, 2)
    assert (images["recall"], images["precision_at_least"]) == (0.5, 0.6667)
    galleries = found["galleries"]
    assert (galleries["tagged"], galleries["found"], galleries["named"]) == (1, 1, 1)
    assert found["performers"] == {"with_stash_id": 5, "in_database": 4, "share": 0.8}
    (mistake,) = found["mistakes"]
    assert (mistake["name"], mistake["id"]) == ("Colin Powell", tagged.wrong)
    assert mistake["tagged"] == mistake["not_found"] == ["Angelina_Jolie"]
    assert {each["name"]: each["missed"] for each in found["missed"]} == {
        "Angelina_Jolie": 1,
        HOSTILE: 1,
    }
    assert sum(each["answers"] for each in found["calibration"]["bins"]) >= 4
    assert plugin.stash.progress[-1] == 1.0
    assert plugin.stash.progress == sorted(plugin.stash.progress)
    assert any(level == "info" and ".html" in text for level, text in plugin.stash.log)
    assert f'href="{plugin.stash.url}/images/{tagged.wrong}"' in page


def test_the_page_loads_nothing_and_shows_a_hostile_name_as_text(
    plugin: Plugin, tagged: Tagged
) -> None:
    plugin.get("measure_library")

    page = report(plugin)[1]
    seen = Seen(page)
    assert HOSTILE in seen.text
    assert not {"script", "link", "iframe"} & {tag for tag, _ in seen.tags}
    addresses = [attrs["src"] or "" for _, attrs in seen.tags if "src" in attrs]
    assert addresses
    assert all(address.startswith("data:image/jpeg;base64,") for address in addresses)
    links = [attrs["href"] or "" for _, attrs in seen.tags if "href" in attrs]
    assert all(link.startswith(plugin.stash.url) for link in links)
    assert not re.search(r"url\(|@import", page)


def test_stash_is_only_read_and_a_second_run_scans_nothing(plugin: Plugin, tagged: Tagged) -> None:
    known = {name for text in vars(queries).values() if isinstance(text, str)
             for name in re.findall(r"^query (\w+)", text, re.M)}  # fmt: skip
    first = plugin.get("measure_library")
    scans = plugin.rows("SELECT id, stash_image_id FROM faces")

    second = plugin.get("measure_library")

    asked = {received.operation for received in plugin.stash.requests if received.operation}
    assert "TaggedImages" in asked
    assert asked <= known
    assert second == first
    assert plugin.rows("SELECT id, stash_image_id FROM faces") == scans
    validate_output("measure_library", second)


def test_an_image_that_cannot_be_read_is_left_out_and_counted(
    plugin: Plugin, tagged: Tagged, tmp_path: Path
) -> None:
    path = tmp_path / "text.jpg"
    path.write_text("no picture")
    plugin.stash.add_image(path, performers=["1"])

    found = plugin.get("measure_library")

    assert found["unreadable"] == 1
    assert found["images"]["looked_at"] == 4


def test_a_kill_in_the_middle_keeps_what_was_scanned_and_leaves_no_report(
    plugin: Plugin, tagged: Tagged
) -> None:
    running = plugin.start("measure_library")
    while not (plugin.data / "stash_face.sqlite").exists():
        assert not running.process.finished.wait(0.01)
    running.kill()

    assert not list(plugin.data.glob("reports/*"))
    assert plugin.get("measure_library")["images"]["looked_at"] == 4


@pytest.mark.parametrize(
    ("performers", "sentence"),
    [
        # Nobody in Stash has a stash-box id.
        ({"Ann": []}, "No image and no gallery in Stash is tagged with a performer who has"),
        # Somebody has, but nothing shows them.
        ({"Bill": [(STASHDB, stash_id("Bill_Clinton"))]}, "No image and no gallery in Stash"),
        # The same id at another stash-box is somebody else.
        (
            {"Bill": [("https://fansdb.cc/graphql", stash_id("Bill_Clinton"))]},
            "None of your 1 performers with a stash-box id is in the face database",
        ),
    ],
)
def test_where_there_is_nothing_to_compare_with_it_says_so(
    plugin: Plugin, performers: dict[str, list[tuple[str, str]]], sentence: str
) -> None:
    for name, ids in performers.items():
        plugin.stash.add_performer(name, ids)

    assert plugin.refuse("measure_library").startswith(sentence)


def test_without_a_face_database_it_says_so(bare_plugin: Plugin) -> None:
    assert bare_plugin.refuse("measure_library").startswith("No face database is installed")
