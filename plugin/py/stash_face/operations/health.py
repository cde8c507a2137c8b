"""Whether everything is there, and where it really runs; plain sentences with the cure."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sys
from typing import Any

from .. import __version__
from ..errors import StashFaceError, WeightsError
from ..facedb.installed import installed
from ..faces.packs import DEFAULT_PACK, Pack, load_pack
from ..faces.weights import missing, require, weight_folders
from ..protocol.request import Request
from ..stash.connection import data_home, from_server_connection
from ..store.connection import FILE_NAME, Store
from ..store.images import stored_counts
from .context import pack_of
from .database import describe

# Import name: what a person installs.
PACKAGES = {
    "numpy": "numpy",
    "cv2": "opencv-python-headless",
    "onnxruntime": "onnxruntime or onnxruntime-gpu",
    "insightface": "insightface",
    "voyager": "voyager",
    "PIL": "pillow",
    "pillow_heif": "pillow-heif",
    "av": "av",
    "requests": "requests",
    "stashapi": "stashapp-tools",
}
_LOW_SPACE = 1 << 30


def health(request: Request) -> dict[str, Any]:
    """`quick` looks without loading anything (standard library only); otherwise the models run
    once and Stash is asked."""
    quick = request.args.flag("quick")
    report: dict[str, Any] = {
        "plugin": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "problems": [],
    }
    problems: list[str] = report["problems"]
    lacking = [name for module, name in PACKAGES.items() if not importlib.util.find_spec(module)]
    report["packages_missing"] = lacking
    if lacking:
        problems.append(
            f"The Python that Stash uses ({sys.executable}) lacks {', '.join(lacking)}: install "
            "the plugin's py/locks/cpu.txt into an environment, and name its python under "
            "Settings > System > Python Executable Path."
        )
    home = data_home(from_server_connection(request.server_connection))
    report["data"] = str(home)
    report["database"], pack = _database(home, problems)
    report["weights"] = _weights(pack, home, problems)
    report["store"] = _store(home, problems)
    if not quick and not lacking:
        from .health_models import look_closer

        report.update(look_closer(request, pack, home, report["weights"]["missing"], problems))
    report["ok"] = not problems
    return report


def _database(home: Any, problems: list[str]) -> tuple[dict[str, Any] | None, Pack]:
    try:
        manifest = installed(home)
        return describe(manifest, home), pack_of(manifest)
    except StashFaceError as error:
        problems.append(error.sentence)
        return None, load_pack(DEFAULT_PACK)


def _weights(pack: Pack, home: Any, problems: list[str]) -> dict[str, Any]:
    folders = weight_folders(home)
    absent = missing(pack, folders)
    if absent:
        try:
            require(pack, folders)
        except WeightsError as error:
            problems.append(error.sentence)
    return {"pack": pack.name, "missing": [file.name for file in absent]}


def _store(home: Any, problems: list[str]) -> dict[str, Any]:
    path = home / FILE_NAME
    found: dict[str, Any] = {"path": str(path), "exists": path.is_file(), "images": 0, "faces": 0}
    try:
        if path.is_file():
            with Store(path) as store:
                found["images"], found["faces"] = stored_counts(store)
        place = next(p for p in (home, *home.parents) if p.is_dir())
        found["free_bytes"] = shutil.disk_usage(place).free
        if found["free_bytes"] < _LOW_SPACE:
            problems.append(f"Less than 1 GB is free where the plugin keeps its data ({home}).")
    except StashFaceError as error:
        problems.append(error.sentence)
    return found
