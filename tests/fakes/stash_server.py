"""A stand-in for Stash on a free local port: GraphQL, pictures, sessions, jobs and real plugin
processes, for tests, the demo and the benchmark. Standard library, graphql-core and PyYAML only.
"""

from __future__ import annotations

import json
import ssl
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.fakes.stash_http import Handler, Received
from tests.fakes.stash_jobs import Job, JobError, JobQueue
from tests.fakes.stash_library import Library
from tests.fakes.stash_manifest import Manifest, ManifestError, Task, load_manifests
from tests.fakes.stash_plugins import PluginError, PluginProcess
from tests.fakes.stash_scenes import Scene, add_scene
from tests.fakes.stash_schema import Schema
from tests.fakes.stash_session import Sessions

CERTIFICATE = Path(__file__).with_name("loopback.pem")
NIL_PLUGIN = (
    "Internal system error. "
    "Error <runtime error: invalid memory address or nil pointer dereference>"
)


class StashStandIn:
    """`with StashStandIn(tmp_path, plugins=folder) as stash:` serves on `stash.url`.

    `plugins` is the plugins folder (may be relative, as in Stash), `password` whether one is set,
    `api_key` the user's key, `python` Stash's python_path, `host` what plugins are told (the
    server itself always listens on 127.0.0.1), `tls` a self-signed https server.
    `faults["graphql"]`, `faults["media"]` and `faults["stream"]` (scenes' videos) hold a fault
    (see stash_http.FAULTS), or a list of them that is used up request by request. `requests` is
    what was asked, `log` the lines
    (level, text) of plugins and of Stash about them, `progress` each progress value.
    """

    def __init__(
        self,
        root: Path,
        *,
        plugins: Path | None = None,
        password: bool = False,
        api_key: str = "",
        python: str = sys.executable,
        host: str = "0.0.0.0",
        tls: bool = False,
        max_session_age: int = 3600,
    ) -> None:
        self.root = Path(root)
        self.plugins = plugins
        self.python = python
        self.host = host
        self.api_key = api_key
        self.external_host = ""
        self.cwd: str | None = None
        self.environment: dict[str, str] = {}
        self.max_session_age = max_session_age
        self.faults: dict[str, str | list[str | None] | None] = {
            "graphql": None,
            "media": None,
            "stream": None,
        }
        self.requests: list[Received] = []
        self.log: list[tuple[str, str]] = []
        self.progress: list[float] = []
        self.library = Library()
        # Where sprites lie, and where they lie according to Stash.
        self.generated = self.generated_path = self.root / "generated"
        self.jobs = JobQueue()
        self.sessions = Sessions(password, api_key, max_session_age)
        self.schema = Schema()
        # What a browser gets under other paths: (content, type), or None for the login page.
        self.site: Callable[[str], tuple[bytes, str] | None] = lambda path: None
        self.closing = threading.Event()
        self.held = threading.Semaphore(0)
        self._running: list[PluginProcess] = []
        self._scheme = "https" if tls else "http"
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Bound", (Handler,), {"stash": self})
        )
        self._server.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    def __enter__(self) -> StashStandIn:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self.held.release(1000)
        self.jobs.close()
        self.kill_running()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def add_image(
        self, path: Path, *, performers: Iterable[str] = (), title: str | None = None
    ) -> str:
        """The id of the image that holds this file; equal files share one image."""
        return self.library.add_image(path, performers, title)

    def add_zip_gallery(self, zip_path: Path) -> str:
        return self.library.add_zip_gallery(zip_path)

    def add_folder_gallery(self, folder: Path) -> str:
        return self.library.add_folder_gallery(folder)

    def add_gallery(self, image_ids: Sequence[str] = (), title: str | None = None) -> str:
        return self.library.add_gallery(image_ids, title)

    def add_performer(
        self, name: str, stash_ids: Iterable[tuple[str, str]] = (), image: bytes | None = None
    ) -> str:
        return self.library.add_performer(name, stash_ids, image)

    def add_scene(self, path: Path, **about: Any) -> str:
        """The id of the scene of this video: `performers`, `title`, `duration` (seconds), `size`
        (width, height)."""
        return add_scene(self.library, path, **about)

    def add_sprite(self, scene_id: str, sheet: bytes | None, vtt: bytes | None) -> None:
        """What the task Generate leaves; a None is not there."""
        scene: Scene = self.library.scenes[scene_id]
        for content, ending in ((sheet, "_sprite.jpg"), (vtt, "_thumbs.vtt")):
            if content is not None:
                path = self.generated / "vtt" / f"{scene.hash}{ending}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def delete_image(self, image_id: str) -> None:
        self.library.delete_image(image_id)

    def expire_sessions(self) -> None:
        """Every cookie minted until now is too old."""
        self.sessions.expire()

    def server_connection(
        self, plugin_dir: str = "", visited: list[str] | None = None
    ) -> dict[str, Any]:
        """What a plugin gets as `server_connection`, with a fresh cookie."""
        return {
            "Scheme": self._scheme,
            "Host": self.host,
            "Port": self.port,
            "SessionCookie": self.sessions.go_cookie(visited),
            "Dir": str(self.root.absolute()),
            "PluginDir": plugin_dir,
        }

    def operation(self, plugin_id: str, args: Any = None) -> Any:
        """The plugin's output; PluginError with the text that the GraphQL error would have."""
        return self.run_operation(plugin_id, args, threading.Event())

    def start_operation(self, plugin_id: str, args: Any = None) -> PluginProcess:
        """The running process of an operation, for tests that look at more than its output."""
        manifest = self._manifest(plugin_id)
        if manifest is None:
            raise PluginError(NIL_PLUGIN)
        return self.start(manifest, None, args, progress=None)

    def run_operation(self, plugin_id: str, args: Any, aborted: threading.Event) -> Any:
        process = self.start_operation(plugin_id, args)
        try:
            while not process.finished.wait(0.02):
                if aborted.is_set() or self.closing.is_set():
                    process.kill()
                    raise PluginError("operation cancelled")
        finally:
            self._running.remove(process)
        error, output = process.result
        if error is not None:
            raise PluginError(error)
        return output

    def queue_task(self, plugin_id: str, task: str | None, name: str | None, args: Any) -> str:
        def run(job: Job) -> None:
            manifest = self._manifest(plugin_id)
            if manifest is None:
                raise JobError(f"Error creating plugin task: no plugin with ID {plugin_id}")
            if task is not None and task not in manifest.tasks:
                missing = f"no task with name {task} in plugin {manifest.name}"
                raise JobError(f"Error creating plugin task: {missing}")
            try:
                process = self.start(manifest, manifest.tasks.get(task or ""), args, progress=job)
            except PluginError as error:
                raise JobError(f"Error running plugin task: {error}") from error
            self._follow(process, job)

        return self.jobs.add(f"Running plugin task: {name or task or plugin_id}", run)

    def run_task(self, plugin_id: str, task: str | None = None, args: Any = None) -> Job:
        """Queues the task and waits for its end."""
        return self.jobs.wait(self.queue_task(plugin_id, task, None, args))

    def kill_running(self) -> None:
        """SIGKILL to every running plugin process, as a request that ends or stopJob does."""
        for process in self.running:
            process.kill()

    @property
    def running(self) -> list[PluginProcess]:
        """The plugin processes that have not ended."""
        return [process for process in list(self._running) if not process.finished.is_set()]

    def _manifest(self, plugin_id: str) -> Manifest | None:
        found: Manifest | None = None
        for each in load_manifests(self.plugins) if self.plugins else ():
            if isinstance(each, ManifestError):
                self.log.append(("error", str(each)))
            elif each.id == plugin_id:
                found = each
        return found

    def start(
        self,
        manifest: Manifest,
        task: Task | None,
        args: Any,
        progress: Job | None = None,
        visited: list[str] | None = None,
    ) -> PluginProcess:
        """A process of the plugin for a task, a hook or (None) an operation."""

        def on_line(level: str, text: str) -> None:
            if level != "progress":
                self.log.append((level, text))
            elif progress is not None:
                progress.progress = min(max(float(text), 0.0), 1.0)
                self.progress.append(float(text))

        given = json.loads(json.dumps(args or {}))
        filled = {**(task.default_args if task else {}), **given}
        command, environment = manifest.command(task, self.python)
        process = PluginProcess(
            command,
            {
                "server_connection": self.server_connection(manifest.folder, visited),
                "args": filled,
            },
            environment={**self.environment, **environment},
            cwd=self.cwd,
            default_level=manifest.err_log,
            on_line=on_line,
        )
        self._running.append(process)
        return process

    def _follow(self, process: PluginProcess, job: Job) -> None:
        try:
            while not process.finished.wait(0.02):
                if job.stop.is_set() or self.closing.is_set():
                    process.kill()
                    return
        finally:
            self._running.remove(process)
        self.ended(process)

    def ended(self, process: PluginProcess) -> None:
        """What Stash does with the answer of a task or hook."""
        error, output = process.result
        if error is not None:
            self.log.append(("error", f"Plugin returned error: {error}"))
        elif output is not None:
            self.log.append(("debug", f"Plugin returned: {output}"))
