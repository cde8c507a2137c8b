from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contracts.test_layers import modules, texts

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
SENTENCES = re.findall(r"^### (.+)$", PAGE, re.M)


def plain(text: str) -> str:
    """Without what stands for a value, and what Markdown or a sentence's end adds."""
    return re.sub(r"[\W_]+", " ", text).strip()


@pytest.fixture(scope="module")
def said() -> str:
    """All that the plugin says, each value as a blank."""
    return "\n".join(plain(text) for name in modules() for text in texts(name))


def test_the_page_lists_sentences() -> None:
    assert "Run Set up first: …" in SENTENCES


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_of_the_page_is_one_that_the_plugin_says(said: str, sentence: str) -> None:
    parts = [plain(part) for part in sentence.split("…")]

    assert [part for part in parts if part and part not in said] == []
