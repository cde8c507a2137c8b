"""The closer look of `health`: the packages' versions, the models run once, Stash, one item."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path
from typing import Any

from ..errors import StashFaceError
from ..faces.packs import Pack
from ..faces.weights import weight_folders
from ..protocol.request import Request
from ..settings import Settings
from ..stash.home import VARIABLE
from ..stash.inspection import Inspection, inspect
from .context import Context
from .health_item import why

PACKAGES = (
    "numpy", "onnxruntime", "onnxruntime-gpu", "opencv-python-headless", "insightface", "voyager",
    "pillow", "pillow-heif", "av", "requests", "stashapp-tools",
)  # fmt: skip
# A scene's boxes come from its sprite; below this share a library was never given any.
_FEW_SPRITES = 0.5


def look_closer(
    request: Request, pack: Pack | None, home: Path, problems: list[str]
) -> dict[str, Any]:
    """`models`: provider that ran and milliseconds for each, none where `pack` is None; `stash`:
    its version or None, with `session` and `sprites` where it answered."""
    report: dict[str, Any] = {"packages": _packages(), "models": [], "provider": None,
                              "stash": None}  # fmt: skip
    with Context(request) as context:
        try:
            report.update(_stash(inspect(context.client), problems))
            problems += [*context.settings.problems, *_elsewhere(context.settings, home)]
        except StashFaceError as error:
            problems.append(error.sentence)
        if pack is not None:
            try:
                context.models.take()
                report["models"] = _models(pack, home, context.options.device, problems)
                report["provider"] = report["models"][0]["provider"]
            except StashFaceError as error:
                problems.append(error.sentence)
        if request.args.raw("kind"):
            report["item"] = why(request, context)
    return report


def _elsewhere(settings: Settings, home: Path) -> list[str]:
    """That the data are not yet where the user wants them."""
    wanted = settings.data_folder
    if not wanted or os.environ.get(VARIABLE) or os.path.realpath(wanted) == os.path.realpath(home):
        return []
    return [
        f"The setting dataFolder names {wanted}, and the data lie in {home}: run Set up, which "
        "moves them there."
    ]


def _packages() -> dict[str, str]:
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _stash(found: Inspection, problems: list[str]) -> dict[str, Any]:
    if found.password and not found.api_key:
        problems.append(
            "Stash has a password and no API key, and the session of a task ends after "
            f"{found.session_s // 60} minutes: for longer tasks generate a key under Settings > "
            "Security > Authentication."
        )
    if found.checked and found.sprites < _FEW_SPRITES * found.checked:
        problems.append(
            f"Only {found.sprites} of {found.checked} scenes have a sprite, and the others take "
            "much longer: let Stash make them under Settings > Tasks > Generate > Scene Scrubber "
            "Sprites."
        )
    return {
        "stash": found.version,
        "session": {"password": found.password, "api_key": found.api_key},
        "sprites": {
            "scenes": found.scenes, "checked": found.checked, "with_sprite": found.sprites,
        },
    }  # fmt: skip


def _models(pack: Pack, home: Path, device: str, problems: list[str]) -> list[dict[str, Any]]:
    from ..faces.engine import Engine
    from ..faces.session import measure

    engine = Engine(pack, weight_folders(home), device)
    problems += engine.notes
    side = pack.detector.input_size
    shapes = {pack.detector.file.name: (1, 3, side, side)}
    for spec in pack.embedders:
        size = spec.input_size
        nchw = (1, 3, size, size)
        shapes[spec.file.name] = nchw if spec.layout == "NCHW" else (1, size, size, 3)
    return [
        {
            "file": name,
            "provider": running.provider,
            "ms": round(measure(running, shapes[name]), 1),
        }
        for name, running in engine.running.items()
    ]
