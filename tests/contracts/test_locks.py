from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CPU = "plugin/py/locks/cpu.txt"
GPU = "plugin/py/locks/gpu.txt"
DEV = "dev/lock.txt"

ONNXRUNTIME = re.compile(r"onnxruntime(-.+)?")
OPENCV = re.compile(r"opencv(-.+)?")
FRAMEWORKS = {"tensorflow", "keras", "tf-keras", "deepface", "tf2onnx", "torch"}
PIN = re.compile(r"([a-z0-9-]+)==([^\s;]+)( ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")

# What the plugin imports, and of insightface only the detector: the packages above it are
# entered without running them, since they ask for what the locks leave out.
LOOK_AROUND = """
import importlib, importlib.metadata, json, pkgutil, sys, sysconfig, types

wanted = ["numpy", "cv2", "onnx", "onnxruntime", "voyager", "PIL.Image", "pillow_heif", "av"]
wanted += ["requests", "stashapi.classes", "stashapi.log", "stash_face"]
for name in wanted:
    importlib.import_module(name)
for module in pkgutil.walk_packages(sys.modules["stash_face"].__path__, "stash_face."):
    importlib.import_module(module.name)
for package in ("insightface", "insightface.model_zoo"):
    sys.modules[package] = types.ModuleType(package)
    folder = sysconfig.get_path("purelib") + "/" + package.replace(".", "/")
    sys.modules[package].__path__ = [folder]
importlib.import_module("insightface.model_zoo.scrfd")
print(json.dumps([dist.name for dist in importlib.metadata.distributions()]))
"""


def lines(lock: str) -> list[str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def pinned(lock: str) -> set[str]:
    return {match[1] for match in map(PIN.fullmatch, lines(lock)) if match}


def of_family(family: re.Pattern[str], names: set[str]) -> list[str]:
    return [name for name in names if family.fullmatch(name)]


@pytest.mark.parametrize(
    ("lock", "runtime"),
    [(CPU, "onnxruntime"), (GPU, "onnxruntime-gpu"), (DEV, "onnxruntime")],
)
def test_a_lock_has_one_onnxruntime_one_opencv_and_no_framework(lock: str, runtime: str) -> None:
    assert of_family(ONNXRUNTIME, pinned(lock)) == [runtime]
    assert of_family(OPENCV, pinned(lock)) == ["opencv-python-headless"]
    assert pinned(lock) & FRAMEWORKS == set()


@pytest.mark.parametrize("lock", [CPU, GPU])
def test_a_lock_for_users_leaves_out_what_the_plugin_never_imports(lock: str) -> None:
    assert pinned(lock) & {"scipy", "scikit-image", "tqdm", "pytest"} == set()


@pytest.mark.parametrize("lock", [CPU, GPU, DEV])
def test_every_line_of_a_lock_is_an_exact_pin_or_a_hash_and_names_no_host(lock: str) -> None:
    kinds = ["pin" if PIN.fullmatch(line) else bool(HASH.fullmatch(line)) for line in lines(lock)]

    assert all(kinds)
    assert all(
        after is True for kind, after in zip(kinds, kinds[1:], strict=False) if kind == "pin"
    )
    assert kinds[-1] is True
    assert "//" not in (ROOT / lock).read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", [CPU, GPU, DEV])
def test_a_lock_holds_every_requirement_of_the_plugin(lock: str) -> None:
    wanted = re.findall(r"^[a-z][a-z0-9-]*", (ROOT / "requirements.txt").read_text(), re.M)
    if lock == GPU:
        wanted[wanted.index("onnxruntime")] = "onnxruntime-gpu"

    assert len(wanted) == 10
    assert set(wanted) <= pinned(lock)


def test_development_uses_the_very_versions_that_users_get() -> None:
    users, developers = (
        {line for line in lines(lock) if PIN.fullmatch(line)} for lock in (CPU, DEV)
    )

    assert users <= developers


def test_the_gpu_lock_keeps_what_pascal_cards_need() -> None:
    versions = {match[1]: match[2] for match in map(PIN.fullmatch, lines(GPU)) if match}
    cudnn = tuple(int(part) for part in versions["nvidia-cudnn-cu12"].split(".")[:2])

    assert cudnn < (9, 11)
    assert not [name for name in versions if name.startswith("nvidia-") and "cu12" not in name]


def test_nothing_beside_the_locks_could_be_taken_for_a_plugin() -> None:
    assert {path.name for path in (ROOT / CPU).parent.iterdir()} == {"cpu.txt", "gpu.txt"}


def test_the_cpu_lock_installs_into_an_empty_environment_and_everything_imports(
    tmp_path: Path,
) -> None:
    venv.create(tmp_path, with_pip=False)
    python = tmp_path / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    install(python)
    found = subprocess.run(
        [python, "-c", LOOK_AROUND], cwd=ROOT / "plugin" / "py", stdout=subprocess.PIPE, check=True
    )

    names = {name.lower().replace("_", "-") for name in json.loads(found.stdout)}
    assert of_family(ONNXRUNTIME, names) == ["onnxruntime"]
    assert of_family(OPENCV, names) == ["opencv-python-headless"]
    assert names <= pinned(CPU)


def install(python: Path) -> None:
    """Into the environment of `python`, from uv's cache alone where it has all of the lock."""
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(python)]
    exact = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(ROOT / CPU)]
    cached = subprocess.run([*command, "--offline", *exact], capture_output=True, check=False)
    if cached.returncode != 0:
        subprocess.run([*command, *exact], check=True)
