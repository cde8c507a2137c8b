"""How the code is cut, and what must stand nowhere in it."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = ("plugin", "builder", "dev")
MODULE_LINES = 300
BODY_LINES = 40
# Folders that come to be by working on the project.
MADE = {".git", ".venv", "build", "__pycache__", "data", ".mypy_cache", ".ruff_cache",
        ".pytest_cache"}  # fmt: skip

SOURCES = sorted(path for folder in CODE for path in (ROOT / folder).rglob("*.py"))
BELOW = [str(path.relative_to(ROOT)) for path in SOURCES]

# A folder of one person's computer, however it is spelt. The shares of every Unraid lie in one of
# the same name.
MACHINE_PATH = re.compile(
    r"(?<![\w.:/-])/(work|tmp|home/[a-z]\w*|Users/\w+|mnt(?!/user/)|scratch)/\w|[A-Z]:\\+Users\\+\w+\\"
)
REGISTRY = re.compile(
    r"\b(pypi\.org|pythonhosted\.org|anaconda\.org|npmjs\.(org|com)|registry\.\w+\.\w+)\b"
)


def parsed(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", BELOW)
def test_a_module_says_what_it_is_for_and_is_read_in_one_go(path: str) -> None:
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()

    assert len(lines) <= MODULE_LINES
    assert ast.get_docstring(parsed(path))


@pytest.mark.parametrize("path", BELOW)
def test_a_function_fits_on_a_screen(path: str) -> None:
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    lengths = {
        node.name: length(node, lines)
        for node in ast.walk(parsed(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }

    assert {name: count for name, count in lengths.items() if count > BODY_LINES} == {}


def length(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    """Lines of the body that hold code."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    if not body:
        return 0
    inside = [line.strip() for line in lines[body[0].lineno - 1 : function.end_lineno]]
    return sum(1 for line in inside if line and not line.startswith("#"))


@cache
def texts() -> dict[str, str]:
    """Every text file of the project that is or may be committed."""
    found = {}
    for path in project_files():
        data = (ROOT / path).read_bytes()
        if b"\0" not in data:
            found[path] = data.decode("utf-8")
    return found


def project_files() -> list[str]:
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
        return [each for each in listed.decode().split("\0") if (ROOT / each).is_file()]
    below = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [each for each in folders if each not in MADE]
        below += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names]
    return below


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_the_patterns_find_what_they_are_for() -> None:
    home = "/".join(["", "home", "ann", "stash"])
    windows = "\\".join(["C:", "Users", "ann", "stash"])
    assert MACHINE_PATH.search(f'Path("{home}")')
    assert MACHINE_PATH.search(windows)
    assert not MACHINE_PATH.search("https://example.org" + home)
    assert not MACHINE_PATH.search("/root/.stash/plugins")
    assert REGISTRY.search("https://" + "pypi" + ".org/simple")


def test_no_path_of_a_computer_stands_in_the_project() -> None:
    assert "README.md" in texts()
    assert lines_with(MACHINE_PATH) == []


def test_no_package_registry_is_named_in_the_project() -> None:
    assert lines_with(REGISTRY) == []


def test_no_photo_and_nothing_large_is_in_the_project() -> None:
    photos = (".jpg", ".jpeg", ".heic", ".mp4")

    assert [path for path in project_files() if path.lower().endswith(photos)] == []
    assert [path for path in project_files() if (ROOT / path).stat().st_size > 1_000_000] == []
