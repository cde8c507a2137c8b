"""The plugin's scripts and style: what the manifest loads, how large it is, what it must not do."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

PLUGIN = Path(__file__).resolve().parents[2] / "plugin"
FILE_LINES = 250
ALL_BYTES = 250_000
SCRIPTS = sorted(str(path.relative_to(PLUGIN).as_posix()) for path in PLUGIN.glob("js/**/*"))
SCRIPTS = [name for name in SCRIPTS if not (PLUGIN / name).is_dir()]

# Each would let a name from outside become a part of the page, or leave Stash.
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|"
    r"new Function|blob:"
)


@cache
def ui() -> dict[str, Any]:
    manifest = yaml.safe_load((PLUGIN / "stash_face.yml").read_text(encoding="utf-8"))
    return dict(manifest["ui"])


def text(name: str) -> str:
    return (PLUGIN / name).read_text(encoding="utf-8")


def test_the_manifest_loads_each_script_once_and_style_and_the_ends_in_their_places() -> None:
    listed = ui()["javascript"]

    assert sorted(listed) == SCRIPTS
    assert (listed[0], listed[-1]) == ("js/namespace.js", "js/main.js")
    assert ui()["css"] == ["stash_face.css"]


def test_scripts_and_style_together_are_small() -> None:
    assert sum(len(text(name).encode()) for name in [*SCRIPTS, "stash_face.css"]) <= ALL_BYTES


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_stands_alone_in_the_one_that_stash_makes_of_all(name: str) -> None:
    """Stash joins the files of a plugin by line ends, in one scope with every other plugin's."""
    code = re.sub(r"^//.*\n", "", text(name), flags=re.M)

    assert code.startswith(";(function (")
    assert '"use strict";' in code
    assert code.rstrip().endswith(("})(window.StashFace);", "})();"))
    assert text(name).startswith("// What: ")
    assert "// Active: " in text(name)


@pytest.mark.parametrize("name", [each for each in SCRIPTS if each != "js/texts.js"])
def test_a_script_is_read_in_one_go(name: str) -> None:
    assert len(text(name).splitlines()) <= FILE_LINES


@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_from_outside_becomes_markup_and_only_one_file_asks(name: str) -> None:
    assert FORBIDDEN.findall(text(name)) == []
    assert name == "js/api.js" or not re.search(r"\bfetch\(|XMLHttpRequest|WebSocket", text(name))


def test_every_class_of_the_style_is_the_plugin_s_own() -> None:
    for selector in re.findall(r"^([^@{}\n/][^{}]*)\{", text("stash_face.css"), re.M):
        for part in selector.split(","):
            assert part.strip().startswith(".stash-face-") or part.strip() in ("from", "to"), part
