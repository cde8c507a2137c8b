from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from builder.net.cache import Cache
from builder.net.downloads import Downloads
from builder.net.pace import Paces
from builder.net.web import Web
from builder.settings import Secret
from builder.sources import stash_library
from builder.sources.source import Known
from builder.sources.stash_library import StashLibrary
from builder.values import SourcePerformer
from stash_face.errors import StashFaceError
from tests.fakes.stash_server import StashStandIn

STASHDB, FANSDB = "https://stashdb.org/graphql", "https://fansdb.cc/graphql"
UUID, OTHER = "0f3c8a52-7d1e-4b96-8f25-61f0a9be1c34", "5d0c1f0e-93b4-4e6f-a1e8-6a2a64c7a111"


def drawn(colour: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (20, 20), colour).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def stash(tmp_path: Path) -> Iterator[StashStandIn]:
    with StashStandIn(tmp_path, password=True, api_key="a.b.c") as server:
        yield server


def library(stash: StashStandIn, key: str | None = "a.b.c", images: bool = False) -> StashLibrary:
    web = Web(Paces(0, 2), [stash.url], pause=0.01)
    return StashLibrary(stash.url, Secret(key) if key else None, web, images)


def read(source: StashLibrary) -> list[SourcePerformer]:
    return [performer for page in source.read(Known()) for performer in page.performers]


def test_performers_with_stash_ids_are_taken(
    stash: StashStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stash_library, "PER_PAGE", 2)
    stash.add_performer("Ada", [(STASHDB, UUID)], drawn("red"))
    stash.add_performer("Nobody's", [], drawn("green"))
    stash.add_performer("Zoe", [(STASHDB, OTHER), (FANSDB, UUID)])

    ada, zoe = read(library(stash))

    assert ada.person.key == f"stashdb.org:{UUID}"
    assert [ref.name for ref in ada.pictures] == ["Ada"]
    assert ada.pictures[0].frozen
    # One in several stash-boxes has a key of this Stash, and the ids of them all.
    assert zoe.person.key == "stash:127.0.0.1:3"
    assert zoe.person.performer_id == f"stashdb.org:{OTHER}"
    assert zoe.person.stash_ids == {"stashdb.org": OTHER, "fansdb.cc": UUID}
    # Stash's own drawing is nobody's picture.
    assert zoe.pictures == ()


def test_images_of_one_performer_alone_can_be_taken_too(
    stash: StashStandIn, tmp_path: Path
) -> None:
    ada = stash.add_performer("Ada", [(STASHDB, UUID)])
    zoe = stash.add_performer("Zoe", [(STASHDB, OTHER)])
    for name, colour, performers in (
        ("1.png", "red", [ada]), ("2.png", "green", [ada, zoe]), ("3.png", "blue", [])
    ):  # fmt: skip
        (tmp_path / name).write_bytes(drawn(colour))
        stash.add_image(tmp_path / name, performers=performers)

    first, second = read(library(stash, images=True))

    assert [ref.name for ref in first.pictures] == ["Ada image 1"]
    assert second.pictures == ()


def test_pictures_come_with_the_key_and_by_the_address_that_was_given(
    stash: StashStandIn, tmp_path: Path
) -> None:
    stash.add_performer("Ada", [(STASHDB, UUID)], drawn("red"))
    # As behind a proxy that is set up wrongly.
    stash.external_host = "http://stash.invalid"
    source = library(stash)
    (ada,) = read(source)
    web = Web(Paces(0, 2), [stash.url], pause=0.01)
    secrets = {source.base: {"ApiKey": "a.b.c"}}

    got = Downloads(web, Cache(tmp_path / "cache"), lambda line: None, secrets).fetch(
        ada.pictures[0], None, 1
    )

    assert got.content == drawn("red")


@pytest.mark.parametrize(
    ("key", "fault", "told"),
    [
        (None, None, "wants an API key: make one under Settings, Security, and give it as STASH"),
        ("wrong", None, "wants an API key"),
        ("a.b.c", "html", "answers with status 200 and no GraphQL: check its address."),
        ("a.b.c", "locked", "refuses the question (database is locked"),
        ("a.b.c", "close", "does not answer (127.0.0.1 broke off its answer"),
    ],
)
def test_every_failure_is_one_sentence(
    stash: StashStandIn, key: str | None, fault: str | None, told: str
) -> None:
    stash.faults["graphql"] = fault

    with pytest.raises(StashFaceError) as failure:
        read(library(stash, key))

    assert failure.value.sentence.startswith(f"The Stash at {stash.url}/ {told}")
    assert key is None or key not in failure.value.sentence
