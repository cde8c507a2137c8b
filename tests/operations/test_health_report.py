from __future__ import annotations

import pytest

from stash_face.operations.health_report import scrubbed

KNOWN = {"/root/.stash/plugins/stash_face/data": "<data>", "/root/.stash": "<stash>"}


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        # the plugin's own folders keep their names
        ("put it into /root/.stash/plugins/stash_face/data/models.",
         "put it into <data>/models."),
        # a path of media, whatever blanks it holds
        ("The file /media/Jane Doe/a b.mp4, which is damaged: copy it.",
         "The file <path>, which is damaged: copy it."),
        (r"D:\Films\Jane Doe\x.mkv (12 MB) is cut off.", "<path>(12 MB) is cut off."),
        (r"\\nas\films\Jane.mkv: not there.", "<path>: not there."),
        # a name in quotation marks
        ('The picture "jane.jpg" is damaged.', 'The picture "…" is damaged.'),
        # what an address may hold
        ("https://ann:pw@faces.example.org/a.zip?key=1 is not there.",
         "https://faces.example.org/a.zip is not there."),
        # no path
        ("12 of 13 pictures and/or scenes.", "12 of 13 pictures and/or scenes."),
    ],
)  # fmt: skip
def test_a_sentence_is_shown_without_what_is_private(sentence: str, shown: str) -> None:
    assert scrubbed(sentence, KNOWN) == shown
