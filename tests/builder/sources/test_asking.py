from __future__ import annotations

import pytest

from builder.sources.asking import understood, web_address
from builder.values import is_remote
from stash_face.errors import DownloadError


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("https://cdn.example/a.jpg", "https://cdn.example/a.jpg"),
        # Without its host, as where that is not set up.
        ("/images/1", "https://box.example/images/1"),
        (" //cdn.example/a.jpg\n", "https://cdn.example/a.jpg"),
        # A path of a disk.
        ("/etc/passwd", "https://box.example/etc/passwd"),
        ("file:///etc/passwd", "http://file:///etc/passwd"),
        (r"C:\pictures\a.jpg", r"http://C:\pictures\a.jpg"),
        # Nothing of the kind.
        ("", "https://box.example/graphql"),
        ("http://[", "http://["),
        ("data:image/png;base64,AAAA", "http://data:image/png;base64,AAAA"),
    ],
)
def test_what_a_server_tells_is_never_a_path_of_this_machine(told: str, address: str) -> None:
    found = web_address("https://box.example/graphql", told)

    assert found == address
    assert is_remote(found)


@pytest.mark.parametrize("error", [KeyError("x"), TypeError("x"), ValueError("x"), IndexError()])
def test_what_is_not_understood_is_told(error: Exception) -> None:
    with pytest.raises(DownloadError) as failure, understood("box.example"):
        raise error

    assert failure.value.sentence == (
        "box.example answers otherwise than the builder knows: update the builder."
    )
