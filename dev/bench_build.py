"""The builder beside a bare loop over the same pictures, beside itself, and a server's pace."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from builder.net.cache import Cache
from builder.net.downloads import Downloads
from builder.net.pace import Paces
from builder.net.web import Web
from builder.net.wire import Answer, Question, Wire
from builder.values import PictureRef
from dev.bench_process import CannotMeasureError, Figure, Run, run, run_python, setting
from stash_face.errors import WeightsError
from stash_face.faces.packs import load_pack
from stash_face.faces.weights import require, weight_folders
from tests.fakes.stash_box_server import stash_box
from tests.photos import FOLDER, Photos

PACK = "dev"
_MB = 1e6
# Pictures a second that the server allows, the seconds that it takes for each, and how many are
# fetched at once.
RATE, LATENCY, PARALLEL = 25.0, 0.05, 4
_SECONDS = 8


def build() -> Iterator[Figure]:
    """Product: `builder build` from a folder of BENCH_PICTURES photos, a whole process. Floor: one
    process that decodes, finds and embeds the same faces and keeps nothing; the product also looks
    at up to 300 poor copies, however many pictures there are. Then the product again
    with a hundredth of the pictures changed, beside the product from nothing; and its memory beside
    that of a build a tenth as large."""
    with tempfile.TemporaryDirectory(prefix="stash_face_bench_") as work:
        yield from _builds(Path(work), setting("BENCH_PICTURES", 4000))


def _builds(work: Path, count: int) -> Iterator[Figure]:
    photos = _photos(work / "photos", count)
    people(photos, work / "people")
    flat = work / "flat"
    flat.mkdir()
    for number, photo in enumerate(photos):
        shutil.copy(photo, flat / f"{number}.jpg")
    # As many people as can be: with fifty the law is measured, which takes memory of its own.
    few = photos[:: 10 if count > 100 else 2]
    people(few, work / "few")
    detector, *embedders = _weights()
    small = build_of(work / "few", work / "small")
    bare = [sys.executable, "dev/bench_floor.py", "gallery", str(flat), detector]
    floor = run([*bare, ",".join(embedders)])
    whole = build_of(work / "people", work / "db")
    yield Figure(
        f"build of {len(photos)}: throughput by the bare loop's", floor.seconds / whole.seconds,
        "", 0.9, f"{len(photos) / whole.seconds:.1f} pictures/s beside "
        f"{len(photos) / floor.seconds:.1f}", True,
    )  # fmt: skip
    more = (whole.peak - small.peak) / _MB
    yield Figure(f"build: memory of {len(photos)} over {len(few)}", more, "MB", 60)
    _change(sorted((work / "people").rglob("*.jpg"))[::100])
    again = build_of(work / "people", work / "db")
    yield Figure(
        "build with 1 % changed: times faster than whole", whole.seconds / again.seconds, "", 20,
        f"{again.seconds:.1f} s beside {whole.seconds:.1f} s", True,
    )  # fmt: skip


def download() -> Iterator[Figure]:
    """Product: the download stage. Floor: the pace that a local server with 50 ms latency allows,
    which must never be passed within any second."""
    with stash_box() as server, tempfile.TemporaryDirectory() as work:
        server.latency = LATENCY
        contents = [b"\xff\xd8\xff" + n.to_bytes(4, "big") for n in range(int(RATE * _SECONDS))]
        row = server.add("bench", contents)
        wire = _Timed(frozenset({("127.0.0.1", server.server_port)}))
        web = Web(Paces(1 / RATE, PARALLEL), wire=wire)
        fetch = Downloads(web, Cache(Path(work)), lambda line: None).fetch
        refs = [PictureRef(f"{server.url}/images/{each}", each) for each in row.images]
        _at_once(refs, lambda ref: fetch(ref, None, 1))
        arrived = [at for at, _, _ in server.asked]
    achieved = (len(arrived) - 1) / (arrived[-1] - arrived[0])
    detail = f"{achieved:.2f} pictures/s of {RATE:g}"
    yield Figure("download: share of the allowed rate", achieved / RATE, "", 0.95, detail, True)
    second = max(sum(a <= b < a + 1 for b in wire.left) for a in wire.left)
    yield Figure("download: requests in its fastest second", float(second), "", RATE)


class _Timed(Wire):
    """Notes when each request leaves."""

    def __init__(self, inside: frozenset[tuple[str, int]]) -> None:
        super().__init__(inside)
        self.left: list[float] = []

    def ask(self, question: Question, left: Callable[[], None] = lambda: None) -> Answer:
        self.left.append(time.monotonic())
        return super().ask(question, left)


def _photos(folder: Path, count: int) -> list[Path]:
    """So many of the shared photos; once those are used up, mirrored and in another light."""
    shared = shared_photos(count)
    rng = np.random.default_rng(0)
    found = list(shared)
    while len(found) < count:
        original = shared[len(found) % len(shared)]
        copy = folder / original.parent.name / f"{len(found)}.jpg"
        copy.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(original) as photo:
            pixels = np.asarray(photo.convert("RGB"), np.float32)[:, :: rng.choice((1, -1))]
        light = pixels * rng.uniform(0.7, 1.3, 3)
        Image.fromarray(light.clip(0, 255).astype(np.uint8)).save(copy, quality=90)
        found.append(copy)
    return found


def shared_photos(count: int) -> list[Path]:
    """At most so many; CannotMeasureError where there are none."""
    if not FOLDER.is_dir():
        raise CannotMeasureError(f"There are no photos in {FOLDER}: put the shared faces there.")
    found = [path for paths in Photos(FOLDER).known.values() for path in paths]
    return found[:count]


def people(photos: Sequence[Path], folder: Path) -> None:
    for photo in photos:
        (folder / photo.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(photo, folder / photo.parent.name)


def _change(photos: Sequence[Path]) -> None:
    """A byte behind the end, which no decoder reads: another file of the same face."""
    for photo in photos:
        with photo.open("ab") as stream:
            stream.write(b"!")


def build_of(people: Path, output: Path, *words: str) -> Run:
    """A whole process."""
    return run_python(
        *("-m", "builder", "build", "--pack", PACK, "--device", "cpu"),
        *("--source", f"folder:{people}", "--output", str(output), *words),
    )


def _weights() -> list[str]:
    pack = load_pack(PACK)
    try:
        paths = require(pack, weight_folders(None))
    except WeightsError as error:
        raise CannotMeasureError(error.sentence) from None
    return [str(paths[file.name]) for file in pack.files]


def _at_once(refs: Sequence[PictureRef], work: Callable[[PictureRef], object]) -> None:
    left = iter(refs)
    lock = threading.Lock()

    def run_one() -> None:
        while True:
            with lock:
                ref = next(left, None)
            if ref is None:
                return
            work(ref)

    threads = [threading.Thread(target=run_one) for _ in range(PARALLEL)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
