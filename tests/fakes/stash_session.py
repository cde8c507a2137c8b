"""Who may ask the Stash stand-in: signed session cookies with an age, and the API key.

The cookie is opaque to a plugin, as in Stash: it holds the user and the chain of visited hooks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from email.message import Message
from http.cookies import SimpleCookie
from typing import Any

COOKIE = "session"
# Go's http.Cookie as encoding/json writes it.
GO_COOKIE: dict[str, Any] = {
    "Name": COOKIE,
    "Value": "",
    "Quoted": False,
    "Path": "",
    "Domain": "",
    "Expires": "0001-01-01T00:00:00Z",
    "RawExpires": "",
    "MaxAge": 0,
    "Secure": False,
    "HttpOnly": False,
    "SameSite": 0,
    "Partitioned": False,
    "Raw": "",
    "Unparsed": None,
}


class UnauthorizedError(Exception):
    """A wrong API key: refused on every route, whether or not a password is set."""


class Sessions:
    def __init__(self, password: bool, api_key: str, max_age: int = 3600) -> None:
        self.password = password
        self.api_key = api_key
        self.max_age = max_age
        self._key = hashlib.sha256(str(time.monotonic_ns()).encode()).digest()
        self._skew = 0.0

    def cookie(self, visited: list[str] | None = None) -> str:
        """A fresh cookie value for the one user, as Stash mints it for a plugin."""
        body = json.dumps({"user": "admin", "visited": visited or [], "at": self._now()}).encode()
        return base64.urlsafe_b64encode(self._sign(body) + body).decode()

    def go_cookie(self, visited: list[str] | None = None) -> dict[str, Any]:
        return {**GO_COOKIE, "Value": self.cookie(visited)}

    def expire(self) -> None:
        """Age every cookie that was minted until now by more than max_age."""
        self._skew += self.max_age + 1

    def read(self, value: str) -> dict[str, Any] | None:
        """The content of a valid cookie, or None."""
        try:
            raw = base64.urlsafe_b64decode(value.encode())
        except ValueError:
            return None
        signature, body = raw[:32], raw[32:]
        if not hmac.compare_digest(signature, self._sign(body)):
            return None
        content: dict[str, Any] = json.loads(body)
        return content if self._now() - content["at"] <= self.max_age else None

    def authenticate(self, headers: Message, query_key: str) -> dict[str, Any] | None:
        """What the request may do: {} for the API key, the cookie's content, None for nobody."""
        key = headers.get("ApiKey") or query_key
        if key:
            if key != self.api_key:
                raise UnauthorizedError
            return {}
        # The first cookie of the name counts, as in Go.
        for pair in (headers.get("Cookie") or "").split(";"):
            jar: SimpleCookie = SimpleCookie()
            jar.load(pair.strip())
            if COOKIE in jar:
                return self.read(jar[COOKIE].value)
        return None

    def _now(self) -> float:
        return time.time() + self._skew

    def _sign(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")
