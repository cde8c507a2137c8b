"""The plugin in a Stash's plugins folder, asked as Stash asks it, each answer looked at closely."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from contextlib import closing
from itertools import chain
from typing import Any, NamedTuple

from tests.contracts.api import validate_output, validate_reply
from tests.fakes.stash_plugins import PluginProcess
from tests.fakes.stash_server import StashStandIn

PATIENCE = 120.0
LONGEST_SENTENCE = 700


class Answer(NamedTuple):
    """`output` is None where there is an `error`; `code` is the error's."""

    output: Any
    error: str | None
    code: str | None
    seconds: float


class Running(NamedTuple):
    process: PluginProcess
    started: float

    def answer(self) -> Answer:
        """Waits for the end, which has to be clean."""
        assert self.process.finished.wait(PATIENCE), "the plugin's process did not end"
        seconds = time.monotonic() - self.started
        assert self.process.exit_code == 0
        return read_answer(self.process.stdout, seconds)

    def kill(self) -> None:
        self.process.kill()
        assert self.process.finished.wait(PATIENCE)


class Plugin:
    """`data` is where the plugin keeps its data: in its own folder, as installed."""

    def __init__(self, stash: StashStandIn) -> None:
        assert stash.plugins is not None
        self.stash = stash
        self.folder = stash.plugins / "stash_face"
        self.data = self.folder / "data"

    def start(self, mode: str, **args: Any) -> Running:
        started = time.monotonic()
        process = self.stash.start_operation("stash_face", {"mode": mode, **args})
        return Running(process, started)

    def ask(self, mode: str, **args: Any) -> Answer:
        answer = self.start(mode, **args).answer()
        if answer.output is not None:
            validate_output(mode, answer.output)
        loud = [text for level, text in self.stash.log if level not in ("debug", "trace")]
        assert not [text for text in loud if "Traceback" in text or 'File "' in text]
        return answer

    def get(self, mode: str, **args: Any) -> Any:
        """The output of a call that succeeds."""
        answer = self.ask(mode, **args)
        assert answer.error is None
        return answer.output

    def refuse(self, mode: str, **args: Any) -> str:
        """The sentence of a call that fails."""
        answer = self.ask(mode, **args)
        assert answer.error is not None
        return answer.error

    def finish_gallery(self, gallery_id: str, **args: Any) -> Any:
        """The answer once it is `done`."""
        for _ in range(100):
            output = self.get("identify_gallery", gallery_id=gallery_id, **args)
            if output["done"]:
                return output
        raise AssertionError("the gallery is never done")

    def finish_scene(self, scene_id: str, **args: Any) -> Any:
        """The answer once it is `done`."""
        for _ in range(100):
            output = self.get("identify_scene", scene_id=scene_id, **args)
            if output["done"]:
                return output
        raise AssertionError("the scene is never done")

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.data / "stash_face.sqlite", timeout=10)) as store:
            return store.execute(sql, values).fetchall()

    def change(self, sql: str, *values: object) -> None:
        with closing(sqlite3.connect(self.data / "stash_face.sqlite", timeout=10)) as store, store:
            store.execute(sql, values)

    def has_tables(self) -> bool:
        """Whether there is a store that is whole."""
        if not (self.data / "stash_face.sqlite").exists():
            return False
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE name = 'scene_pictures'"))

    def has_stored(self) -> bool:
        """Whether an image with its faces is committed."""
        if not (self.data / "stash_face.sqlite").exists():
            return False
        try:
            return bool(self.rows("SELECT 1 FROM faces LIMIT 1"))
        except sqlite3.OperationalError:  # no table yet
            return False

    def downloads(self) -> list[str]:
        """The ids of the images whose files were asked of Stash, in turn."""
        found = (re.fullmatch(r"/image/(\w+)/image", asked.path) for asked in self.stash.requests)
        return [match[1] for match in found if match]

    def hide_files(self) -> None:
        """From now on this computer does not see the files of the images and scenes there are:
        they have another size on disk than in Stash, so that they are asked of Stash."""
        library = self.stash.library
        files = [image.visual_files for image in library.images.values()]
        for file in chain(*files, *(scene.files for scene in library.scenes.values())):
            file.size += 1
        self.stash.generated_path = self.stash.root / "elsewhere"

    def streamed(self) -> int:
        """How many parts of videos were asked of Stash."""
        return sum(asked.path.endswith("/stream") for asked in self.stash.requests)


def read_answer(stdout: str, seconds: float = 0.0) -> Answer:
    """Exactly one JSON object: an output, or one sentence with a code."""
    reply = json.loads(stdout)
    validate_reply(reply)
    if "error" not in reply:
        assert list(reply) == ["output"]
        return Answer(reply["output"], None, None, seconds)
    sentence, code = reply["error"], reply["output"]["code"]
    assert set(reply) == {"error", "output"}
    assert code != "internal", sentence
    assert is_a_sentence(sentence), sentence
    return Answer(None, sentence, code, seconds)


def is_a_sentence(text: str) -> bool:
    one_line = text.isprintable() and len(text) <= LONGEST_SENTENCE
    return one_line and text.endswith(".") and "Errno" not in text
