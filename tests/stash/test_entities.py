from __future__ import annotations

from typing import Any

import pytest

from stash_face.stash.entities import FileRef, ImageItem, file_ref, image_item

FILE: dict[str, Any] = {
    "__typename": "ImageFile",
    "path": "/photos/a.jpg",
    "size": 12,
    "mod_time": "2026-01-11T12:00:00Z",
    "fingerprints": [{"type": "phash", "value": "ff"}, {"type": "md5", "value": "abc"}],
    "zip_file": None,
}


def test_a_row_of_stash_becomes_an_item() -> None:
    row = {
        "id": "5",
        "title": None,
        "visual_files": [FILE],
        "performers": [{"id": "1"}, {"id": "2"}],
        "galleries": [{"id": "3"}],
    }
    file = FileRef("/photos/a.jpg", 12, "2026-01-11T12:00:00Z", "md5:abc")
    assert image_item(row) == ImageItem("5", file, ("1", "2"), ("3",), "")
    assert image_item({**row, "visual_files": []}).file is None


@pytest.mark.parametrize(
    ("path", "zip_path", "entry"),
    [
        ("/x/set.zip/a.jpg", "/x/set.zip", "a.jpg"),
        ("/x/set.zip/in/a.jpg", "/x/set.zip", "in/a.jpg"),
        ("C:\\x\\set.zip\\in\\a.jpg", "C:\\x\\set.zip", "in/a.jpg"),  # Windows
        ("/x/set.zip/a\\b.jpg", "/x/set.zip", "a\\b.jpg"),  # a name may hold a backslash
    ],
)
def test_the_entry_of_an_archive_is_the_rest_of_the_path(
    path: str, zip_path: str, entry: str
) -> None:
    file = file_ref({**FILE, "path": path, "zip_file": {"path": zip_path}})
    assert (file.zip_path, file.zip_entry) == (zip_path, entry)


@pytest.mark.parametrize(
    ("kind", "path", "is_video"),
    [
        ("ImageFile", "/a.jpg", False),
        ("VideoFile", "/a.mp4", True),
        ("VideoFile", "/a.GIF", False),  # ffprobe calls every GIF a clip
        ("VideoFile", "/a.heic", False),
        ("VideoFile", "/a.tiff", False),
    ],
)
def test_only_real_clips_need_a_video_decoder(kind: str, path: str, is_video: bool) -> None:
    assert file_ref({**FILE, "__typename": kind, "path": path}).is_video is is_video


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"path": "/elsewhere/b.jpg"}, True),
        ({"mod_time": "2026-02-01T00:00:00Z"}, True),  # copied, not changed
        ({"fingerprints": [{"type": "md5", "value": "abd"}]}, False),
        ({"size": 13}, False),
    ],
)
def test_the_fingerprint_changes_with_the_content(change: dict[str, Any], same: bool) -> None:
    before, after = file_ref(FILE).fingerprint(), file_ref({**FILE, **change}).fingerprint()
    assert (before == after) is same
    assert len(before) < 80


def test_without_a_checksum_the_time_of_the_file_counts() -> None:
    bare = file_ref({**FILE, "fingerprints": []})
    assert bare.fingerprint() == "2026-01-11T12:00:00Z:12"
