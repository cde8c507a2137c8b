"""The kinds of sources by the name they have in `--source` and in the configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from builder.net.web import Web
from builder.settings import SourceSettings
from builder.sources.folder import Folder
from builder.sources.source import Source
from builder.sources.stash_library import StashLibrary
from builder.sources.stashbox import StashBox
from builder.sources.table import Table
from builder.sources.theporndb import ThePornDB
from stash_face.errors import BadRequest


class Kind(NamedTuple):
    """`make` opens it; `place` says what its place is: a folder, a file or an address."""

    place: str
    make: Callable[[SourceSettings, Web, int | None], Source]


KINDS: dict[str, Kind] = {
    "folder": Kind("DIR", lambda s, web, most: Folder(Path(s.place))),
    "csv": Kind("FILE", lambda s, web, most: Table("csv", Path(s.place))),
    "jsonl": Kind("FILE", lambda s, web, most: Table("jsonl", Path(s.place))),
    "stashbox": Kind(
        "URL",
        lambda s, web, most: StashBox(s.place, s.key, web, most, str(s.options.get("name") or "")),
    ),
    "theporndb": Kind("URL", lambda s, web, most: ThePornDB(s.place, s.key, web, most)),
    "stash": Kind(
        "URL",
        lambda s, web, most: StashLibrary(s.place, s.key, web, bool(s.options.get("images"))),
    ),
}


def refuse_namesakes(sources: Sequence[Source]) -> None:
    """BadRequest for two of one name: the one would have nobody because of the other."""
    names = [source.name for source in sources]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise BadRequest(
            f"Two sources are called {twice}: rename one's folder or file, or give a stashbox a "
            "name of its own in --config."
        )


class Known(NamedTuple):
    """A source that everybody may have: its kind, address, the environment variable of its key,
    and the seconds between two requests that it was seen to bear."""

    kind: str
    url: str
    variable: str
    delay: float


KNOWN: dict[str, Known] = {
    "stashdb": Known("stashbox", "https://stashdb.org/graphql", "STASHDB_API_KEY", 0.25),
    "theporndb": Known("theporndb", "https://api.theporndb.net", "THEPORNDB_API_KEY", 0.25),
    "fansdb": Known("stashbox", "https://fansdb.cc/graphql", "FANSDB_API_KEY", 0.5),
    "pmvstash": Known("stashbox", "https://pmvstash.org/graphql", "PMVSTASH_API_KEY", 0.25),
    "javstash": Known("stashbox", "https://javstash.org/graphql", "JAVSTASH_API_KEY", 0.5),
}
# For those that only their owners know.
VARIABLES = {"stashbox": "STASHBOX_API_KEY", "stash": "STASH_API_KEY"}
