"""The closer look of `health`: the models run once, and Stash is asked for its version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import StashFaceError
from ..faces.packs import Pack
from ..faces.weights import weight_folders
from ..protocol.request import Request
from ..stash.library import stash_version
from .context import Context
from .options import Options


def look_closer(
    request: Request, pack: Pack, home: Path, missing: list[str], problems: list[str]
) -> dict[str, Any]:
    """`models`: provider that ran and milliseconds for each; `stash`: its version or None."""
    report: dict[str, Any] = {"models": [], "provider": None, "stash": None}
    device = Options.read(request.args).device
    if not missing:
        try:
            report["models"] = _models(pack, home, device, problems)
            report["provider"] = report["models"][0]["provider"]
        except StashFaceError as error:
            problems.append(error.sentence)
    try:
        with Context(request) as context:
            report["stash"] = stash_version(context.client)
    except StashFaceError as error:
        problems.append(error.sentence)
    return report


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
