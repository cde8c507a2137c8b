from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stash_face.errors import BadRequest
from stash_face.stash.connection import Connection, data_home, from_server_connection

GIVEN: dict[str, Any] = {
    "Scheme": "http",
    "Host": "0.0.0.0",
    "Port": 9999,
    "SessionCookie": {"Name": "session", "Value": "MTc2|abc_-=", "MaxAge": 0},
    "Dir": "/root/.stash",
    "PluginDir": "/root/.stash/plugins/stash_face",
}


def test_what_stash_sends_becomes_a_connection() -> None:
    assert from_server_connection(GIVEN) == Connection(
        scheme="http",
        host="127.0.0.1",
        port=9999,
        cookie_name="session",
        cookie_value="MTc2|abc_-=",
        dir="/root/.stash",
        plugin_dir="/root/.stash/plugins/stash_face",
    )


@pytest.mark.parametrize(
    ("scheme", "host", "base_url", "loopback"),
    [
        ("http", "0.0.0.0", "http://127.0.0.1:9999", True),  # Stash's default
        ("http", "", "http://127.0.0.1:9999", True),
        ("https", "::", "https://[::1]:9999", True),
        ("http", "[::]", "http://[::1]:9999", True),
        ("http", "fe80::1", "http://[fe80::1]:9999", False),
        ("HTTPS", "127.0.0.1", "https://127.0.0.1:9999", True),
        ("http", "192.168.1.5", "http://192.168.1.5:9999", False),
        ("https", "127.example.org", "https://127.example.org:9999", False),
        ("http", "localhost", "http://localhost:9999", True),
    ],
)
def test_a_listening_address_becomes_one_to_ask(
    scheme: str, host: str, base_url: str, loopback: bool
) -> None:
    connection = from_server_connection({**GIVEN, "Scheme": scheme, "Host": host})
    assert (connection.base_url, connection.is_loopback) == (base_url, loopback)


@pytest.mark.parametrize("cookie", [None, {"Name": "session", "Value": ""}])
def test_a_connection_can_do_without_a_cookie(cookie: object) -> None:
    connection = from_server_connection({**GIVEN, "SessionCookie": cookie})
    assert (connection.cookie_name, connection.cookie_value) == (None, None)


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ({"Scheme": "ftp"}, "Scheme must be http or https, not ftp."),
        ({"Scheme": None}, "Scheme must be http or https, not ."),
        ({"Host": "evil.org/path"}, "Host must be a host name or an address, not evil.org/path."),
        ({"Host": ["a"]}, "Host must be text, not ['a']."),
        ({"Port": 0}, "Port must be a number from 1 to 65535, not 0."),
        ({"Port": True}, "Port must be a number from 1 to 65535, not True."),
        ({"Port": 99999}, "Port must be a number from 1 to 65535, not 99999."),
        ({"Port": "9" * 10_000}, f"Port must be a number from 1 to 65535, not {'9' * 60}...."),
        ({"SessionCookie": "x"}, "SessionCookie must be an object or null."),
        (
            {"SessionCookie": {"Name": "session", "Value": "a\r\nX: y"}},
            "SessionCookie must be one cookie's name and value.",
        ),
    ],
)
def test_a_broken_connection_is_refused_in_a_sentence(
    broken: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadRequest) as raised:
        from_server_connection({**GIVEN, **broken})
    assert raised.value.sentence.endswith(sentence)


def test_the_cookie_is_not_in_the_repr() -> None:
    assert "MTc2" not in repr(from_server_connection(GIVEN))


def test_a_key_of_the_command_line_is_taken_and_not_shown() -> None:
    connection = from_server_connection({**GIVEN, "ApiKey": "eyJh.bGci"})

    assert connection.api_key == "eyJh.bGci"
    assert "eyJh" not in repr(connection)
    with pytest.raises(BadRequest, match="ApiKey must be a key"):
        from_server_connection({**GIVEN, "ApiKey": "two\r\nlines"})


def test_data_lie_in_the_plugin_folder_unless_the_user_chose_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("STASH_FACE_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    relative = from_server_connection({**GIVEN, "PluginDir": "plugins/stash_face"})
    assert data_home(relative) == tmp_path / "plugins" / "stash_face" / "data"

    monkeypatch.setenv("STASH_FACE_DATA", str(tmp_path / "elsewhere"))
    assert data_home(relative) == tmp_path / "elsewhere"


def test_without_a_plugin_folder_the_data_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STASH_FACE_DATA", raising=False)
    with pytest.raises(BadRequest, match="set STASH_FACE_DATA"):
        data_home(from_server_connection({**GIVEN, "PluginDir": ""}))


def test_a_hook_pays_for_the_standard_library_only() -> None:
    code = (
        "import sys, stash_face.stash.connection\n"
        "print([m for m in ('requests', 'urllib3', 'stashapi', 'numpy', 'dataclasses')"
        " if m in sys.modules])"
    )
    package = str(Path(__file__).parents[2] / "plugin" / "py")
    told = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {package!r})\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "[]\n"
