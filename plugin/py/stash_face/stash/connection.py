"""How to reach the Stash that asked, from its `server_connection`: an address and a cookie.

Standard library only and cheap to import: hooks use it. It opens no connection.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import BadRequest
from ..protocol.arguments import shown
from .home import data_folder

# Stash listens on every address; a plugin on the same computer takes the loopback one.
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1", "[::]": "::1"}
_LOOPBACK = re.compile(r"localhost|::1|127(\.[0-9]{1,3}){3}")
_HOST = re.compile(r"[A-Za-z0-9_.:%-]+")
# Neither a header's end nor a second cookie may hide in a name or a value.
_COOKIE_PART = re.compile(r"[!-:<-~]+")


class Connection(NamedTuple):
    """`host` is a bare host name or address; an IPv6 address has no brackets here."""

    scheme: str
    host: str
    port: int
    cookie_name: str | None = None
    cookie_value: str | None = None
    dir: str = ""
    plugin_dir: str = ""
    api_key: str = ""

    @property
    def base_url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        return _LOOPBACK.fullmatch(self.host) is not None

    def __repr__(self) -> str:
        """Without the cookie and the key, which open Stash to whoever reads the log."""
        return f"Connection({self.base_url!r}, plugin_dir={self.plugin_dir!r})"


def from_server_connection(given: Mapping[str, Any]) -> Connection:
    """Raises BadRequest with a sentence when Stash's `server_connection` is not whole."""
    scheme = _text(given, "Scheme").lower()
    if scheme not in ("http", "https"):
        raise _broken("Scheme", "http or https", shown(scheme))
    host = _text(given, "Host").strip()
    host = _EVERYWHERE.get(host, host.removeprefix("[").removesuffix("]"))
    if not _HOST.fullmatch(host):
        raise _broken("Host", "a host name or an address", shown(host))
    name, value = _cookie(given.get("SessionCookie"))
    return Connection(
        scheme,
        host,
        _port(given.get("Port")),
        name,
        value,
        _text(given, "Dir"),
        _text(given, "PluginDir"),
        _key(given),
    )


def data_home(connection: Connection) -> Path:
    """Where the plugin keeps its data; BadRequest, StoreError."""
    return data_folder(connection.plugin_dir)


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _broken(name, "text", shown(value))
    return value


def _key(given: Mapping[str, Any]) -> str:
    """Stash sends none; the command line does, for it has no cookie."""
    key = _text(given, "ApiKey")
    if key and not _is_cookie_part(key):
        raise _broken("ApiKey", "a key as Stash shows it")
    return key


def _port(value: Any) -> int:
    text = str(value)
    number = int(text) if re.fullmatch(r"[0-9]{1,5}", text) else 0
    if not 1 <= number <= 65535:
        raise _broken("Port", "a number from 1 to 65535", shown(value))
    return number


def _cookie(cookie: Any) -> tuple[str | None, str | None]:
    """Stash mints no cookie when it cannot; without a password none is needed."""
    if cookie is None:
        return None, None
    if not isinstance(cookie, Mapping):
        raise _broken("SessionCookie", "an object or null")
    name, value = cookie.get("Name"), cookie.get("Value")
    if not value:
        return None, None
    if not (_is_cookie_part(name) and _is_cookie_part(value)):
        raise _broken("SessionCookie", "one cookie's name and value")
    return name, value


def _is_cookie_part(text: Any) -> bool:
    return isinstance(text, str) and _COOKIE_PART.fullmatch(text) is not None


def _broken(name: str, wanted: str, value: str | None = None) -> BadRequest:
    instead = "" if value is None else f", not {value}"
    return BadRequest(
        "The request's server_connection is not what Stash sends: "
        f"{name} must be {wanted}{instead}."
    )
