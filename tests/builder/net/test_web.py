from __future__ import annotations

from email.message import Message

import pytest

from builder.net.web import retry_after


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        # by the server's own clock, however wrong ours or its is
        (
            {
                "Retry-After": "Sat, 01 Jan 2000 00:01:30 GMT",
                "Date": "Sat, 01 Jan 2000 00:00:00 GMT",
            },
            90.0,
        ),
        # in the past
        (
            {
                "Retry-After": "Sat, 01 Jan 2000 00:00:00 GMT",
                "Date": "Sat, 01 Jan 2000 00:01:00 GMT",
            },
            0.0,
        ),
        # without a clock to hold it against
        ({"Retry-After": "Sat, 01 Jan 2000 00:01:30 GMT"}, None),
        ({"Retry-After": "soon", "Date": "now"}, None),
        ({"Retry-After": "-5"}, None),
    ],
)
def test_how_long_a_server_asks_to_be_left_alone(
    headers: dict[str, str], seconds: float | None
) -> None:
    message = Message()
    for name, value in headers.items():
        message[name] = value

    assert retry_after(message) == seconds
