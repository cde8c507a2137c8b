from __future__ import annotations

import pytest

from tests.photos import Photos
from tests.process.plugin import Plugin


def test_items_that_were_selected_are_looked_at_and_no_others(
    plugin: Plugin, photos: Photos
) -> None:
    first, second, third = (
        plugin.stash.add_image(path)
        for path in (*photos.known["Bill_Clinton"][3:5], photos.known["Colin_Powell"][-1])
    )

    answer = plugin.get("scan_new_items", kind="image", ids=[first, int(third)])

    assert (answer["images"], answer["suggestions"]) == (2, 2)
    found = plugin.rows("SELECT item_id, name FROM suggestions ORDER BY item_id")
    assert found == [(first, "Bill Clinton"), (third, "Colin Powell")]
    assert plugin.rows("SELECT count(*) FROM queue") == [(0,)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        # A performer is no item with faces.
        ({"kind": "performer", "ids": ["1"]}, "The argument kind must be one of image, "),
        ({"kind": "image"}, "The argument ids must be a list"),
        ({"kind": "image", "ids": []}, "The argument ids must be a list"),
        ({"ids": ["1"]}, "The argument kind must be one of image, "),
        ({"kind": "image", "ids": ["1; DROP"]}, ""),
    ],
)
def test_what_cannot_be_selected_is_refused(
    bare_plugin: Plugin, given: dict[str, object], said: str
) -> None:
    assert bare_plugin.refuse("scan_new_items", **given).startswith(said)
