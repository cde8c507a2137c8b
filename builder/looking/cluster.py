"""A Ray cluster, one of this machine's own or one that is there: workers in it, and what they
answer. The only module that speaks Ray, which it imports when a cluster is started.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from builder.looking.worker import Task, Worker
from builder.net.wire import Answer, DroppedError, Question, RefusedError
from builder.pictures import Bytes
from stash_face.errors import SetupNeeded
from stash_face.faces.weights import require

ROOT = Path(__file__).resolve().parents[2]
# What a worker has to import.
CODE = (ROOT / "builder", ROOT / "plugin" / "py" / "stash_face")
# Shared memory of an own cluster for pictures on their way.
STORE_BYTES = 512 << 20
# A worker's threads for downloads have this name.
_ASKING = "asking"


class LostError(Exception):
    """A worker has ended, or its machine has. Says what is known of it."""


def require_ray() -> None:
    """SetupNeeded where Ray is not installed; imports nothing."""
    if importlib.util.find_spec("ray") is None:
        raise SetupNeeded(
            'The engine ray needs the Python package "ray": install it with pip install ".[ray]" '
            "in the checkout, or leave out --engine."
        )


class Cluster:
    """`address`: of a cluster that is there, None for an own one on this machine's loopback.
    `count` of workers: one a GPU, else one a processor, unless it is given."""

    def __init__(self, address: str | None, count: int | None) -> None:
        self._address, self._given = address, count
        self._folder: str | None = None
        self.count = 0

    def start(self, task: Task, lines: int) -> None:
        """From the main thread, with whose end an own cluster ends; each worker has `lines`
        threads for downloads. SetupNeeded where there is no cluster or it is another version."""
        _quiet(self._address is None)
        import ray

        self._ray = ray
        try:
            self._connect(task)
        except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
            told = str(error).strip().partition("\n")[0].rstrip(".")
            where = f"at {self._address} " if self._address else ""
            raise SetupNeeded(
                f"The Ray cluster {where}cannot be used ({told}): see that it runs, with this "
                "version of Ray and of Python, or leave out --engine."
            ) from None
        there = ray.cluster_resources()
        graphics = 0 if task.device == "cpu" else int(there.get("GPU", 0))
        self.count = self._given or graphics or max(int(there.get("CPU", 1)), 1)
        self._task = replace(task, threads=0 if graphics else 1)
        if self._address:
            # Paths of this machine mean nothing on others.
            own = require(task.pack, task.folders)
            weights = {name: ray.put(path.read_bytes()) for name, path in own.items()}
            self._task = replace(self._task, folders=(), weights=weights)
        self._worker = ray.remote(concurrency_groups={_ASKING: lines})(Worker).options(
            num_cpus=1, num_gpus=1 if graphics else 0, scheduling_strategy="SPREAD"
        )

    def _connect(self, task: Task) -> None:
        if self._address:
            _knock(self._address)
            code = {"py_modules": [str(folder) for folder in CODE]}
            self._ray.init(self._address, runtime_env=code, **_SILENT)
            return
        # The path of a socket in it must be short.
        short = "/tmp" if os.name == "posix" else None
        self._folder = tempfile.mkdtemp(prefix="stash_face_ray_", dir=short)
        self._ray.init(
            "local", num_cpus=self._given or _processors(), include_dashboard=False,
            num_gpus=0 if task.device == "cpu" else None, object_store_memory=STORE_BYTES,
            _temp_dir=self._folder, **_SILENT,
        )  # fmt: skip

    def new(self) -> tuple[Any, Any]:
        """Another worker, and what `result` gives of its `load`."""
        worker = self._worker.remote(self._task)
        return worker, worker.load.remote(self._ray.get)

    def look(self, worker: Any, pictures: Sequence[Bytes]) -> Any:
        """What `result` gives of its `look`."""
        return worker.look.remote(pictures)

    def ask(
        self, worker: Any, question: Question
    ) -> Iterator[Answer | DroppedError | RefusedError | None]:
        """Its `ask`. LostError."""
        asked = worker.ask.options(concurrency_group=_ASKING, num_returns="streaming")
        try:
            for ref in asked.remote(question):
                yield self.result(ref)
        except self._ray.exceptions.RayError as error:
            raise LostError(_first_line(error)) from None

    def ended(self, pending: Sequence[Any], seconds: float) -> list[Any]:
        """Those that have a result, the first of them within `seconds`."""
        if not pending:
            return []
        found, rest = self._ray.wait(list(pending), timeout=seconds)
        if found and rest:
            found += self._ray.wait(rest, num_returns=len(rest), timeout=0)[0]
        return list(found)

    def result(self, ref: Any) -> Any:
        """LostError where its worker is gone."""
        failures = self._ray.exceptions
        try:
            return self._ray.get(ref)
        except failures.RayTaskError:
            raise
        except failures.RayError as error:
            raise LostError(_first_line(error)) from None

    def drop(self, worker: Any) -> None:
        """Ends it, if it has not ended."""
        self._ray.kill(worker)

    def end(self) -> None:
        """Leaves the cluster, and ends it where it is an own one."""
        if ray := getattr(self, "_ray", None):
            ray.shutdown()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


_SILENT = {"log_to_driver": False, "configure_logging": False}


def _quiet(own: bool) -> None:
    """What Ray reads when it is imported: no report of usage; an own cluster listens on the
    loopback alone, as it does on Windows, and to this process's word."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if own:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


def _processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _knock(address: str) -> None:
    """OSError where nobody listens: Ray itself would try for a minute."""
    host, _, port = address.rpartition(":")
    if port.isdigit():
        with socket.create_connection((host, int(port)), timeout=10):
            pass


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
