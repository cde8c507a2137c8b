"""insightface's SCRFD without the rest of insightface.

`import insightface` runs the whole toolkit (scipy, scikit-image, onnx, masks, desktop parts),
which costs more than loading the models. Its detector needs none of that over a ready session,
so the packages above it are entered without running them, and onnx is a placeholder that
imports it when it is used. Afterwards nothing of this is left in sys.modules, and a plain
`import insightface` works as ever.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import cache
from types import ModuleType
from typing import Any

_PACKAGES = ("insightface", "insightface.model_zoo")
_SCRFD = "insightface.model_zoo.scrfd"


def scrfd(session: Any) -> Any:
    """insightface's SCRFD detector over a ready onnxruntime session."""
    return _scrfd_module().SCRFD(model_file=None, session=session)


class _WhenUsed(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)


@cache
def _scrfd_module() -> ModuleType:
    if _SCRFD in sys.modules:
        return sys.modules[_SCRFD]
    before = set(sys.modules)
    stand_ins = {package: _entered for package in _PACKAGES} | {"onnx": _WhenUsed}
    placed = [name for name in stand_ins if name not in before]
    for name in placed:
        sys.modules[name] = stand_ins[name](name)
    try:
        return importlib.import_module(_SCRFD)
    finally:
        # With the detector itself: a package imported later would lack it as an attribute.
        entered = [name for name in sys.modules if name.startswith(f"{_PACKAGES[0]}.")]
        for name in {*placed, *entered} - before:
            del sys.modules[name]


def _entered(package: str) -> ModuleType:
    """The package with its path, so that its modules are found, but not run."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    return importlib.util.module_from_spec(spec)
