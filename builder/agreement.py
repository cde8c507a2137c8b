"""What two sources say alike of a person: pages, names, birth dates. Text only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from builder.values import SourcePerformer

_TRACKING = {"ref", "ref_", "fbclid", "gclid", "igshid", "igsh", "lang", "hl"}
_PAGE = re.compile(r"(?P<host>[^/]+)/performers?/(?P<id>[^/?]+)")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_WHOLE = len("2000-01-01")


class Known(NamedTuple):
    """Names and aliases as `plain` gives them, birth dates as far as they are known."""

    names: frozenset[str]
    birth_dates: frozenset[str]


def known(performers: Iterable[SourcePerformer]) -> Known:
    """What is said of one person."""
    told = list(performers)
    names = {plain(name) for each in told for name in (each.person.name, *each.aliases)}
    dates = {each.birth_date for each in told if _DATE.fullmatch(each.birth_date)}
    return Known(frozenset(name for name in names if len(name) > 1), frozenset(dates))


def agree(one: Known, other: Known) -> bool:
    """Whether a name or a whole birth date is the same, and no birth date speaks against it."""
    if one.birth_dates and other.birth_dates:
        pairs = [(a, b) for a in one.birth_dates for b in other.birth_dates]
        if not any(a.startswith(b) or b.startswith(a) for a, b in pairs):
            return False
    return bool(one.names & other.names or whole_dates(one) & whole_dates(other))


def whole_dates(about: Known) -> frozenset[str]:
    """A year alone is that of many."""
    return frozenset(date for date in about.birth_dates if len(date) == _WHOLE)


def plain(name: str) -> str:
    """A name without marks, case, spaces and signs."""
    parted = unicodedata.normalize("NFKD", name.casefold())
    return "".join(each for each in parted if each.isalnum())


def page(url: str) -> str:
    """The page of an address, however it was written; "" for what names no page of a person."""
    try:
        parts = urlsplit(url.strip() if "://" in url else f"//{url.strip()}")
        host = (parts.hostname or "").casefold()
    except ValueError:
        return ""
    for start in ("www.", "m.", "mobile.", "api."):
        host = host.removeprefix(start)
    host = "x.com" if host == "twitter.com" else host
    path = unquote(parts.path).casefold().rstrip("/")
    asked = [(k, v) for k, v in parse_qsl(parts.query.casefold())
             if k not in _TRACKING and not k.startswith("utm_")]  # fmt: skip
    if "." not in host or not (path or asked):
        return ""
    return f"{host}{path}" + (f"?{urlencode(sorted(asked))}" if asked else "")


def id_of(told: str) -> str:
    """The universal id that such a page of a stash-box names, "" for every other one."""
    match = _PAGE.fullmatch(told)
    return f"{match['host']}:{match['id']}" if match else ""
