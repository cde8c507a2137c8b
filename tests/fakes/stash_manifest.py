"""Plugin manifests as Stash reads them: every *.yml below the plugins folder, strictly."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

OPERATION_KEYS = {"name": str, "description": str, "execArgs": list, "defaultArgs": dict}
KEYS: dict[str, Any] = {
    "name": str,
    "description": str,
    "url": str,
    "version": str,
    "interface": str,
    "exec": list,
    "errLog": str,
    "tasks": [OPERATION_KEYS],
    "hooks": [{**OPERATION_KEYS, "triggeredBy": list}],
    "ui": {
        "requires": list,
        "csp": {"script-src": list, "style-src": list, "connect-src": list},
        "javascript": list,
        "css": list,
        "assets": dict,
    },
    "settings": dict,
}
SETTING_KEYS = {"type": str, "displayName": str, "description": str}
SETTING_TYPES = {"", "STRING", "NUMBER", "BOOLEAN"}


class ManifestError(Exception):
    """Stash would log this and not load the plugin."""


@dataclass
class Task:
    name: str
    exec_args: list[str] = field(default_factory=list)
    default_args: dict[str, str] = field(default_factory=dict)


@dataclass
class Hook(Task):
    """Started for each of `triggers`, such as "Scene.Create.Post"."""

    triggers: list[str] = field(default_factory=list)


@dataclass
class Manifest:
    id: str
    path: Path
    name: str
    exec: list[str]
    err_log: str
    tasks: dict[str, Task]
    hooks: list[Hook] = field(default_factory=list)

    @property
    def folder(self) -> str:
        return str(self.path.parent)

    def command(self, task: Task | None, python: str) -> tuple[list[str], dict[str, str]]:
        """What to start, and the environment variables that Stash adds to its own."""
        given = [*self.exec, *(task.exec_args if task else [])]
        if not given:
            raise ManifestError("empty exec value")
        program, *arguments = given
        arguments = [each.replace("{pluginDir}", self.folder) for each in arguments]
        if program in ("python", "python3"):
            found = _python(python)
            if found:
                above = os.path.abspath(os.path.dirname(self.folder))
                known = os.environ.get("PYTHONPATH")
                path = f"{known}{os.pathsep}{above}" if known is not None else above
                return [found, *arguments], {"PYTHONPATH": path}
        elif shutil.which(program) is None:
            program = os.path.join(self.folder, program)
        return [program, *arguments], {}


def load_manifests(plugins: Path) -> Iterator[Manifest | ManifestError]:
    """Each *.yml below `plugins`, links followed; what cannot be loaded comes as an error."""
    seen: set[str] = set()
    for folder, subfolders, names in os.walk(plugins, followlinks=True):
        subfolders.sort()
        for name in sorted(each for each in names if each.endswith(".yml")):
            path = Path(folder) / name
            try:
                manifest = load_manifest(path)
            except (ManifestError, yaml.YAMLError, OSError) as error:
                yield ManifestError(f"Error loading plugin {path}: {error}")
                continue
            if manifest.id.lower() in seen:
                text = f"Error loading plugin {path}: plugin ID {manifest.id} already exists"
                yield ManifestError(text)
                continue
            seen.add(manifest.id.lower())
            yield manifest


def load_manifest(path: Path) -> Manifest:
    """One manifest; an unknown or repeated key, or a value of another type, is an error."""
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader) or {}
    _check(content, KEYS, "manifest")
    for key, setting in (content.get("settings") or {}).items():
        _check(setting, SETTING_KEYS, f"setting {key}")
        if setting.get("type", "") not in SETTING_TYPES:
            raise ManifestError(f"invalid type {setting['type']} for setting {key}")
    if content.get("interface", "raw") not in ("raw", "rpc", "js"):
        raise ManifestError(f"invalid interface type {content['interface']}")
    tasks = [Task(*_operation(each)) for each in content.get("tasks") or []]
    hooks = [
        Hook(*_operation(each), [str(trigger) for trigger in each.get("triggeredBy") or []])
        for each in content.get("hooks") or []
    ]
    return Manifest(
        id=path.name.rpartition(".")[0],
        path=path,
        name=str(content.get("name") or path.stem),
        exec=[str(each) for each in content.get("exec") or []],
        err_log=content.get("errLog") or "error",
        tasks={task.name: task for task in tasks},
        hooks=hooks,
    )


def _operation(row: dict[str, Any]) -> tuple[str, list[str], dict[str, str]]:
    given = {key: _scalar(value) for key, value in (row.get("defaultArgs") or {}).items()}
    return row["name"], [str(argument) for argument in row.get("execArgs") or []], given


class _StrictLoader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise ManifestError(f'key "{key}" already set in map')
        return super().construct_mapping(node, deep=deep)


def _check(value: Any, shape: Any, where: str) -> None:
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            raise ManifestError(f"cannot unmarshal {where} into a map")
        for key, inner in value.items():
            if key not in shape:
                raise ManifestError(f"field {key} not found in {where}")
            if inner is not None:
                _check(inner, shape[key], key)
    elif isinstance(shape, list):
        _check(value, list, where)
        for each in value:
            _check(each, shape[0], where)
    elif shape is str:
        if isinstance(value, (dict, list)):
            raise ManifestError(f"cannot unmarshal {where} into a string")
    elif not isinstance(value, shape):
        raise ManifestError(f"cannot unmarshal {where} into a {shape.__name__}")


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _python(configured: str) -> str | None:
    if configured and os.path.isfile(configured):
        return configured
    return shutil.which("python3") or shutil.which("python")
