from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from tests.photos import Photos, stash_id
from tests.process.plugin import Plugin

STASHDB = "https://stashdb.org/graphql"


def test_a_known_person_gets_a_name_with_all_that_the_ui_shows(
    plugin: Plugin, photos: Photos
) -> None:
    uuid = stash_id("Bill_Clinton")
    local = plugin.stash.add_performer("William", [(STASHDB, uuid)])
    image_id = plugin.stash.add_image(photos.known["Bill_Clinton"][-1], performers=[local])

    answer = plugin.get("identify_image", image_id=image_id)

    assert (answer["image_id"], answer["stored"]) == (image_id, True)
    (face,) = answer["faces"]
    assert face["decision"] == "match"
    assert face["reason"].startswith("A close match, ")
    picture = face["face_thumbnail"].removeprefix("data:image/jpeg;base64,")
    with Image.open(io.BytesIO(base64.b64decode(picture))) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("JPEG", (112, 112))
    # The face is in the middle of these photos.
    box = face["bbox"]
    assert 0.4 < box["x"] + box["w"] / 2 < 0.6
    best = face["matches"][0]
    expected = {
        "performer_id": f"stashdb.org:{uuid}",
        "stashdb_id": uuid,
        "stash_ids": {"stashdb.org": uuid},
        "name": "Bill Clinton",
        "stashdb_url": f"https://stashdb.org/performers/{uuid}",
        "local_performer_id": local,
        "already_tagged": True,
    }
    assert {key: best[key] for key in expected} == expected
    assert best["distance"] < 0.6
    assert best["confidence"] > 0.9
    assert set(best["distances"]) == {"arcface_mbf", "edgeface_xs"}


def test_a_stranger_is_unknown(plugin: Plugin, photos: Photos) -> None:
    image_id = plugin.stash.add_image(photos.strangers[0])

    (face,) = plugin.get("identify_image", image_id=image_id)["faces"]
    assert face["decision"] == "unknown"
    assert face["reason"] == "Nobody in the face database comes close."


def test_everyone_in_a_group_photo_is_found(plugin: Plugin, photos: Photos) -> None:
    image_id = plugin.stash.add_image(photos.group)

    faces = plugin.get("identify_image", image_id=image_id)["faces"]

    assert len(faces) == 29
    assert "match" not in {face["decision"] for face in faces}
    assert len({(face["bbox"]["x"], face["bbox"]["y"]) for face in faces}) == 29
    # Stored under the names that earlier tools of this kind use.
    assert plugin.rows("SELECT stash_image_id, faces_detected FROM image_fingerprints") == [
        (image_id, 29)
    ]


def test_what_is_stored_needs_neither_the_file_nor_the_weights(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(photos.known["Bill_Clinton"][-1].read_bytes())
    image_id = plugin.stash.add_image(path)
    first = plugin.get("identify_image", image_id=image_id)

    path.unlink()
    del plugin.stash.environment["STASH_FACE_MODELS"]
    assert plugin.get("identify_image", image_id=image_id) == first

    # Other settings are matched anew from the stored embeddings.
    stricter = plugin.get("identify_image", image_id=image_id, max_distance=0.05)
    assert stricter["faces"][0]["decision"] == "unknown"
    assert stricter["faces"][0]["matches"] == []
    fewer = plugin.get("identify_image", image_id=image_id, max_results=1)
    assert len(fewer["faces"][0]["matches"]) == 1
    assert plugin.get("identify_image", image_id=image_id, min_face_confidence=1)["faces"] == []
    assert plugin.downloads() == []


def test_who_is_in_the_library_is_asked_each_time(plugin: Plugin, photos: Photos) -> None:
    image_id = plugin.stash.add_image(photos.known["Bill_Clinton"][-1])

    def best() -> tuple[str | None, bool]:
        faces = plugin.get("identify_image", image_id=image_id)["faces"]
        match = faces[0]["matches"][0]
        return match["local_performer_id"], match["already_tagged"]

    assert best() == (None, False)
    local = plugin.stash.add_performer("William", [(STASHDB, stash_id("Bill_Clinton"))])
    assert best() == (local, False)
    library = plugin.stash.library
    library.images[image_id].performers.append(library.performers[local])
    assert best() == (local, True)
    del library.performers[local]
    library.images[image_id].performers.clear()
    assert best() == (None, False)


def test_a_file_that_changed_is_looked_at_again(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(photos.known["Bill_Clinton"][-1].read_bytes())
    image_id = plugin.stash.add_image(path)
    plugin.get("identify_image", image_id=image_id)

    path.write_bytes(photos.known["Colin_Powell"][-1].read_bytes())
    rescanned = plugin.stash.library.add_image(path)
    changed = plugin.stash.library.images.pop(rescanned)
    plugin.stash.library.images[image_id].visual_files = changed.visual_files

    (face,) = plugin.get("identify_image", image_id=image_id)["faces"]
    assert face["matches"][0]["name"] == "Colin Powell"
    assert plugin.rows("SELECT count(*) FROM faces") == [(1,)]


@pytest.mark.parametrize(
    "turn",
    [
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_180,
    ],
)
def test_a_picture_lying_on_its_side_is_read_with_its_box_in_place(
    plugin: Plugin, photos: Photos, tmp_path: Path, turn: Image.Transpose
) -> None:
    with Image.open(photos.known["Bill_Clinton"][-1]) as upright:
        upright.transpose(turn).save(tmp_path / "a.png")
    image_id = plugin.stash.add_image(tmp_path / "a.png")

    (face,) = plugin.get("identify_image", image_id=image_id)["faces"]
    assert face["matches"][0]["name"] == "Bill Clinton"
    assert 0.4 < face["bbox"]["x"] + face["bbox"]["w"] / 2 < 0.6


def test_an_image_whose_file_this_computer_does_not_see_comes_from_stash(
    plugin: Plugin, photos: Photos
) -> None:
    image_id = plugin.stash.add_image(photos.known["Bill_Clinton"][-1])
    plugin.hide_files()
    plugin.stash.sessions.password = True

    (face,) = plugin.get("identify_image", image_id=image_id)["faces"]
    assert face["matches"][0]["name"] == "Bill Clinton"
    assert plugin.downloads() == [image_id]
