from __future__ import annotations

import pytest

from stash_face.errors import MediaError
from stash_face.media.vtt import Cue, parse_vtt

SHEET = "0a1b2c_sprite.jpg"
# As Stash writes it: no cue ids, three tiles of the first row and one of the second.
USUAL = f"""WEBVTT

00:00:00.000 --> 00:00:20.000
{SHEET}#xywh=0,0,160,90

00:00:20.000 --> 00:00:40.000
{SHEET}#xywh=160,0,160,90

00:03:00.000 --> 01:00:00.500
{SHEET}#xywh=0,90,160,90
"""
CUES = [
    Cue(0.0, 20.0, SHEET, 0, 0, 160, 90),
    Cue(20.0, 40.0, SHEET, 160, 0, 160, 90),
    Cue(180.0, 3600.5, SHEET, 0, 90, 160, 90),
]


def cue(timing: str = "00:00:01.000 --> 00:00:02.000", place: str = "s.jpg#xywh=0,0,16,9") -> str:
    return f"WEBVTT\n\n{timing}\n{place}\n"


@pytest.mark.parametrize(
    "text",
    [
        USUAL,
        "\ufeff" + USUAL,
        USUAL.replace("\n", "\r\n"),
        USUAL.encode(),
        ("\ufeff" + USUAL).encode().replace(b"\n", b"\r\n"),
        USUAL.replace("00:00:20.000", "00:20.000"),  # hours may be missing
        USUAL.replace("00:00:00.000", "cue 1\n00:00:00.000"),  # ids
        USUAL.replace("WEBVTT\n", "WEBVTT - made elsewhere\nNOTE nothing\n"),
        USUAL.replace("20.000\n", "20.000 align:start position:0%\n"),  # settings
        USUAL.replace(".000", ",000"),  # as SubRip writes it
    ],
)
def test_a_list_as_stash_and_others_write_it(text: str | bytes) -> None:
    assert parse_vtt(text) == CUES


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("http://192.168.0.2:9999/scene/0a1b2c_sprite.jpg?apikey=x", SHEET),
        ("../generated/vtt/0a1b2c_sprite.jpg", SHEET),
        ("generated\\vtt\\0a1b2c_sprite.jpg", SHEET),
        ("a%20b.jpg", "a b.jpg"),
        ("http://[broken/s.jpg", "s.jpg"),
        ("", ""),
    ],
)
def test_of_an_address_only_the_name_is_kept(address: str, file: str) -> None:
    assert parse_vtt(cue(place=f"{address}#xywh=0,0,16,9"))[0].file == file


def test_hours_may_have_more_than_two_digits() -> None:
    found = parse_vtt(cue("100:00:00.000 --> 123:59:59.999"))

    assert (found[0].start, found[0].end) == (360_000.0, 446_399.999)


def test_cues_come_by_their_start_and_one_a_start() -> None:
    later = cue("00:00:05.000 --> 00:00:09.000", "s.jpg#xywh=16,0,16,9")
    earlier = cue("00:00:01.000 --> 00:00:07.000")[6:]  # overlaps the other
    again = cue("00:00:05.000 --> 00:00:06.000", "s.jpg#xywh=32,0,16,9")[6:]

    assert [(c.start, c.end, c.x) for c in parse_vtt(later + earlier + again)] == [
        (1.0, 7.0, 0),
        (5.0, 9.0, 16),
    ]


def test_an_end_before_its_start_is_taken_for_the_start() -> None:
    assert parse_vtt(cue("00:00:05.000 --> 00:00:01.000"))[0][:2] == (5.0, 5.0)


@pytest.mark.parametrize(
    "bad",
    [
        cue("-00:00:05.000 --> 00:00:09.000"),  # before the beginning
        cue("later --> soon"),
        cue(f"{'9' * 400}:00:00.000 --> {'9' * 400}:00:01.000"),  # more than a number holds
        cue(place="s.jpg"),  # no part
        cue(place="s.jpg#xywh=0,0,16"),
        cue(place="s.jpg#xywh=percent:0,0,50,50"),
        cue(place="s.jpg#xywh=0,0,0,9"),  # nothing
        cue(place="s.jpg#xywh=-16,0,16,9"),
        cue(place=f"s.jpg#xywh={'9' * 30},0,16,9"),
    ],
)
def test_cues_that_cannot_be_are_left_out(bad: str) -> None:
    assert parse_vtt(bad + USUAL[6:]) == CUES
    with pytest.raises(MediaError, match='list "s.vtt" names no part of a picture; generate'):
        parse_vtt(bad, "s.vtt")


@pytest.mark.parametrize("text", ["", "404 page not found", b"\xff\xd8\xff\xe0", USUAL[8:]])
def test_what_is_no_list_of_cues_is_refused(text: str | bytes) -> None:
    with pytest.raises(MediaError, match="is not a WebVTT file; generate the sprite again"):
        parse_vtt(text)
