"""A newer face database, from the index that the user has set or from one file: fetched, checked,
measured, and used only once it has answered; the one before stays."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from ..errors import BadRequest, DatabaseError, StashError
from ..facedb.catalogue import MAX_BYTES, Archive, Release, newest
from ..facedb.installed import choose, databases_folder, installed
from ..facedb.manifest import Manifest
from ..facedb.offer import keep_offer
from ..facedb.unpack import unpack
from ..operations.context import Context, pack_of
from ..operations.database import describe
from ..protocol import log
from ..protocol.request import Request
from ..settings import PLUGIN_ID
from ..stash.queries import RUN_TASK

# Shares of the progress: downloading, unpacking, measuring the bar.
_FETCHED, _UNPACKED = 0.6, 0.7
INCOMING = ".incoming"
TASK = "Match again"


def update_database(request: Request) -> dict[str, Any]:
    """Installs what `file` holds, or else the newest of the index at `url` (by default the
    setting databaseUrl). `changed` tells whether another database is in use now; `database` is
    as in database_info, `job` the task of Stash that matches what is stored with it."""
    with Context(request) as context:
        before = _in_use(context)
        file = request.args.text("file", "")
        url = request.args.text("url", "") or context.settings.database_url
        if file:
            archive = Path(file).expanduser()
            if not archive.is_file():
                raise BadRequest(f"There is no file {file}: give the path of a zip or tar.gz.")
            manifest = _install(context, archive, before)
        elif url:
            release = _look_up(context, url)
            manifest = _current(before, release) or _fetched(context, release, before)
        else:
            raise BadRequest(
                "No source of face databases is set: write the address of its index.json into "
                "the setting databaseUrl, or put a database into the folder "
                f"{databases_folder(context.data_home)}."
            )
        changed = _use(context, manifest, before)
        job = _match_again(context) if changed and before is not None else None
        database = describe(manifest, context.data_home)
        return {"changed": changed, "database": database, "job": job}


def _match_again(context: Context) -> str | None:
    """The task is queued behind what waits in Stash; where it cannot be, the user can start it."""
    wanted = {"plugin": PLUGIN_ID, "task": TASK}
    try:
        return str(context.client.mutate(RUN_TASK, wanted)["runPluginTask"])
    except StashError as error:
        log.warning(f"{error.sentence} Start the task {TASK} yourself.")
        return None


def _look_up(context: Context, url: str) -> Release:
    from ..faces.transfer import read_small

    release = newest(read_small(url, MAX_BYTES), url)
    keep_offer(context.data_home, release.version, release.created_at, time.time())
    log.info(
        f"The newest face database is {release.version}: {release.performer_count:,} people, "
        f"{release.face_count:,} faces, {release.archive.size / 1e6:,.0f} MB."
    )
    return release


def _in_use(context: Context) -> Manifest | None:
    try:
        return installed(context.data_home)
    except DatabaseError:
        return None


def _current(manifest: Manifest | None, release: Release) -> Manifest | None:
    """The database in use, where nothing newer is on offer."""
    if manifest is None:
        return None
    newer = (release.created_at, release.version) > (manifest.created_at, manifest.version)
    return None if newer else manifest


def _fetched(context: Context, release: Release, before: Manifest | None) -> Manifest:
    """The release out of what has changed since `before`, where that is on offer, else whole."""
    folder = databases_folder(context.data_home) / INCOMING
    delta = release.deltas.get(before.version) if before is not None else None
    manifest = None
    if before is not None and delta is not None and delta.size < release.archive.size:
        try:
            manifest = _install(context, _joined(delta, folder), before, before)
        except DatabaseError as error:
            log.warning(f"{error.sentence} The whole database is fetched.")
    if manifest is None:
        manifest = _install(context, _joined(release.archive, folder), before)
    if manifest.version != release.version:
        log.warning(f"The archive of {release.version} holds version {manifest.version}.")
    shutil.rmtree(folder, ignore_errors=True)
    return manifest


def _joined(archive: Archive, folder: Path) -> Path:
    """The archive's parts, downloaded where they are not yet here, as one file."""
    from ..faces.download import download

    done = 0
    parts = []
    for number, part in enumerate(archive.parts, 1):
        target = folder / f"{archive.name}.{number:03}"
        before = done

        def tell(here: int, _: int, before: int = before) -> None:
            log.progress(_FETCHED * (before + here) / archive.size)

        download(part.url, target, size=part.size, sha256=part.sha256, progress=tell)
        done += part.size
        parts.append(target)
    if len(parts) == 1:
        return parts[0]
    whole = folder / archive.name
    with whole.open("wb") as out:
        for path in parts:
            with path.open("rb") as content:
                shutil.copyfileobj(content, out, 1 << 20)
    return whole


def _install(
    context: Context, archive: Path, before: Manifest | None, base: Manifest | None = None
) -> Manifest:
    if before is not None:
        # It stays the one in use, whatever is unpacked beside it.
        choose(context.data_home, before.folder)
    log.info(f"Unpacking {archive.name}")
    share = _UNPACKED - _FETCHED
    return unpack(
        archive,
        context.data_home,
        lambda done, total: log.progress(_FETCHED + share * done / max(total, 1)),
        base,
    )


def _use(context: Context, manifest: Manifest, before: Manifest | None) -> bool:
    """Has the database measure its bar and answer, then makes it the one in use."""
    from ..facedb.calibration import SAMPLE
    from ..facedb.reader import FaceDatabase
    from ..operations.recognition import law_of

    if before is not None and before.identity == manifest.identity:
        log.info(f"The face database {manifest.version} is in use, and is the newest.")
        return False
    pack = pack_of(manifest)
    log.info("Measuring how close strangers come in it.")
    share = 1 - _UNPACKED
    law_of(
        FaceDatabase(manifest),
        pack,
        context.data_home,
        SAMPLE,
        lambda done: log.progress(_UNPACKED + share * done),
    )
    choose(context.data_home, manifest.folder)
    log.info(f"The face database {manifest.version} is in use now.")
    return True
