"""Whether everything is there, and where it really runs; plain sentences with the cure.

A quick look needs the standard library alone, so that it answers before Set up, too."""

from __future__ import annotations

import platform
import shutil
import sys
from typing import Any

from .. import __version__
from ..environment.entrance import missing_packages
from ..errors import StashFaceError, WeightsError, run_set_up_first
from ..facedb.installed import find_installed
from ..faces.packs import DEFAULT_PACK, Pack, load_pack
from ..faces.weights import missing, require, weight_folders
from ..last_errors import last_errors
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
    """`quick` looks without loading anything; otherwise the models run once, Stash is asked, and
    with `kind` and `id` it is told why nothing was found in that item."""
    quick = request.args.flag("quick")
    return look(request, run_models=not quick, ask_stash=not quick)


def look(request: Request, *, run_models: bool, ask_stash: bool) -> dict[str, Any]:
    """The report; both need the packages, and are left out without them."""
    report: dict[str, Any] = {
        "plugin": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "problems": [],
    }
    problems: list[str] = report["problems"]
    lacking = [PACKAGES[module] for module in missing_packages()]
    report["packages_missing"] = lacking
    if lacking:
        problems.append(run_set_up_first("the Python packages of stash_face are not installed yet"))
    home = data_home(from_server_connection(request.server_connection))
    report["data"] = str(home)
    report["database"], pack = _database(home, problems)
    # Which weights are needed is known with the database.
    report["weights"] = _weights(pack, home, problems if report["database"] else [])
    report["store"] = _store(home, problems)
    report["interpreter"] = sys.executable
    report["errors"] = last_errors(home)
    if ask_stash and not lacking:
        from .health_closer import look_closer

        wanted = pack if run_models and not report["weights"]["missing"] else None
        report.update(look_closer(request, wanted, home, problems))
    report["ok"] = not problems
    return report


def _database(home: Any, problems: list[str]) -> tuple[dict[str, Any] | None, Pack]:
    try:
        manifest, broken = find_installed(home)
        problems += broken
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
