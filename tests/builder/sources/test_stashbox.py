from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from builder.gather import gather
from builder.net.pace import Paces
from builder.net.web import Web
from builder.progress import Progress, Tell
from builder.settings import Secret
from builder.sources import stashbox
from builder.sources.stashbox import StashBox, host_of
from builder.state import catalogue
from builder.state.connection import State
from builder.values import PictureRef
from stash_face.errors import BadRequest, StashFaceError
from tests.fakes.stash_box_server import Row, stash_box
from tests.fakes.stash_box_server import StashBox as StandIn

KEY = "a.b.c"


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setattr(stashbox, "PER_PAGE", 4)
    with stash_box(KEY) as server:
        yield server


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "state.sqlite") as opened:
        yield opened


def source(box: StandIn, key: str | None = KEY) -> StashBox:
    web = Web(Paces(0, 4), [box.url], pause=0.01)
    return StashBox(f"{box.url}/graphql", Secret(key) if key else None, web)


def read(state: State, of: StashBox, agree: bool = True) -> list[str]:
    """The names of everybody after a reading."""
    progress = Progress(Tell(lambda line: None), None)
    gather(state, [of], agree=lambda question: agree, stopped=lambda: False, progress=progress)
    return [performer.person.name for _, performer in catalogue.performers(state)]


def people(box: StandIn, count: int) -> list[Row]:
    return [box.add(f"P{number:02}") for number in range(count)]


def test_everybody_is_read_in_the_order_of_creation(box: StandIn, state: State) -> None:
    rows = people(box, 10)
    box.edit(rows[2], country="GB", aliases=["Two"], birth_date="1980-02-01", urls=["https://a.b"])
    box.add_picture(rows[2], b"picture")

    assert read(state, source(box)) == [row.name for row in rows]

    two = [performer for _, performer in catalogue.performers(state)][2]
    key = f"{box.name}:{rows[2].id}"
    image = rows[2].images[0]
    address = f"{box.url}/images/{image}"
    assert two.person.key == two.person.performer_id == key
    assert two.person.stash_ids == {box.name: rows[2].id}
    assert (two.person.country, two.person.image_url) == ("GB", address)
    assert two.pictures == (PictureRef(address, f"P02 {image}", frozen=True),)
    assert (two.aliases, two.birth_date, two.urls) == (("Two",), "1980-02-01", ("https://a.b",))
    assert [page["page"] for page in box.pages] == [1, 2, 3]


@pytest.mark.parametrize("deleted", [1, 3])
def test_nobody_is_missed_when_rows_slide_between_two_pages(
    box: StandIn, state: State, deleted: int
) -> None:
    rows = people(box, 12)
    box.moves = [lambda: [box.delete(row) for row in rows[:deleted]]]

    read(state, source(box))

    # Those who were deleted had been read already; the next reading knows.
    assert [row.name for row in rows[deleted:]] == read(state, source(box))


def test_somebody_who_comes_meanwhile_is_read(box: StandIn, state: State) -> None:
    people(box, 7)
    box.moves = [lambda: box.add("New")]

    assert len(read(state, source(box))) == 8


def test_a_later_reading_asks_for_changes_only(box: StandIn, state: State) -> None:
    rows = people(box, 12)
    read(state, source(box))
    box.pages.clear()
    box.edit(rows[3], name="Renamed")
    box.add("New")

    names = read(state, source(box))

    assert (names[3], names[-1], len(names)) == ("Renamed", "New", 13)
    assert [(page["page"], page["sort"]) for page in box.pages] == [(1, "UPDATED_AT")]


def test_who_was_deleted_or_merged_is_gone(box: StandIn, state: State) -> None:
    rows = people(box, 9)
    read(state, source(box))
    box.delete(rows[1])
    box.merge(rows[2], rows[3])

    assert read(state, source(box)) == [row.name for row in rows if row not in rows[1:3]]


def test_a_merge_alone_needs_no_whole_reading(box: StandIn, state: State) -> None:
    rows = people(box, 9)
    read(state, source(box))
    box.pages.clear()
    box.merge(rows[2], rows[3])

    assert len(read(state, source(box))) == 8
    assert len(box.pages) == 1


def test_a_stopped_reading_goes_on_with_its_page(box: StandIn, state: State) -> None:
    people(box, 12)
    first = source(box)
    reading = catalogue.begin_reading(state, first.name, 0)
    for page in islice(first.read(stashbox.Known()), 2):
        catalogue.save_page(state, first.name, reading.number, page.performers, (), page.cursor)
    box.pages.clear()

    assert len(read(state, source(box))) == 12
    assert [page["page"] for page in box.pages] == [3, 4]


def test_every_tenth_reading_is_whole(box: StandIn, state: State) -> None:
    rows = people(box, 5)
    for _ in range(1 + stashbox.WHOLE_EVERY):
        read(state, source(box))
    # As many as were deleted have come while nobody looked: the numbers agree.
    box.rows[rows[0].id].deleted = True
    box.rows["x"] = Row("x", "Unseen", rows[0].created, rows[0].updated)

    assert sorted(read(state, source(box))) == ["P01", "P02", "P03", "P04", "Unseen"]


def test_a_box_that_lost_half_of_its_people_is_asked_about(box: StandIn, state: State) -> None:
    rows = people(box, 8)
    read(state, source(box))
    for row in rows[:4]:
        box.delete(row)

    with pytest.raises(BadRequest) as refused:
        read(state, source(box), agree=False)

    assert refused.value.sentence == (
        f"{box.name} has lost 4 of its 8 performers since the last build: check the source, or "
        "say --allow-removals if that is right; nothing was removed."
    )
    assert len(list(catalogue.performers(state))) == 8
    assert len(read(state, source(box), agree=True)) == 4


def test_a_source_that_is_left_out_is_asked_about(box: StandIn, state: State) -> None:
    people(box, 3)
    read(state, source(box))
    web = Web(Paces(0, 4), [box.url])
    other = StashBox(f"{box.url}/graphql", Secret(KEY), web, name="other.example")

    with pytest.raises(BadRequest) as refused:
        read(state, other, agree=False)

    assert refused.value.sentence.startswith(
        f"{box.name}, with 3 of 3 performers, is no source of this build: name all sources"
    )
    assert len(list(catalogue.performers(state))) == 3
    assert len(read(state, other, agree=True)) == 3
    assert {each for each, _ in catalogue.performers(state)} == {"other.example"}


@pytest.mark.parametrize(
    ("key", "faults", "told"),
    [
        # none: 200 with errors
        (None, [], "wants an API key that it knows (it says: not authorized)"),
        # somebody else's
        ("x.y.z", [], "wants an API key that it knows (it says: not authorized)"),
        # malformed: 500, plain text
        ("nonsense", [], "does not take the API key (it says 500)"),
        # a login page in front of it
        (KEY, ["html"], "answers with status 200 and no GraphQL"),
        (KEY, ["403"], "does not take the API key (it says 403)"),
        # it is down
        (KEY, ["502"] * 9, "answers with status 502 and no GraphQL"),
        (KEY, ["truncated"] * 9, "does not answer (127.0.0.1 broke off its answer"),
    ],
)
def test_every_failure_is_one_sentence_without_the_key(
    box: StandIn, state: State, key: str | None, faults: list[str], told: str
) -> None:
    box.faults = faults

    with pytest.raises(StashFaceError) as failure:
        read(state, source(box, key))

    assert failure.value.sentence.startswith(f"{box.name} {told}")
    assert key is None or key not in failure.value.sentence
    assert key is None or key.encode() not in (state.path.read_bytes())


def test_a_changed_schema_is_told(box: StandIn, state: State) -> None:
    people(box, 1)
    del box.schema.type_map["Performer"].fields["aliases"]  # type: ignore[attr-defined]

    with pytest.raises(StashFaceError) as failure:
        read(state, source(box))

    assert "refuses the question (Cannot query field 'aliases'" in failure.value.sentence


def test_a_short_outage_is_waited_for(box: StandIn, state: State) -> None:
    people(box, 5)
    box.faults = ["503", "truncated", "429 0"]

    assert len(read(state, source(box))) == 5


def test_only_some_can_be_read_for_trying_out(box: StandIn, state: State) -> None:
    people(box, 12)
    web = Web(Paces(0, 4), [box.url])

    some = StashBox(f"{box.url}/graphql", Secret(KEY), web, most=6)
    (page,) = some.read(stashbox.Known())
    assert (len(page.performers), page.total) == (6, 12)
    box.pages.clear()
    assert len(read(state, some)) == 6
    assert len(box.pages) == 2
    # Nothing is taken for the whole.
    assert len(read(state, source(box))) == 12


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://stashdb.org/graphql", "stashdb.org"),
        ("https://www.fansdb.cc/graphql", "fansdb.cc"),
        ("https://api.theporndb.net", "theporndb.net"),
        ("http://127.0.0.1:9998/graphql", "127.0.0.1"),
    ],
)
def test_a_box_is_called_by_its_host(url: str, host: str) -> None:
    assert host_of(url) == host
