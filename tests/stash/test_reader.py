from __future__ import annotations

import pytest

from stash_face.errors import StashError
from stash_face.stash import queries
from stash_face.stash.client import StashClient
from stash_face.stash.connection import from_server_connection
from stash_face.stash.reader import Reader
from tests.fakes.stash_server import StashStandIn
from tests.stash.conftest import Opener

VERSION = {"version": {"version": "v0.30.1"}}


def reader(stash: StashStandIn, connect: Opener) -> tuple[Reader, list[StashClient]]:
    """With the clients that it needed."""
    opened: list[StashClient] = []

    def client() -> StashClient:
        opened.append(connect(stash))
        return opened[-1]

    return Reader(from_server_connection(stash.server_connection()), client), opened


def test_a_question_that_is_answered_needs_no_client(
    guarded: StashStandIn, connect: Opener
) -> None:
    asking, opened = reader(guarded, connect)

    assert asking.query(queries.VERSION) == VERSION
    assert opened == []


@pytest.mark.parametrize("fault", ["locked", "502", "close", "html"])
def test_what_failed_is_asked_again_by_the_client(
    stash: StashStandIn, connect: Opener, fault: str
) -> None:
    asking, opened = reader(stash, connect)
    stash.faults["graphql"] = [fault]

    assert asking.query(queries.VERSION) == VERSION
    assert len(opened) == 1


def test_the_client_says_what_is_wrong(stash: StashStandIn, connect: Opener) -> None:
    asking, _ = reader(stash, connect)
    stash.faults["graphql"] = "401"

    with pytest.raises(StashError, match="refused the session, which has expired"):
        asking.query(queries.VERSION)
