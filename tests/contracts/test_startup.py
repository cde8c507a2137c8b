from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

PLUGIN = Path(__file__).resolve().parents[2] / "plugin" / "py"
FRAMEWORKS = {"tensorflow", "keras", "tf_keras", "torch", "deepface", "tf2onnx"}

# Notes every import that is tried, also one that fails and is caught.
IMPORT_ALL = """
import importlib, json, pkgutil, sys

class Notes:
    tried = set()
    def find_spec(self, name, path=None, target=None):
        self.tried.add(name.partition(".")[0])

sys.meta_path.insert(0, Notes())
import stash_face
modules = [m.name for m in pkgutil.walk_packages(stash_face.__path__, "stash_face.")]
for name in modules:
    importlib.import_module(name)
print(json.dumps([modules, sorted(Notes.tried)]))
"""


def test_importing_every_module_of_the_plugin_never_reaches_for_a_training_framework() -> None:
    run = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], cwd=PLUGIN, capture_output=True, text=True, check=True
    )

    modules, tried = json.loads(run.stdout)
    assert "stash_face.errors" in modules
    assert set(tried) & (FRAMEWORKS | {"skimage", "scipy"}) == set()


def test_no_module_of_the_plugin_names_a_training_framework_even_inside_a_function() -> None:
    named = {
        (path.name, name.partition(".")[0])
        for path in PLUGIN.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in imported(node)
    }

    assert ("errors.py", "__future__") in named
    assert {name for _, name in named} & FRAMEWORKS == set()


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []
