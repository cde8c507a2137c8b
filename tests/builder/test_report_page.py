from __future__ import annotations

import io
import re

from PIL import Image

from builder.report import Report
from builder.report_page import HEIGHT, ROWS, page


def drawn(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(stream, "PNG")
    return stream.getvalue()


def test_the_page_shows_what_a_person_should_look_at() -> None:
    report = Report(
        performers=3, people=2, pictures=7, faces=4, sources={"folder:x": 3},
        left_out={"Ada/1.jpg": "shows somebody else than the other pictures"},
        same_picture=[["Ada/2.jpg", "Zoe/1.jpg"]], doubtful={"Zoe": "two people are in 2 pictures"},
    )  # fmt: skip

    told = page(report, lambda name: drawn(40, 80))

    assert "<h2>Pictures left out: 1</h2>" in told
    assert "Ada/1.jpg<td>shows somebody else than the other pictures" in told
    assert told.count("<img") == 3
    assert f"height:{HEIGHT}px" in told
    assert "People without a face" not in told


def test_names_are_data() -> None:
    report = Report(left_out={'<script src="x">': "<b>"}, performers_without_face=["<i>&"])

    told = page(report, lambda name: None)

    assert "<script" not in told
    assert "&lt;script src=&quot;x&quot;&gt;<td>&lt;b&gt;" in told
    assert "&lt;i&gt;&amp;" in told


def test_a_picture_that_is_gone_or_broken_has_no_thumbnail() -> None:
    report = Report(without_face=["a", "b"])

    told = page(report, {"a": None, "b": b"\xff\xd8\xff broken"}.get)

    assert re.findall(r"<td>(\w)", told)[-2:] == ["a", "b"]
    assert "<img" not in told


def test_a_long_list_is_cut() -> None:
    told = page(Report(without_face=[str(n) for n in range(ROWS + 5)]), lambda name: None)

    assert f"Pictures without a face: {ROWS + 5} (the first {ROWS} of them)" in told
    assert told.count("<tr>") == ROWS + 4
