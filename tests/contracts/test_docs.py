from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from dev.setup import TARGETS
from stash_face.commands import MODES
from stash_face.errors import StashFaceError
from tests.contracts.api import schema

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "plugin" / "py" / "stash_face"
PAGES = ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
# Folders that come to be only by using the plugin or by working on it.
MADE_LATER = ("data/", "build/", ".venv/", "photos/", "~", "http")

FENCE = re.compile(r"^ *```.*?^ *```$", re.M | re.S)
CODE_NAME = re.compile(r"`([\w./-]+\.(?:py|json|txt|yml|md|toml|svg))`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
MAKE = re.compile(r"\bmake (?!PYTHON=)([a-z-]+)")
SETUP = re.compile(r"dev/setup\.py ([a-z-]+)")


@cache
def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def table_column(page: str, head: str, column: int = 0) -> list[str]:
    """The cells of a column of the table whose head line begins with `head`, without backticks."""
    rows = text(page).split(f"\n{head}")[1].split("\n\n")[0].splitlines()[2:]
    return [row.split("|")[column + 1].strip().strip("`") for row in rows]


@cache
def sources(*folders: Path) -> tuple[ast.Module, ...]:
    paths = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    return tuple(ast.parse(path.read_text(encoding="utf-8")) for path in paths)


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """(name, call) of every call, by the last part of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            yield node.func.id if isinstance(node.func, ast.Name) else node.func.attr, node


def constants(tree: ast.Module) -> dict[str, str]:
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def spelt(node: ast.expr, tree: ast.Module) -> str | None:
    """The text of a literal, or of a constant of the same module."""
    if isinstance(node, ast.Name):
        return constants(tree).get(node.id)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def error_codes() -> set[str]:
    kinds = {kind.__name__: kind.code for kind in StashFaceError.__subclasses__()}
    given = {
        spelt(node.args[1], tree)
        for tree in sources(PACKAGE)
        for name, node in calls(tree)
        if name in (*kinds, "_failure") and len(node.args) > 1
    }
    return {*kinds.values(), "internal", *(code for code in given if code)}


def environment_variables() -> set[str]:
    found: set[str | None] = set()
    for tree in sources(ROOT / "plugin", ROOT / "builder", ROOT / "dev"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
                found.add(spelt(node.slice, tree))
            if isinstance(node, ast.Call) and node.args:
                called = ast.unparse(node.func)
                if called in ("os.getenv", "setting") or called.startswith("os.environ."):
                    found.add(spelt(node.args[0], tree))
    return {name for name in found if name}


def test_every_mode_has_its_heading_and_its_definitions() -> None:
    headings = re.findall(r"^## `(\w+)`$", text("docs/api.md"), re.M)
    definitions = {f"{mode}_{part}" for mode in MODES for part in ("args", "output")}

    listed = re.findall(r"\[`(\w+)`\]", " ".join(table_column("docs/api.md", "| mode |")))

    assert sorted(headings) == sorted(listed) == sorted(MODES)
    assert {name for name in schema()["$defs"] if re.search("_(args|output)$", name)} == definitions


def test_every_error_code_is_in_the_table_and_in_the_schema() -> None:
    assert "no_database" in error_codes()
    assert set(table_column("docs/api.md", "| code |")) == error_codes()
    assert set(schema()["$defs"]["error_code"]["enum"]) == error_codes()


def test_every_environment_variable_that_is_read_is_documented() -> None:
    assert {"STASH_FACE_DATA", "STASH_FACE_MODELS"} <= environment_variables()
    words = set(re.findall(r"[A-Z_]{2,}", "".join(map(text, PAGES))))

    assert environment_variables() - words == set()


def test_every_pack_and_each_of_its_weights_is_in_the_readme() -> None:
    registry = json.loads((PACKAGE / "faces" / "packs.json").read_text(encoding="utf-8"))
    files = {file["name"] for file in registry["files"].values()}
    packs = table_column("README.md", "| pack |")

    assert {pack for pack in packs if pack} == set(registry["packs"])
    assert files <= set(
        re.findall(r"[\w.]+\.onnx", " ".join(table_column("README.md", "| pack |", 2)))
    )


def test_a_room_may_import_the_same_on_every_page() -> None:
    pages = ("docs/ARCHITECTURE.md", "CONTRIBUTING.md")
    rules = [[table_column(page, "| room | may import", n) for n in range(3)] for page in pages]

    assert rules[0] == rules[1]


@pytest.mark.parametrize("page", PAGES)
def test_every_target_that_a_page_names_exists(page: str) -> None:
    made = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.M))

    assert set(MAKE.findall(" ".join(code_of(page)))) <= made
    assert set(SETUP.findall(text(page))) <= set(TARGETS)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    for link in LINK.findall(FENCE.sub("", text(page))):
        if link.startswith("http"):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_exists(page: str) -> None:
    named = [name for name in CODE_NAME.findall(text(page)) if not name.startswith(MADE_LATER)]
    folders = (
        ROOT,
        PACKAGE,
        PACKAGE.parent,
        ROOT / "plugin" / "py" / "locks",
        (ROOT / page).parent,
    )
    missing = {
        name
        for name in named
        if ("/" in name or name.endswith(".py"))
        and not any((folder / name).exists() for folder in folders)
    }

    assert missing - {"facedb/current.json"} == set()


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def code_of(page: str) -> list[str]:
    """What a page shows as code: blocks, and text between backticks."""
    return [*FENCE.findall(text(page)), *re.findall(r"`[^`\n]+`", FENCE.sub("", text(page)))]
