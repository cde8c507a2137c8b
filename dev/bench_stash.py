"""The real plugin process against the stand-in for Stash, with a small face database of photos
and galleries of them. Every answer comes with its time, from process start to process end.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dev.bench_process import ROOT, CannotMeasureError, Run, run, run_python, setting
from stash_face.faces.packs import load_pack
from stash_face.faces.weights import MODELS_VARIABLE, missing, weight_folders
from tests.fakes.stash_server import StashStandIn
from tests.photos import FOLDER, Photos

PLUGIN = ROOT / "plugin"
PACK = "dev"
# Photos of each enrolled person that the database knows; the others are asked about.
ENROLLED = 3
# Longer than any gallery here takes: one call does it all.
BUDGET = 3600.0
# Writes down what was imported by the time the process ends, which it does without atexit.
_NOTE_MODULES = """
import os, sys

_exit = os._exit

def _noted_exit(code):
    with open(os.environ["BENCH_MODULES"], "w") as notes:
        notes.write("\\n".join(sys.modules))
    _exit(code)

os._exit = _noted_exit
"""


class Plugin:
    """`data` is where the plugin keeps what it saw; its database has the key "bench"."""

    def __init__(self, stash: StashStandIn, work: Path, models: Path) -> None:
        self.stash = stash
        self.work = work
        self.models = models
        self.data = work / "data"
        self.photos = Photos(FOLDER)
        self._versions = 0
        self._copies = 0

    def ask(self, mode: str, environment: dict[str, str] | None = None, **args: Any) -> Run:
        """One call as Stash makes it; CannotMeasureError with the plugin's sentence if it fails."""
        document = {
            "server_connection": self.stash.server_connection(str(PLUGIN)),
            "args": {"mode": mode, "device": "cpu", **args},
        }
        own = {"STASH_FACE_DATA": str(self.data), MODELS_VARIABLE: str(self.models)}
        command = [sys.executable, str(PLUGIN / "py" / "main.py")]
        done = run(command, json.dumps(document).encode(), own | (environment or {}))
        answer = done.json()
        if "error" in answer:
            raise CannotMeasureError(f"The plugin's {mode} failed: {answer['error']}")
        return done

    def modules(self, mode: str, **args: Any) -> set[str]:
        """What the same call has imported when it ends."""
        hook, notes = self.work / "hook", self.work / "modules.txt"
        hook.mkdir(exist_ok=True)
        (hook / "sitecustomize.py").write_text(_NOTE_MODULES)
        self.ask(mode, {"PYTHONPATH": str(hook), "BENCH_MODULES": str(notes)}, **args)
        return set(notes.read_text().split())

    def weights(self) -> tuple[str, str]:
        """The detector's path, and the embedders' with commas between."""
        detector, *embedders = (str(self.models / file.name) for file in load_pack(PACK).files)
        return detector, ",".join(embedders)

    def indices(self) -> str:
        folder = self._database()
        return ",".join(str(path) for path in sorted(folder.glob("*.voy")))

    def new_image(self, photo: Path) -> str:
        """The id of an image that nobody has seen: the photo and a byte behind its end."""
        self._copies += 1
        path = self.work / "images" / f"{self._copies}.jpg"
        copy_photos([photo], path.parent, first=self._copies)
        return self.stash.add_image(path)

    def renew_database(self) -> None:
        """The same people and faces as another version of the database."""
        self._versions += 1
        facedb = self.data / "facedb"
        folder = self._database().rename(facedb / f"version{self._versions}")
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["version"] = folder.name
        (folder / "manifest.json").write_text(json.dumps(manifest))

    def _database(self) -> Path:
        return next((self.data / "facedb").glob("*/manifest.json")).parent

    def forget(self) -> None:
        """Nothing was ever scanned."""
        for path in self.data.glob("stash_face.sqlite*"):
            path.unlink()


@contextmanager
def plugin(work: Path) -> Iterator[Plugin]:
    """The plugin with weights and an enrolled quarter as many people as a gallery has photos."""
    models = _models()
    if not FOLDER.is_dir():
        raise CannotMeasureError(f"There are no photos in {FOLDER}: put the shared faces there.")
    with StashStandIn(work) as stash:
        measured = Plugin(stash, work, models)
        _enrol(measured, enrolled(measured.photos))
        yield measured


def gallery_size() -> int:
    return max(setting("BENCH_PHOTOS", 200), 4)


def enrolled(photos: Photos) -> list[str]:
    return sorted(photos.known)[: max(gallery_size() // 4, 1)]


def gallery_photos(photos: Photos) -> list[Path]:
    """Half of them show enrolled people, half strangers."""
    size = gallery_size()
    known = [path for name in enrolled(photos) for path in photos.known[name][ENROLLED:]]
    others = [path for name in sorted(photos.known) for path in photos.known[name][:1]]
    strangers = [*photos.strangers, *(path for path in others if path not in known)]
    chosen = known[: size // 2] + strangers[: size - size // 2]
    if len(chosen) < size:
        raise CannotMeasureError(f"{FOLDER} has too few photos: set BENCH_PHOTOS to less.")
    return chosen


def copy_photos(photos: Sequence[Path], folder: Path, first: int = 1) -> None:
    """Numbered copies. Behind the end of each stands its number, which no decoder reads: to
    Stash every copy is another image."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, photo in enumerate(photos, first):
        copy = folder / f"{number}.jpg"
        copy.write_bytes(photo.read_bytes() + number.to_bytes(4, "big"))


def _models() -> Path:
    pack = load_pack(PACK)
    for folder in weight_folders(None):
        if not missing(pack, [folder]):
            return folder.absolute()
    raise CannotMeasureError(
        f"The weights of the pack {PACK} are missing: set {MODELS_VARIABLE} to their folder."
    )


def _enrol(measured: Plugin, names: Sequence[str]) -> None:
    people = measured.work / "people"
    for name in names:
        (people / name).mkdir(parents=True)
        for path in measured.photos.known[name][:ENROLLED]:
            shutil.copy(path, people / name)
    output = measured.data / "facedb" / "version0"
    output.parent.mkdir(parents=True)
    run_python(
        *("-m", "builder", "build", "--pack", PACK, "--device", "cpu"),
        *("--source", f"folder:{people}", "--output", str(output)),
    )
