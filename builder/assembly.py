"""Settings to a builder that is ready to run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from builder.console import Console
from builder.looking.cluster import Cluster, require_ray
from builder.looking.ray_engine import ClusterWire, RayEngine
from builder.looking.worker import Task
from builder.net.cache import Cache
from builder.net.downloads import Downloads
from builder.net.pace import Paces
from builder.net.web import Web
from builder.net.wire import Target
from builder.pipeline import NO_LIMIT, PROGRESS, Builder, Limits
from builder.progress import Progress, Tell
from builder.settings import RAY, Settings
from builder.sources.kinds import KINDS, refuse_namesakes
from builder.values import is_remote
from stash_face.errors import WeightsError
from stash_face.faces.engine import Engine
from stash_face.faces.packs import Pack, load_pack
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

    web = web_of(settings, console)
    looking, pictures = None, web
    if settings.engine == RAY:
        looking, pictures = _over_a_cluster(settings, console, pack, folders, web.paces)
    progress = Progress(Tell(console.say, console.status), settings.work / PROGRESS)
    store = Cache(settings.cache)
    secrets = {
        source.place.rstrip("/") + "/": {"ApiKey": source.key.value}
        for source in settings.sources if source.kind == "stash" and source.key
    }  # fmt: skip
    sources = [KINDS[s.kind].make(s, web, settings.most_people) for s in settings.sources]
    refuse_namesakes(sources)
    return Builder(
        settings.output, settings.work, pack, engine, sources,
        Downloads(pictures, store, console.say, secrets).fetch, store, progress,
        Limits(settings.most_people or NO_LIMIT, settings.most_pictures, settings.most_references,
               settings.least_quality, settings.least_height),
        settings.workers or Builder.workers, settings.downloads,
        lambda question: allow_removals or console.ask(question), console.stopped,
        looking=looking, let_go=engine.cache_clear,
    )  # fmt: skip


def _over_a_cluster(
    settings: Settings, console: Console, pack: Pack, folders: Sequence[Path], paces: Paces
) -> tuple[RayEngine, Web]:
    """What looks at pictures there, and the way from there to those that lie on servers, at the
    pace of all together. SetupNeeded where Ray is not installed."""
    require_ray()
    own = _places(source.place for source in settings.sources if is_remote(source.place))
    inside = _places(settings.inside)
    task = Task(pack, tuple(folders), {}, settings.device, settings.batch, 0, inside - own)
    cluster = Cluster(settings.ray_address, settings.workers)
    engine = RayEngine(cluster, task, settings.downloads, console.say)
    wire = ClusterWire(inside | own, own, engine)
    return engine, Web(paces, stopped=console.stopped, wire=wire)


def _places(urls: Iterable[str]) -> frozenset[tuple[str, int]]:
    return frozenset(Target.of(url).place for url in urls)


def web_of(settings: Settings, console: Console) -> Web:
    """The way to the servers, at the paces that the settings name."""
    paces = Paces(settings.delay, settings.downloads)
    asked = [source for source in settings.sources if is_remote(source.place)]
    for source in asked:
        paces.set(source.place, source.delay, settings.downloads)
    inside = [source.place for source in asked] + list(settings.inside)
    return Web(paces, inside, stopped=console.stopped)
