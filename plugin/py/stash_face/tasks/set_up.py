"""Set up, once the Python packages are there (environment/ brings those): the face database, its
law, the weights it needs, and a look at everything. Each part is left alone where it is done.
"""

from __future__ import annotations

from typing import Any

from ..facedb.installed import installed_if_any
from ..facedb.kept_law import brought_law, kept_law
from ..faces.packs import Pack, load_pack
from ..faces.weights import missing, weight_folders
from ..operations.context import Context, pack_of
from ..protocol import log
from ..protocol.request import Request
from .database_source import install_chosen
from .doctor import examine
from .move_data import move_data

# Shares of the progress: the packages, the database, its law, the weights.
_PACKAGES, _DATABASE, _LAW, _WEIGHTS = 0.5, 0.7, 0.8, 0.97


def set_up(request: Request) -> dict[str, Any]:
    """`database`: an archive, by path or address, or the address of an index.json; by default
    what lies as an archive in the data folder's facedb/, or the setting databaseUrl. `pack`: the
    weights to bring where there is no database. The output is the doctor's, with `changed`."""
    moved = move_data(request)
    with Context(request) as context:
        done = [
            install_chosen(request, context, _part(_PACKAGES, _DATABASE)),
            _measure(request, context, _part(_DATABASE, _LAW)),
            _bring_weights(request, context, _part(_LAW, _WEIGHTS)),
            _open_store(context),
        ]
    report = examine(request, run_models=any(done))
    log.progress(1.0)
    return {**report, "changed": moved or any(done)}


def _open_store(context: Context) -> bool:
    """Makes the store where new items can be looked at: hooks take it for the sign of that."""
    if context.has_store or installed_if_any(context.data_home) is None:
        return False
    context.store  # noqa: B018  (made when it is opened)
    return True


def _measure(request: Request, context: Context, tell: Any) -> bool:
    """Computes the law of the database in use where it has none."""
    manifest = installed_if_any(context.data_home)
    if manifest is None or kept_law(context.data_home, manifest) or brought_law(manifest):
        return False
    from ..facedb.calibration import SAMPLE
    from ..facedb.reader import FaceDatabase
    from ..operations.recognition import law_of

    log.info("Measuring how close strangers come in the face database.")
    law_of(FaceDatabase(manifest), pack_of(manifest), context.data_home, SAMPLE, tell)
    return True


def _bring_weights(request: Request, context: Context, tell: Any) -> bool:
    pack = _pack(request, context)
    if pack is None:
        return False
    home, *elsewhere = _folders(context)
    if not missing(pack, [home, *elsewhere]):
        return False
    from ..faces.download import fetch_pack

    fetch_pack(
        pack,
        home,
        lambda done, total: tell(done / total if total else 0.0),
        announce=log.info,
        elsewhere=elsewhere,
    )
    return True


def _folders(context: Context) -> list[Any]:
    """The plugin's own folder, which is written to, and the others that hold weights."""
    home = context.data_home / "models"
    return [home, *(each for each in weight_folders(context.data_home) if each != home)]


def _pack(request: Request, context: Context) -> Pack | None:
    manifest = installed_if_any(context.data_home)
    if manifest is not None:
        return pack_of(manifest)
    chosen = request.args.text("pack", "")
    # Which weights are needed is known with the database; the default ones are half a gigabyte.
    return load_pack(chosen) if chosen else None


def _part(begin: float, end: float) -> Any:
    return lambda share: log.progress(begin + (end - begin) * share)
