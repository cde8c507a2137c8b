"""Writes the hashed locks from requirements.txt, and refuses one that lacks a wheel somewhere.

Pins of the present locks are kept where they still fit; `--upgrade` takes the newest of all.
Knows nothing of the product's code.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
LINUX = "x86_64-manylinux_2_28"
WINDOWS = "x86_64-pc-windows-msvc"
EVERYWHERE = (
    LINUX,
    "aarch64-manylinux_2_28",
    WINDOWS,
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
)
# The oldest macOS for which the video library has a wheel on Apple chips.
MACOS = {"MACOSX_DEPLOYMENT_TARGET": "14.0"}

# insightface asks for these; the part of it that the plugin imports does not.
UNUSED = ("opencv-python", "scipy", "scikit-image", "tqdm")
GPU = (
    "onnxruntime-gpu[cuda,cudnn]==1.23.2",
    "nvidia-cudnn-cu12<9.11",  # 9.11 dropped Pascal
    "nvidia-cublas-cu12<12.9.2",  # newer ones have no wheel for Windows
)


@dataclass(frozen=True)
class Lock:
    """One lock file: what it takes beside requirements.txt, what it leaves out, where it works."""

    path: str
    title: str
    platforms: tuple[str, ...]
    left_out: tuple[str, ...]
    added: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


LOCKS = (
    Lock("plugin/py/locks/cpu.txt", "the plugin, on any machine", EVERYWHERE, UNUSED),
    Lock(
        "plugin/py/locks/gpu.txt",
        "the plugin, on Linux x86-64 or Windows with an NVIDIA GPU",
        (LINUX, WINDOWS),
        (*UNUSED, "onnxruntime"),
        added=GPU,
    ),
    Lock(
        "dev/lock.txt",
        "cpu.txt and the tools of development",
        EVERYWHERE,
        ("opencv-python",),
        options=("--group", "pyproject.toml:dev", "--constraints", "plugin/py/locks/cpu.txt"),
    ),
)


def main(options: list[str]) -> int:
    """Write each lock in turn; `options` go to `uv pip compile` (`--upgrade`)."""
    for lock in LOCKS:
        with tempfile.TemporaryDirectory() as folder:
            draft = Path(folder) / "lock.txt"
            try:
                compile_lock(lock, draft, options)
                check_wheels(lock, draft)
            except subprocess.CalledProcessError as error:
                print(f"{lock.path} was left as it is: {' '.join(error.cmd[2:])} failed.")
                return 1
            write(lock, draft.read_text(encoding="utf-8"))
        print(f"wrote {lock.path}")
    return 0


def compile_lock(lock: Lock, draft: Path, options: list[str]) -> None:
    """Resolve `lock` for all platforms and Pythons at once into `draft`."""
    target = ROOT / lock.path
    if target.exists():
        draft.write_bytes(target.read_bytes())
    added, overrides = draft.with_name("added.in"), draft.with_name("overrides.in")
    added.write_text("\n".join(lock.added), encoding="utf-8")
    # A marker that is never true is uv's way to leave a dependency out.
    never = (f'{name} ; python_version < "3"' for name in lock.left_out)
    overrides.write_text("\n".join(never), encoding="utf-8")
    uv(
        *("pip", "compile", "--quiet", "--universal", "--python-version", PYTHONS[0]),
        *("--generate-hashes", "--only-binary", ":all:", "--no-header", "--no-annotate"),
        *("--overrides", str(overrides), *lock.options, *options),
        *("--output-file", str(draft), "requirements.txt", str(added)),
    )


def check_wheels(lock: Lock, draft: Path) -> None:
    """Try every Python on every platform of `lock` without installing anything."""
    for platform in lock.platforms:
        for python in PYTHONS:
            uv(
                *("pip", "install", "--quiet", "--dry-run", "--no-deps", "--require-hashes"),
                *("--only-binary", ":all:", "--python-platform", platform),
                *("--python-version", python, "--target", str(draft.parent / "none")),
                *("--requirements", str(draft)),
            )


def write(lock: Lock, pins: str) -> None:
    """Put the checked pins in place under a line that says where they come from."""
    head = f"# For {lock.title}. Written by `make lock` from requirements.txt.\n"
    body = "".join(line for line in pins.splitlines(keepends=True) if not line.startswith("#"))
    target = ROOT / lock.path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(head + body, encoding="utf-8", newline="\n")


def uv(*arguments: str) -> None:
    """Run uv in the checkout; `CalledProcessError` when it fails, its reason on stderr."""
    command = [sys.executable, "-m", "uv", *arguments]
    subprocess.run(command, cwd=ROOT, env=os.environ | MACOS, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
