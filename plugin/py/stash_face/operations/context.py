"""What an operation works with, each part opened when it is first used."""

from __future__ import annotations

import importlib
import math
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING

from ..errors import BadRequest, DatabaseError
from ..facedb.installed import find_installed
from ..facedb.manifest import Manifest
from ..faces.packs import Pack, load_pack
from ..protocol import log
from ..protocol.request import Request
from ..settings import PLUGIN_ID, Settings, read_settings
from ..stash.connection import Connection, data_home, from_server_connection
from ..store.connection import FILE_NAME, DamagedError, Store
from ..store.installations import may_be_foreign
from .models_turn import ModelsTurn
from .options import Options

if TYPE_CHECKING:
    from concurrent.futures import Future

    from ..faces.engine import Engine
    from ..stash.client import StashClient
    from ..stash.reader import Asks


class Context:
    """The Stash that asked, the data home, the store and the installed face database."""

    # The models while they are loaded ahead of their first use.
    _loading: Future[Engine] | None = None

    def __init__(self, request: Request) -> None:
        self._request = request

    @cached_property
    def connection(self) -> Connection:
        return from_server_connection(self._request.server_connection)

    @cached_property
    def settings(self) -> Settings:
        """As the user has set them; what is off is told in the log."""
        given = self._request.settings
        if given is None:
            from ..stash.library import plugin_settings

            given = plugin_settings(self.reader, PLUGIN_ID)
        settings = read_settings(given)
        for problem in settings.problems:
            log.warning(problem)
        return settings

    @cached_property
    def options(self) -> Options:
        """The request's arguments over the settings; BadRequest."""
        return Options.read(self._request.args, self.settings)

    @cached_property
    def data_home(self) -> Path:
        return data_home(self.connection)

    @cached_property
    def client(self) -> StashClient:
        # Not above: a quick look at the health needs the standard library alone.
        from ..stash.client import StashClient

        return StashClient(self.connection, log=log)

    @property
    def reader(self) -> Asks:
        """Whom to ask a few questions: the client only where it is there already."""
        if "client" in self.__dict__:
            return self.client
        from ..stash.reader import Reader

        return Reader(self.connection, lambda: self.client)

    @property
    def has_store(self) -> bool:
        return (self.data_home / FILE_NAME).is_file()

    @cached_property
    def store(self) -> Store:
        """The plugin's store, which has to be this Stash's; StoreError."""
        store = self._opened_store()
        if may_be_foreign(store, self.connection.dir):
            from .installation import check_store

            try:
                check_store(store, self.client)
            except BaseException:
                store.__exit__(None, None, None)
                raise
        return store

    def _opened_store(self) -> Store:
        path = self.data_home / FILE_NAME
        try:
            return Store(path)
        except DamagedError:
            from ..store.rebuild import open_or_rebuild

            store, rebuilt = open_or_rebuild(path)
            if rebuilt:
                log.warning(rebuilt.sentence)
            return store

    @cached_property
    def manifest(self) -> Manifest:
        found = find_installed(self.data_home)
        for sentence in found.broken:
            log.warning(sentence)
        return found.manifest

    @cached_property
    def pack(self) -> Pack:
        return pack_of(self.manifest)

    @cached_property
    def engine(self) -> Engine:
        """The models, loaded when they are first needed; WeightsError, and ModelsBusyError where
        another process has them and keeps them."""
        loading, self._loading = self._loading, None
        if loading is not None:
            return loading.result()
        self.models.take()
        return _load_engine(self.pack, self.data_home, self.options.device)

    def begin_engine(self) -> None:
        """Loads the models beside what comes before the first picture, where they are free now."""
        if "engine" in self.__dict__ or self._loading or not self.models.take_if_free():
            return
        # Not above: whoever needs no models needs no pool.
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(1)
        self._loading = pool.submit(_load_engine, self.pack, self.data_home, self.options.device)
        pool.shutdown(wait=False)

    def begin_loading(self, module: str = "recognition") -> None:
        """Loads what naming needs while Stash is asked: both take as long."""
        Thread(target=_load, args=[module], daemon=True).start()

    @cached_property
    def models(self) -> ModelsTurn:
        return ModelsTurn(self)

    def work_long(self) -> None:
        """Waits for the models as long as it takes, and lets others have them in between."""
        self.models.until, self.models.gives_way = math.inf, True

    def let_engine_go(self) -> None:
        """Frees the models, before work that needs the memory and not them."""
        loading, self._loading = self._loading, None
        if loading is not None:
            loading.exception()  # waits for its end
        self.__dict__.pop("engine", None)
        self.models.give_back()

    def give_way(self) -> bool:
        """Lets another process have the models where one waits for them; the next use of
        `engine` waits for the turn after it."""
        if not self.models.is_waited_for():
            return False
        self.let_engine_go()
        return True

    def __enter__(self) -> Context:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for opened in ("store", "client"):
            if opened in self.__dict__:
                getattr(self, opened).__exit__(kind, error, trace)


def _load_engine(pack: Pack, data_home: Path, device: str) -> Engine:
    from ..faces.engine import Engine
    from ..faces.weights import weight_folders

    return Engine(pack, weight_folders(data_home), device)


def _load(module: str) -> None:
    # What is missing is told by whoever needs it.
    with suppress(ImportError):
        importlib.import_module(f".{module}", __package__)


def pack_of(manifest: Manifest) -> Pack:
    """The pack a database was made with; DatabaseError where it is unknown or another one."""
    try:
        pack = load_pack(manifest.pack)
    except BadRequest:
        raise DatabaseError(
            f"The face database {manifest.version} was made with the model pack "
            f"{manifest.pack!r}, which this plugin does not know: update the plugin."
        ) from None
    made_with = {i.embedder: (i.dimension, i.weights) for i in manifest.indices}
    needed = {spec.key: (spec.dimension, spec.file.sha256) for spec in pack.embedders}
    for key in [*needed, *made_with]:
        dimension, weights = needed.get(key, (0, ""))
        found = made_with.get(key)
        if found is None or found[0] != dimension or found[1] not in ("", weights):
            raise DatabaseError(
                f"The face database {manifest.version} was made with other models than the "
                f"pack {pack.name} has now ({key}): install a database for this version."
            )
    return pack
