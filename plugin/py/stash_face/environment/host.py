"""What this computer has: C library, processor, NVIDIA card, and a Python that has wheels."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import struct
import subprocess
import sys
from typing import NamedTuple

from ..errors import SetupNeeded

OLDEST, NEWEST = (3, 10), (3, 13)
# Where the GPU build of onnxruntime and NVIDIA's libraries have wheels.
_GPU_SYSTEMS = {("Linux", "x86_64"), ("Windows", "AMD64")}
_TELL = "import sys, struct; print(sys.version_info[0], sys.version_info[1], struct.calcsize('P'))"


class Host(NamedTuple):
    """`python` makes the environment; None where a whole Python has to be brought (musl)."""

    system: str
    machine: str
    musl: bool
    gpu: bool
    python: str | None
    version: str

    @property
    def lock(self) -> str:
        return "gpu" if self.gpu else "cpu"


def look_around() -> Host:
    """SetupNeeded where nothing on this computer can run the packages, with what to do."""
    system, machine = platform.system(), platform.machine()
    if is_musl():
        # A driver is made for glibc, and the container's toolkit puts it where Alpine lacks it.
        return Host(system, machine, True, False, None, "")
    if system == "Windows" and machine.upper() == "ARM64" and "AMD64" not in sys.version:
        raise SetupNeeded(
            "Set up cannot go on: there are no ready-made packages for Python on Windows for ARM; "
            "install Python 3.13 for x86-64 (it runs there too), and name it in Stash under "
            "Settings > System > Python Executable Path."
        )
    python, version = _suitable_python()
    gpu = (system, machine) in _GPU_SYSTEMS and has_nvidia()
    return Host(system, machine, False, gpu, python, version)


def is_musl() -> bool:
    """Alpine and its like: there, wheels made for glibc do not load."""
    if platform.system() != "Linux":
        return False
    try:
        return not os.confstr("CS_GNU_LIBC_VERSION")
    except (ValueError, OSError):
        return True


def has_nvidia() -> bool:
    """Whether NVIDIA's driver answers and knows a card."""
    try:
        if sys.platform == "win32":
            driver = ctypes.WinDLL("nvcuda.dll")
        else:
            driver = ctypes.CDLL("libcuda.so.1")
        count = ctypes.c_int(0)
        if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)):
            return False
    except (OSError, AttributeError):
        return False
    return count.value > 0


def _suitable_python() -> tuple[str, str]:
    """This Python where it fits, else one that is installed beside it."""
    running = sys.version_info[:2]
    base = getattr(sys, "_base_executable", None) or sys.executable
    if OLDEST <= running <= NEWEST and struct.calcsize("P") == 8:
        return base, dotted(running)
    # Windows has to stay in the process that Stash started, and so in its Python.
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1) if os.name != "nt" else ():
        found = shutil.which(f"python3.{minor}")
        if found and _answers(found, minor):
            return found, f"3.{minor}"
    bits = struct.calcsize("P") * 8
    raise SetupNeeded(
        f"Set up cannot go on: Stash uses a {bits}-bit Python {dotted(running)} ({sys.executable}) "
        f"and the packages need a 64-bit one from {dotted(OLDEST)} to {dotted(NEWEST)}; install "
        "one, and name it in Stash under Settings > System > Python Executable Path."
    )


def _answers(python: str, minor: int) -> bool:
    try:
        told = subprocess.run(
            [python, "-I", "-c", _TELL],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False,
        ).stdout  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.split() == [b"3", str(minor).encode(), b"8"]


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
