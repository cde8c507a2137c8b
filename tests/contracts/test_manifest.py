from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from stash_face import __version__
from stash_face.commands import MODES
from tests.fakes.stash_manifest import ManifestError, load_manifest, load_manifests

PLUGIN = Path(__file__).resolve().parents[2] / "plugin"
FILE = PLUGIN / "stash_face.yml"
LEVELS = {"trace", "debug", "info", "warning", "error", "none", "progress"}

# The keys that Stash's loader knows; any other one makes it refuse the whole plugin.
KEYS = {"name", "description", "version", "url", "exec", "interface", "errLog", "tasks", "hooks",
        "settings", "ui"}  # fmt: skip
TASK_KEYS = {"name", "description", "execArgs", "defaultArgs"}
HOOK_KEYS = TASK_KEYS | {"triggeredBy"}
SETTING_KEYS = {"displayName", "description", "type"}
UI_KEYS = {"javascript", "css", "requires", "assets", "csp"}
CSP_KEYS = {"script-src", "style-src", "connect-src"}
HOOKS = re.compile(
    r"(Scene|SceneMarker|Image|Gallery|GalleryChapter|Movie|Group|Performer|Studio|Tag)"
    r"\.(Create|Update|Destroy)\.Post|Tag\.Merge\.Post"
)


@pytest.fixture
def manifest() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return content


def test_stash_s_strict_loader_takes_the_manifest() -> None:
    loaded = load_manifest(FILE)

    assert (loaded.id, loaded.name) == ("stash_face", "stash_face")
    assert loaded.err_log in LEVELS


def test_the_manifest_is_the_only_file_that_stash_tries_as_a_plugin() -> None:
    assert [m for m in load_manifests(PLUGIN) if isinstance(m, ManifestError)] == []
    assert [path for path in PLUGIN.rglob("*.yml")] == [FILE]


def test_no_key_is_one_that_stash_does_not_know(manifest: dict[str, Any]) -> None:
    assert set(manifest) <= KEYS
    assert all(set(task) <= TASK_KEYS for task in rows(manifest, "tasks"))
    assert all(set(hook) <= HOOK_KEYS for hook in rows(manifest, "hooks"))
    assert all(set(value) <= SETTING_KEYS for value in manifest.get("settings", {}).values())
    assert set(manifest.get("ui", {})) <= UI_KEYS
    assert set(manifest.get("ui", {}).get("csp") or {}) <= CSP_KEYS


def rows(manifest: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return manifest.get(key) or []


def test_each_task_and_hook_has_a_mode_that_exists_and_a_trigger_that_fires(
    manifest: dict[str, Any],
) -> None:
    for entry in rows(manifest, "tasks") + rows(manifest, "hooks"):
        assert entry["defaultArgs"]["mode"] in MODES
        assert all(HOOKS.fullmatch(trigger) for trigger in entry.get("triggeredBy") or [])


def test_each_task_is_in_the_table_of_tasks(manifest: dict[str, Any]) -> None:
    page = (PLUGIN.parent / "docs" / "tasks.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| ([A-Z][^|]+) \|", page, re.M)

    assert {task["name"] for task in manifest["tasks"]} - set(listed) == set()


def test_the_program_is_the_python_of_stash_and_the_script_is_there(
    manifest: dict[str, Any],
) -> None:
    loaded = load_manifest(FILE)

    command, environment = loaded.command(None, sys.executable)

    assert command[0] == sys.executable
    assert Path(command[1]).samefile(PLUGIN / "py" / "main.py")
    assert environment["PYTHONPATH"].endswith(str(PLUGIN.parent))
    # Stash puts the folder into all arguments but the first.
    assert "{pluginDir}" not in manifest["exec"][0]
    assert manifest["exec"][1].startswith("{pluginDir}/")


def test_the_version_is_the_same_everywhere_and_one_that_package_lists_take(
    manifest: dict[str, Any],
) -> None:
    project = (PLUGIN.parent / "pyproject.toml").read_text(encoding="utf-8")

    assert manifest["version"] == __version__
    assert f'\nversion = "{__version__}"\n' in project
    assert re.fullmatch(r"\d+(\.\d+){0,2}", manifest["version"])


def test_what_is_installed_by_stash_holds_no_data_and_no_link() -> None:
    """Stash packs the folder as it is; links and what came to be by use do not belong into it."""
    shipped = [p for p in PLUGIN.rglob("*") if p.relative_to(PLUGIN).parts[0] != "data"]

    assert [p for p in shipped if p.is_symlink()] == []
    assert [p for p in shipped if p.suffix in (".onnx", ".voy", ".sqlite", ".zip")] == []
