from __future__ import annotations

import json
from typing import Any

import pytest

from stash_face.errors import DatabaseError
from stash_face.facedb.catalogue import Part, newest

URL = "https://faces.example.org/lists/index.json"
SHA = "ab" * 32


def entry(version: str, created_at: str, **more: Any) -> dict[str, Any]:
    part = {"url": f"{version}.zip", "size": 7, "sha256": SHA}
    archive = {"name": f"{version}.zip", "parts": [part]}
    return {"version": version, "created_at": created_at, "pack": "dev", "performer_count": 2,
            "face_count": 3, "archive": archive, **more}  # fmt: skip


def listed(*entries: Any, form: Any = 1) -> bytes:
    return json.dumps({"format": form, "databases": entries}).encode()


def test_the_newest_that_this_plugin_can_read_is_taken() -> None:
    offered = listed(
        entry("2026.1", "2026-01-01"),
        entry("2026.3", "2026-03-01", min_plugin_version="99.0"),
        entry("2026.2", "2026-02-01", min_plugin_version="0.0.1"),
    )
    release = newest(offered, URL)

    assert release.version == "2026.2"
    # Addresses are relative to the list's own.
    part = Part("https://faces.example.org/lists/2026.2.zip", 7, SHA)
    assert release.archive.parts == (part,)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html>", "is not a list of face databases"),
        (b"[]", "is not a list of face databases"),
        (b"[" * 100_000, "is not a list of face databases"),
        (listed(entry("1", "2026"), form=2), "is of a newer form: update the plugin."),
        (listed(), "offers no face database for this version"),
        (listed(entry("1", "2026", min_plugin_version="99")), "offers no face database for this"),
        (listed({"version": "1"}), "is not understood"),
        # Names that would be paths, addresses of this computer's files, sizes and sums that lie.
        (listed(entry("../1", "2026")), "is not understood"),
        (listed(entry("1", "2026", archive={"name": "a/b", "parts": []})), "is not understood"),
        (listed(entry("1", "2026", archive={"name": "a", "parts": []})), "is not understood"),
        (
            listed(entry("1", "2026", archive={"name": "a", "parts": [
                {"url": "file:///etc/passwd", "size": 1, "sha256": SHA}]})),
            "is not understood",
        ),
        (
            listed(entry("1", "2026", archive={"name": "a", "parts": [
                {"url": "a", "size": -1, "sha256": SHA}]})),
            "is not understood",
        ),
        (
            listed(entry("1", "2026", archive={"name": "a", "parts": [
                {"url": "a", "size": 1, "sha256": "none"}]})),
            "is not understood",
        ),
    ],
)  # fmt: skip
def test_a_list_that_is_off_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(DatabaseError, match=sentence) as refused:
        newest(content, URL)
    assert URL in refused.value.sentence
