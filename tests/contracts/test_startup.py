from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.stash_server import StashStandIn
from tests.operations.workplace import ANN, Workplace, face

PLUGIN = Path(__file__).resolve().parents[2] / "plugin" / "py"
FRAMEWORKS = {"tensorflow", "keras", "tf_keras", "torch", "deepface", "tf2onnx"}
INSTALLED = {
    "numpy",
    "cv2",
    "onnxruntime",
    "onnx",
    "insightface",
    "voyager",
    "PIL",
    "pillow_heif",
    "av",
    "requests",
    "urllib3",
    "stashapi",
}

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


# Notes what was imported by the time the process ends.
NOTE_AT_THE_END = """
import json, os, sys

leave = os._exit

def note(status):
    with open({path!r}, "w") as stream:
        json.dump(sorted(sys.modules), stream)
    leave(status)

os._exit = note
"""


class Watched:
    """A plugin process of which it is known what it imported."""

    def __init__(self, folder: Path, stash: StashStandIn) -> None:
        self._note = folder / "imported.json"
        self._stash = stash
        (folder / "sitecustomize.py").write_text(NOTE_AT_THE_END.format(path=str(self._note)))

    def packages(self, mode: str, **args: Any) -> tuple[Any, set[str]]:
        """What the mode answered, and the packages it needed for that."""
        output = self._stash.operation("stash_face", {"mode": mode, **args})
        names = json.loads(self._note.read_text())
        assert "stash_face.entry" in names
        return output, {name.partition(".")[0] for name in names}


@pytest.fixture
def watched(place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    (tmp_path / "watch").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "watch"))
    place.stash.plugins = PLUGIN.parent
    return Watched(tmp_path / "watch", place.stash)


def test_a_quick_look_at_the_health_needs_the_standard_library_alone(
    place: Workplace, watched: Watched
) -> None:
    place.add_image(face(ANN))

    report, packages = watched.packages("health", quick=True)

    assert report["store"]["images"] == 1
    assert report["database"]["version"] == "v1"
    assert packages & INSTALLED == set()


@pytest.mark.parametrize("kind", ["image", "gallery"])
def test_a_kept_answer_is_given_again_without_numbers_and_models(
    place: Workplace, watched: Watched, kind: str
) -> None:
    image_id = place.add_image(face(ANN))
    item = image_id if kind == "image" else place.stash.add_gallery([image_id])
    mode, args = f"identify_{kind}", {f"{kind}_id": item}

    first, needed_first = watched.packages(mode, **args)
    again, needed = watched.packages(mode, **args)
    told, needed_to_tell = watched.packages("results", kind=kind, id=item)

    assert again == told["answer"] == first
    assert "numpy" in needed_first
    assert needed_first & {"onnxruntime", "cv2", "PIL"} == set()
    assert (needed | needed_to_tell) & (INSTALLED - {"requests", "urllib3", "stashapi"}) == set()


@pytest.mark.parametrize(
    ("mode", "args"),
    [
        ("suggestions", {}),
        ("runs", {}),
        ("unknown_people", {}),
        ("tuning", {}),
        ("waiting", {"items": {"image": ["1"]}}),  # asked for every page of cards
    ],
)
def test_a_list_of_the_review_page_needs_the_standard_library_alone(
    place: Workplace, watched: Watched, mode: str, args: dict[str, Any]
) -> None:
    place.add_image(face(ANN))

    _, packages = watched.packages(mode, **args)

    assert packages & INSTALLED == set()


def test_the_rooms_that_hooks_use_need_the_standard_library_alone() -> None:
    script = """
import importlib, json, pkgutil, sys
import stash_face
for name in ("entry", "commands", "file_lock", "hooks", "protocol", "store",
             "stash.connection", "stash.entities", "stash.queries"):
    module = importlib.import_module(f"stash_face.{name}")
    for inner in pkgutil.iter_modules(getattr(module, "__path__", [])):
        importlib.import_module(f"stash_face.{name}.{inner.name}")
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=PLUGIN, capture_output=True, text=True, check=True
    )

    assert set(json.loads(run.stdout)) & INSTALLED == set()


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []
