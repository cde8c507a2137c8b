from __future__ import annotations

from typing import Any

import pytest

from stash_face.tasks.measure_page import page
from stash_face.tasks.measure_score import calibration, figures

HOSTILE = '"><img src=x onerror=alert(1)>'
JPEG = "data:image/jpeg;base64,/9j/4AAQ"


def report(**mistake: Any) -> dict[str, Any]:
    row = {
        "kind": "image",
        "id": "5",
        "image_id": "5",
        "name": "Ann",
        "confidence": 0.97,
        "reason": "Close.",
        "tagged": ["Ben"],
        "tagged_without_stash_id": 0,
        "not_found": [],
        "not_in_database": [],
        "face_thumbnail": JPEG,
    }
    return {
        "date": "2026-11-21",
        "database": {"version": "v1", "performer_count": 3},
        "performers": {"with_stash_id": 2, "in_database": 1, "share": 0.5},
        "unreadable": 0,
        "images": figures([]),
        "galleries": figures([]),
        "calibration": calibration([]),
        "mistakes": [row | mistake] if mistake else [],
        "missed": [],
    }


def test_a_report_of_nothing_is_a_page_too() -> None:
    text = page(report(), "http://stash:9999")

    assert "at least <strong>–</strong>" in text
    assert text.count("<h2>") == 4


@pytest.mark.parametrize(
    "where",
    [
        {"name": HOSTILE},
        {"tagged": [HOSTILE]},
        {"not_found": [HOSTILE]},
        {"not_in_database": [HOSTILE]},
        {"reason": HOSTILE},
        {"id": HOSTILE},
        {"face_thumbnail": HOSTILE},
        # Valid base64 behind an address that is none of ours.
        {"face_thumbnail": "http://example.org/a.jpg?,AAAA"},
        {"face_thumbnail": 'data:image/jpeg;base64,AAAA" onload="x'},
    ],
)
def test_no_text_from_outside_becomes_part_of_the_page(where: dict[str, Any]) -> None:
    text = page(report(**where), "http://stash:9999")

    assert "<img src=x" not in text
    assert "example.org" not in text
    assert 'onload="x' not in text


@pytest.mark.parametrize(
    ("mistake", "doubt"),
    [
        ({"not_found": ["Ben"]}, "Not found: Ben. A wrong name or a wrong tag."),
        ({"not_in_database": ["Ben"]}, "Not in the database: Ben."),
        ({"tagged_without_stash_id": 1}, "Perhaps the one without a stash-box id."),
        ({"confidence": 0.5}, "Perhaps somebody who is not tagged."),
    ],
)
def test_each_mistake_says_what_else_it_could_be(mistake: dict[str, Any], doubt: str) -> None:
    assert doubt in page(report(**mistake), "http://stash:9999")


def test_a_mistake_in_a_gallery_leads_to_the_gallery_and_to_the_picture() -> None:
    text = page(report(kind="gallery", id="7", image_id="31"), "http://stash:9999")

    assert 'href="http://stash:9999/galleries/7"' in text
    assert 'href="http://stash:9999/images/31"' in text
    assert f'src="{JPEG}"' in text
