"""ONNX Runtime sessions, and the truth about where they run.

onnxruntime falls back to the CPU without a word when a CUDA library is missing, so what is
reported is what the finished session itself names after one real inference.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import BadRequest, WeightsError

# insightface sets this too: onnxruntime's Windows wheels report usage otherwise.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

# Tried in this order for device "auto". TensorRT builds an engine for minutes: only by choice.
_AUTO = ("CUDAExecutionProvider", "DmlExecutionProvider", "CoreMLExecutionProvider")
_DEVICES = {
    "auto": _AUTO,
    "cuda": ("CUDAExecutionProvider",),
    "tensorrt": ("TensorrtExecutionProvider", "CUDAExecutionProvider"),
    "directml": ("DmlExecutionProvider",),
    "coreml": ("CoreMLExecutionProvider",),
    "cpu": (),
}
DEVICES = tuple(_DEVICES)
# Leaves room for Stash's own transcoding on a 4 GB card; detection at 640 needs under 1 GB.
GPU_MEMORY_BYTES = 2 << 30
CPU = "CPUExecutionProvider"
# Side in pixels for inputs of any size, as detectors have: a multiple of their largest stride.
_FREE_SIDE = 64


class Running(NamedTuple):
    """A session, the provider that really computes, and a sentence where that is not the
    one that was asked for."""

    session: Any
    provider: str
    note: str


def open_session(path: Path, device: str = "auto", threads: int = 0) -> Running:
    """Loads `path` on `device` (one of DEVICES). WeightsError when it is no model that this
    onnxruntime can load. `threads` 0 leaves the choice to onnxruntime."""
    if device not in _DEVICES:
        raise BadRequest(f"There is no device {device!r}: choose one of {', '.join(DEVICES)}.")
    wanted = [name for name in _DEVICES[device] if name in onnxruntime.get_available_providers()]
    if "CUDAExecutionProvider" in wanted and hasattr(onnxruntime, "preload_dlls"):
        onnxruntime.preload_dlls()
    session = _on_device(path, wanted, threads) or _load(path, [], threads)
    return Running(session, session.get_providers()[0], _note(device, wanted, session))


def _on_device(path: Path, wanted: Sequence[str], threads: int) -> Any:
    """The session, or None where the device cannot load the model or fails to compute it."""
    if not wanted:
        return None
    try:
        session = _load(path, wanted, threads)
    except WeightsError:
        return None
    return session if session.get_providers()[0] == CPU or _runs(session) else None


def _load(path: Path, wanted: Sequence[str], threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    # Threads that spin while they wait take the processor from the pack's other models, and from
    # Stash: without, two cores find faces 10 % faster idle and 35 % faster under load.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(
            str(path), options, providers=[_with_options(name) for name in wanted] + [CPU]
        )
    except Exception as error:  # onnxruntime's exceptions share no base but Exception
        raise WeightsError(
            f"The model {path.name} cannot be loaded ({_first_line(error)}): "
            "delete the file and fetch it again."
        ) from None


def _runs(session: Any) -> bool:
    """Whether one inference works: a device can take a model and yet fail to compute it, or
    onnxruntime moves the session to the CPU then."""
    entry = session.get_inputs()[0]
    free = [1] + [_FREE_SIDE] * (len(entry.shape) - 1)
    shape = [n if isinstance(n, int) else side for n, side in zip(entry.shape, free, strict=True)]
    try:
        session.run(None, {entry.name: np.zeros(shape, np.float32)})
    except Exception:  # as above
        return False
    return bool(session.get_providers()[0] != CPU)


def measure(running: Running, shape: Sequence[int], runs: int = 3) -> float:
    """Milliseconds of one inference on zeros of `shape`, the best of `runs` after a first."""
    name = running.session.get_inputs()[0].name
    zeros = np.zeros(shape, np.float32)
    best = float("inf")
    for _ in range(runs + 1):
        start = time.perf_counter()
        running.session.run(None, {name: zeros})
        best = min(best, time.perf_counter() - start)
    return best * 1000


def _with_options(name: str) -> Any:
    if name != "CUDAExecutionProvider":
        return name
    return name, {
        "gpu_mem_limit": str(GPU_MEMORY_BYTES),
        "arena_extend_strategy": "kSameAsRequested",
        # Canvases differ from picture to picture: an exhaustive search for each would dominate.
        "cudnn_conv_algo_search": "HEURISTIC",
    }


def _note(device: str, wanted: Sequence[str], session: Any) -> str:
    ran = session.get_providers()[0]
    if wanted and ran not in wanted:
        return (
            f"{wanted[0].replace('ExecutionProvider', '')} is installed but did not start, so the "
            "CPU is used: its driver or libraries are missing or too old."
        )
    if device not in ("auto", "cpu") and not wanted:
        return (
            f"The device {device} was asked for, but this onnxruntime has no support for it, "
            "so the CPU is used."
        )
    return ""


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
