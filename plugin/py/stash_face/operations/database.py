"""The installed face database: what it is, and choosing another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import DatabaseError
from ..facedb.installed import choose
from ..facedb.kept_law import brought_law, kept_law
from ..facedb.law import FPIR_AUTOMATIC, FPIR_SUGGEST, Law
from ..facedb.manifest import Manifest, read_manifest
from ..facedb.offer import Offer, last_offer
from ..protocol import log
from ..protocol.arguments import shown
from ..protocol.request import Request
from .context import Context, pack_of


def database_info(request: Request) -> dict[str, Any]:
    """What the database says of itself, and its law where one is known; opens no index."""
    with Context(request) as context:
        return describe(context.manifest, context.data_home)


def database_reload(request: Request) -> dict[str, Any]:
    """Checks the database at `path` (or the installed one) thoroughly, calibrates it where it
    brings no law, and uses it from now on. What was stored is matched anew when asked for."""
    with Context(request) as context:
        path = request.args.text("path", "")
        manifest = read_manifest(_folder(path)) if path else context.manifest
        pack = pack_of(manifest)

        from ..facedb.calibration import SAMPLE
        from ..facedb.reader import FaceDatabase
        from .recognition import law_of

        log.info(f"Checking the face database {manifest.folder}")
        law = law_of(FaceDatabase(manifest), pack, context.data_home, SAMPLE, _tell)
        if path:
            choose(context.data_home, manifest.folder)
        return _described(manifest, law, last_offer(context.data_home))


def _tell(share: float) -> None:
    log.progress(share)
    log.info(f"Calibrating: {share:.0%}")


def _folder(path: str) -> Path:
    """The folder that a person named; DatabaseError where there is none."""
    try:
        folder = Path(path).expanduser()
        if folder.is_dir():
            return folder
    except (OSError, RuntimeError, ValueError):  # too long, nobody's home, a null byte
        pass
    raise DatabaseError(
        f"There is no folder {shown(path)}: give the path of the folder that holds the face "
        "database's manifest.json.",
        "no_database",
    )


def describe(manifest: Manifest, data_home: Path) -> dict[str, Any]:
    """The manifest in the words of the contract, with its law where one is known."""
    # One was kept only where the manifest's turned out to be unusable.
    law = kept_law(data_home, manifest) or brought_law(manifest)
    return _described(manifest, law, last_offer(data_home))


def _described(manifest: Manifest, law: Law | None, offer: Offer | None) -> dict[str, Any]:
    newer = offer is not None and offer.newer_than(manifest)
    return {
        "version": manifest.version,
        "performer_count": manifest.performer_count,
        "face_count": manifest.face_count,
        "sources": manifest.sources,
        "models": manifest.models
        | {"pack": manifest.pack, "embedders": [index.embedder for index in manifest.indices]},
        "created_at": manifest.created_at,
        # As the task that asks the database's source has last heard; never asked here.
        "update_available": offer.version if offer and newer else None,
        "bars": _bars(law) if law else None,
        "calibrated": bool(law and law.fitted),
    }


def _bars(law: Law) -> dict[str, float]:
    """The distances up to which a name is suggested, and is sure enough for anything automatic."""
    return {
        "suggest_distance": round(1 - law.threshold(FPIR_SUGGEST), 4),
        "automatic_distance": round(1 - law.threshold(FPIR_AUTOMATIC), 4),
    }
