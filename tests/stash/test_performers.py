from __future__ import annotations

from pathlib import Path

import pytest

from stash_face.errors import NotFound
from stash_face.stash.client import StashClient
from stash_face.stash.connection import from_server_connection
from stash_face.stash.performers import performer, performer_picture, performers
from tests.fakes.stash_server import StashStandIn

STASHDB = "https://stashdb.org/graphql"


def test_all_performers_are_read_page_by_page_with_what_tells_their_pictures_apart(
    tmp_path: Path,
) -> None:
    with StashStandIn(tmp_path) as stash:
        stash.add_performer("Ann", [(STASHDB, "ann")], b"picture")
        for number in range(4):
            stash.add_performer(f"Other {number}")
        with StashClient(from_server_connection(stash.server_connection())) as client:
            found = performers(client, page_size=2)

            assert [each.id for each in found] == ["1", "2", "3", "4", "5"]
            assert (found[0].name, found[0].stash_ids) == ("Ann", ((STASHDB, "ann"),))
            assert [each.picture for each in found[:2]] == ["t=1", None]
            assert performer(client, "1") == found[0]
            assert performer_picture(client, "1") == b"picture"
            with pytest.raises(NotFound, match="Performer 9 is not in Stash"):
                performer(client, "9")
