"""Everyone whom the sources have, into the state: page by page, so that a stop costs one page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from builder.net.pace import StoppedError
from builder.progress import Progress
from builder.sources.source import Known, Source
from builder.state import catalogue
from builder.state.connection import State
from stash_face.errors import BadRequest

# A reading that would remove this share of a source's performers is asked about first.
SHRUNK = 0.5


def gather(
    state: State,
    sources: Sequence[Source],
    *,
    agree: Callable[[str], bool],
    stopped: Callable[[], bool],
    progress: Progress,
) -> bool:
    """Whether all sources were read to their ends. `agree` is asked whether what is missing may
    be removed; BadRequest where it may not, and nothing is removed then."""
    _forget_others(state, [source.name for source in sources], agree)
    try:
        return all(
            _read(state, source, ordinal, agree, stopped, progress)
            for ordinal, source in enumerate(sources)
        )
    except StoppedError:  # while waiting for a server
        return False


def _forget_others(state: State, names: Sequence[str], agree: Callable[[str], bool]) -> None:
    live = catalogue.counts(state)
    others = [name for name, count in live.items() if count and name not in names]
    lost = sum(live[name] for name in others)
    if lost >= 2 and lost >= SHRUNK * sum(live.values()):
        told = f"{' and '.join(others)}, with {lost:,} of {sum(live.values()):,} performers"
        if not agree(f"{told}, is no source any more. Remove them from the face database?"):
            raise BadRequest(
                f"{told}, is no source of this build: name all sources, or say --allow-removals "
                "if that is right; nothing was removed."
            )
    catalogue.forget_other_sources(state, names)


def _read(
    state: State,
    source: Source,
    ordinal: int,
    agree: Callable[[str], bool],
    stopped: Callable[[], bool],
    progress: Progress,
) -> bool:
    reading = catalogue.begin_reading(state, source.name, ordinal)
    known = Known(
        reading.cursor,
        reading.mark,
        lambda: catalogue.known_ids(state, source.name, reading.number),
        lambda: catalogue.unseen_ids(state, source.name, reading.number),
    )
    met = 0
    for page in source.read(known):
        catalogue.save_page(
            state, source.name, reading.number, page.performers, page.gone, page.cursor
        )
        met += len(page.performers)
        progress.performers(source.name, met, page.total)
        if page.end is not None:
            _check_shrinking(state, source.name, reading.number, page.end.whole, agree)
            catalogue.end_reading(state, source.name, reading.number, page.end.whole, page.end.mark)
            return True
        if stopped():
            return False
    raise AssertionError(f"the source {source.name} ended without an end")


def _check_shrinking(
    state: State, source: str, reading: int, whole: bool, agree: Callable[[str], bool]
) -> None:
    removed, live = catalogue.would_go(state, source, reading, whole)
    if removed < 2 or removed < SHRUNK * live:
        return
    question = f"{source} has lost {removed:,} of its {live:,} performers since the last build"
    if not agree(f"{question}. Remove them from the face database?"):
        # What was read is thrown away with the next reading; nobody was removed.
        catalogue.restart_reading(state, source)
        raise BadRequest(
            f"{question}: check the source, or say --allow-removals if that is right; nothing was "
            "removed."
        )
