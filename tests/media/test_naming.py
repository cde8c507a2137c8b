from __future__ import annotations

import pytest

from stash_face.media.naming import MAX_NAME, shown, titled


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("beach.jpg", "beach.jpg"),
        ("Zürich 東京.jpg", "Zürich 東京.jpg"),
        ("two\nlines\r\n.jpg", "two lines .jpg"),
        ("\x1b[31mred\x1b[0m.jpg", "[31mred[0m.jpg"),  # terminal colours
        ("photo\u202egpj.exe", "photogpj.exe"),  # right-to-left override
        ("\x01e\x02coded line", "ecoded line"),  # how Stash marks a log level
        ("a\0b", "ab"),
        ("not\udcffutf8.jpg", "notutf8.jpg"),  # a byte that is no character
        ('say "cheese".jpg', "say 'cheese'.jpg"),
        ("", ""),
    ],
)
def test_a_name_is_shown_on_one_line_without_control_characters(name: str, expected: str) -> None:
    assert shown(name) == expected


def test_a_long_name_is_cut() -> None:
    assert len(shown("x" * 100_000)) == MAX_NAME
    assert shown("x" * 500).endswith("x…")


def test_a_picture_without_a_name_is_just_the_picture() -> None:
    assert titled("picture", "") == "The picture"
    assert titled("picture", "a.jpg") == 'The picture "a.jpg"'
