"""The one door to Stash's GraphQL and media: credentials, timeouts, retries, errors as sentences.

It stands on stashapp-tools' GQLWrapper, without the introspection that StashInterface starts with.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol

import requests
import urllib3
from requests.adapters import HTTPAdapter
from stashapi.classes import GQLWrapper

from . import failures, queries
from .connection import Connection

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 20.0
RETRIES = 2
# Long enough for a SQLite writer to finish, short beside the time a browser waits.
PAUSE_S = 0.3


class Log(Protocol):
    def debug(self, text: object, /) -> None: ...
    def info(self, text: object, /) -> None: ...
    def error(self, text: object, /) -> None: ...


class Silence:
    """A log for those who do not want one."""

    def debug(self, text: object, /) -> None: ...
    def info(self, text: object, /) -> None: ...
    def error(self, text: object, /) -> None: ...


class StashClient(GQLWrapper):  # type: ignore[misc]  # stashapp-tools has no types
    """GraphQL and media of one Stash.

    The session cookie goes out with every request exactly as it came: it carries the chain of
    hooks that keeps a hook from starting itself for ever, and a renewed one beside it would be
    ignored. It dies after Stash's session age (an hour), so long work calls `use_api_key` first.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        log: Log | None = None,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
        retries: int = RETRIES,
        pause_s: float = PAUSE_S,
    ) -> None:
        super().__init__()
        self.connection = connection
        self.url = f"{connection.base_url}/graphql"
        self.log = log or Silence()
        self.fragments: dict[str, str] = {}
        self._retries = retries
        self._pause_s = pause_s
        self._asked_for_key = False
        self._prepare_session(connect_timeout_s, read_timeout_s)

    def query(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer's `data`; a passing failure is tried again. Raises StashError."""
        for attempt in range(self._retries + 1):
            try:
                return self._once(document, variables)
            except failures.PassingError as error:
                if attempt == self._retries:
                    raise
                self.log.debug(f"Trying again: {error}")
                time.sleep(self._pause_s * 2**attempt * random.uniform(0.5, 1.5))
        raise AssertionError("the last attempt returns or raises")

    def mutate(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer's `data`; never sent twice, because the first may have had its effect."""
        return self._once(document, variables)

    def use_api_key(self) -> bool:
        """Sends the user's API key too, if there is one, so that work may outlive the session.

        Asks Stash once, while the session is fresh; tells whether there is a key.
        """
        if not self._asked_for_key and not self.connection.api_key:
            general = self.query(queries.API_KEY)["configuration"]["general"]
            self._asked_for_key = True
            if general["apiKey"]:
                self.s.headers["ApiKey"] = general["apiKey"]
        return "ApiKey" in self.s.headers

    def get(
        self, path: str, part: tuple[int, int] | None = None, read_timeout_s: float | None = None
    ) -> requests.Response:
        """An open answer (body not yet read) for a media path of this Stash: the whole (status
        200), or of what can be had in parts the bytes from `part[0]` to `part[1]` (206).

        Redirects are refused, so that no credential leaves for another host. The caller closes.
        """
        if not path.startswith("/"):
            raise AssertionError("media are asked for by path, so that the host is always Stash")
        url = self.connection.base_url + path
        headers = {"Range": f"bytes={part[0]}-{part[1]}"} if part else {}
        timeout = (CONNECT_TIMEOUT_S, read_timeout_s) if read_timeout_s else None
        try:
            response = self.s.get(url, headers=headers, timeout=timeout, stream=True)
        except requests.RequestException as error:
            raise failures.of_exception(error, self.connection) from None
        if response.status_code != requests.codes.ok and not (
            part and response.status_code == requests.codes.partial_content
        ):
            with response:
                raise failures.of_media_status(
                    response, self.connection, "ApiKey" in self.s.headers
                )
        return response

    def close(self) -> None:
        self.s.close()

    def __enter__(self) -> StashClient:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _once(self, document: str, variables: Mapping[str, Any] | None) -> dict[str, Any]:
        try:
            # GQLWrapper rewrites the variables it is given.
            data: dict[str, Any] = self._GQL(document, dict(variables or {}))
        except requests.RequestException as error:
            raise failures.of_exception(error, self.connection) from None
        return data

    def _handle_GQL_response(self, response: requests.Response) -> dict[str, Any]:  # noqa: N802
        """Called by GQLWrapper: the answer's data, or what is wrong with it as a sentence."""
        problem = failures.of_answer(response, self.connection, "ApiKey" in self.s.headers)
        if problem is not None:
            raise problem
        data: dict[str, Any] = response.json()["data"]
        return data

    def _prepare_session(self, connect_timeout_s: float, read_timeout_s: float) -> None:
        session = _Session()
        session.headers.update(self.s.headers)
        self.s: requests.Session = session
        # Proxies of the environment are for the internet, and .netrc is for nobody.
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _PatientAdapter((connect_timeout_s, read_timeout_s))
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        if self.connection.cookie_value:
            cookie = f"{self.connection.cookie_name}={self.connection.cookie_value}"
            session.headers["Cookie"] = cookie
        if self.connection.api_key:
            session.headers["ApiKey"] = self.connection.api_key
        if self.connection.scheme == "https" and self.connection.is_loopback:
            # Stash's own certificate is self-signed, and nobody stands between on this computer.
            session.verify = False
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)


class _Session(requests.Session):
    """Follows no redirect: the API key's header would go along to whatever host it names."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _PatientAdapter(HTTPAdapter):
    """Gives every request a time limit: (to connect, between two bytes), in seconds."""

    def __init__(self, limits_s: tuple[float, float]) -> None:
        self._limits_s = limits_s
        super().__init__()

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        kwargs["timeout"] = kwargs.get("timeout") or self._limits_s
        return super().send(request, *args, **kwargs)
