from __future__ import annotations

from pathlib import Path

import pytest

from tests.dev.test_bench import Measured

pytestmark = pytest.mark.browser


def test_the_review_page_is_measured_in_a_browser(
    tmp_path: Path, chromium: str, bundle: Path
) -> None:
    found = Measured(tmp_path, "page", BENCH_SUGGESTIONS="300")

    assert (found.code, found.err) == (0, "")
    assert [(row["unit"], row["limit"]) for row in found.rows] == [("s", 0.3), ("", 0)]
