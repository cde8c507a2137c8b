"""Settings to a builder that is ready to run."""

from __future__ import annotations

from functools import cache

from builder.console import Console
from builder.net.cache import Cache
from builder.net.downloads import Downloads
from builder.net.pace import Paces
from builder.net.web import Web
from builder.pipeline import NO_LIMIT, PROGRESS, Builder, Limits
from builder.progress import Progress, Tell
from builder.settings import Settings
from builder.sources.kinds import KINDS, refuse_namesakes
from builder.values import is_remote
from stash_face.errors import WeightsError
from stash_face.faces.engine import Engine
from stash_face.faces.packs import load_pack
from stash_face.faces.weights import require, weight_folders


def assemble(settings: Settings, console: Console, *, allow_removals: bool = False) -> Builder:
    """WeightsError where the pack's weights are not there; nothing is loaded or asked yet."""
    pack = load_pack(settings.pack)
    folders = weight_folders(None)
    try:
        require(pack, folders)
    except WeightsError as error:
        raise WeightsError(
            f"{error.sentence} Or say: python -m builder fetch-weights --pack {pack.name}"
        ) from None

    @cache
    def engine() -> Engine:
        loaded = Engine(pack, folders, settings.device, settings.batch)
        for note in loaded.notes:
            console.warn(note)
        return loaded

    progress = Progress(Tell(console.say, console.status), settings.work / PROGRESS)
    web = web_of(settings, console)
    store = Cache(settings.cache)
    secrets = {
        source.place.rstrip("/") + "/": {"ApiKey": source.key.value}
        for source in settings.sources if source.kind == "stash" and source.key
    }  # fmt: skip
    sources = [KINDS[s.kind].make(s, web, settings.most_people) for s in settings.sources]
    refuse_namesakes(sources)
    return Builder(
        settings.output, settings.work, pack, engine, sources,
        Downloads(web, store, console.say, secrets).fetch, store, progress,
        Limits(settings.most_people or NO_LIMIT, settings.most_pictures, settings.most_references,
               settings.least_quality, settings.least_height),
        settings.workers, settings.downloads,
        lambda question: allow_removals or console.ask(question), console.stopped,
    )  # fmt: skip


def web_of(settings: Settings, console: Console) -> Web:
    """The way to the servers, at the paces that the settings name."""
    paces = Paces(settings.delay, settings.downloads)
    asked = [source for source in settings.sources if is_remote(source.place)]
    for source in asked:
        paces.set(source.place, source.delay, settings.downloads)
    inside = [source.place for source in asked] + list(settings.inside)
    return Web(paces, inside, stopped=console.stopped)
