"""`builder plan`: what a build would fetch, and how long, without doing it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import nullcontext
from itertools import islice
from pathlib import Path

from builder.console import Console
from builder.options import add_options, plan_of
from builder.settings import Settings, SourceSettings
from builder.values import SourcePerformer, is_remote

# Performers of a source that the rest are counted by, where it says how many there are.
SAMPLE = 200
# Pictures a second of a machine with two cores and the small models, to have a number at all.
USUAL_RATE = 15.0


def add(parser: argparse.ArgumentParser) -> None:
    add_options(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    """A line for each source, and one for them all."""
    settings = plan_of(options)
    from builder.assembly import web_of
    from builder.sources.kinds import KINDS
    from builder.sources.source import Known

    web = web_of(settings, console)
    pictures, waiting = 0.0, 0.0
    for each in settings.sources:
        source = KINDS[each.kind].make(each, web, SAMPLE if is_remote(each.place) else None)
        found: list[SourcePerformer] = []
        total = None
        for page in islice(source.read(Known()), 3 if is_remote(each.place) else None):
            found += page.performers
            total = max(total or 0, page.total) if page.total is not None else total
        people = min(max(total or 0, len(found)), settings.most_people or 1 << 60)
        share = _pictures(found, settings.most_pictures) / max(len(found), 1)
        expected = people * share
        remote = _remote(found)
        seconds = _reading(each, people) + expected * remote * settings.delay
        pictures += expected
        waiting += seconds
        console.say(
            f"{source.name}: {people:,} performers, about {expected:,.0f} pictures "
            f"({share:.1f} each){_downloads(expected * remote, seconds)}"
        )
    new = max(pictures - _known(settings), 0)
    console.say(
        f"About {new:,.0f} pictures would be looked at, some {_time(new / USUAL_RATE)} on two "
        f"processor cores with small models; the servers' pace allows {_time(waiting)}."
    )
    return 0


def _pictures(found: Sequence[SourcePerformer], most: int) -> int:
    return sum(min(len(each.pictures), most) for each in found)


def _remote(found: Sequence[SourcePerformer]) -> float:
    """The share of pictures that have to be downloaded."""
    refs = [ref.remote for each in found for ref in each.pictures]
    return sum(refs) / max(len(refs), 1)


def _reading(source: SourceSettings, people: int) -> float:
    return people / 100 * source.delay if is_remote(source.place) else 0.0


def _downloads(expected: float, seconds: float) -> str:
    return f", {expected:,.0f} to download, at least {_time(seconds)}" if expected else ""


def _known(settings: Settings) -> int:
    """Pictures that an earlier build has looked at."""
    path: Path = settings.work / "state.sqlite"
    if not path.is_file():
        return 0
    from builder.state.connection import State
    from builder.state.files import all_files

    with State(path) if path.is_file() else nullcontext() as state:
        return len(all_files(state)) if state else 0


def _time(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1:
        return "a minute"
    return f"{minutes:,.0f} minutes" if minutes < 120 else f"{minutes / 60:,.1f} hours"
