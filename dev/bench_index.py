"""A large face database: opening it, its memory, searching it beside a plain numpy scan, naming
stored faces anew, and measuring its law."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from dev.bench_process import ROOT, CannotMeasureError, Figure, Run, run_python, setting

PROBES = 1000
# Faces that are named, half of them of strangers.
DECISIONS = 5000
# Stored faces that are named anew, and people of the user's own beside the database's.
STORED, OWN = 5000, 5000
_PROCESS = ("-m", "dev.bench_index_process")
_FACEDB = ROOT / "plugin" / "py" / "stash_face" / "facedb"
# As the plugin's main.py sets it.
_AS_PLUGIN = {"OPENBLAS_NUM_THREADS": "1"}


def index(rounds: int) -> list[Figure]:
    """The database holds BENCH_FACES made-up faces (dev.bench_faces) in two embedders' spaces;
    it is made once and kept in build/ until the code of face databases is another.

    Opening: the product's FaceDatabase.open in a fresh process, verified before, fastest of
    some; floor: none, the limit holds for the whole. Memory: what the process grew by, by the
    bytes of all the database's files.
    Searching: product: 1,000 probes, half of them of strangers, in one call of
    FaceDatabase.search for ten people each; floor: for the same probes the float32 product
    with all references of both embedders, the best reference per person, their mean and its
    highest ten. Processes in turn, each repeats its work; fastest by fastest.
    Re-match: 5,000 stored images of a face each, named anew as the task does (dev.bench_rematch),
    with and without 5,000 local references; floor: none, the limit holds for the whole.
    Calibration: what an installation measures where the database brings no law; floor: none.
    Recall: how many of the ten people it found who are closest by the product's own similarity in
    float32 of the vectors as stored, everybody compared with. Decisions: how many faces get another
    answer or name than with the vectors, and the law, of before they were stored."""
    faces = setting("BENCH_FACES", 100_000)
    folder = _database(faces)
    few = min(rounds, 3)
    return [
        *_opening(folder, faces, rounds),
        *_searching(folder, faces, few),
        *_exact(folder, faces),
        *_rematching(folder, faces, few),
        _calibrating(folder, faces),
    ]


def _database(faces: int) -> Path:
    from dev.bench_faces import SEED

    code = b"".join(path.read_bytes() for path in sorted(_FACEDB.glob("*.py")))
    made_by = hashlib.sha256(code).hexdigest()[:8]
    folder = ROOT / "build" / f"bench-facedb-{faces}-{SEED}-{made_by}"
    if not (folder / "manifest.json").is_file():
        print(f"Making a database of {faces} made-up faces, once ({folder}).", flush=True)
        run_python("-m", "dev.bench_faces", str(folder), str(faces))
    return folder


def _opening(folder: Path, faces: int, rounds: int) -> list[Figure]:
    if sys.platform == "win32":
        raise CannotMeasureError("Windows does not tell how much memory a process has: leave out "
                                 "the figure index.")  # fmt: skip
    runs = [_measured("open", folder) for _ in range(rounds + 1)][1:]
    seconds = min(run.json()["seconds"] for run in runs)
    one = runs[0].json()
    grown = min(run.json()["bytes"] for run in runs)
    detail = f"{grown / 1e6:.0f} MB for {one['files'] / 1e6:.0f} MB of files"
    name = f"{faces} faces in two indices"
    return [
        Figure(f"{name}: open", seconds, "s", 0.2, f"{one['people']} people"),
        Figure(f"{name}: memory by the files' size", grown / one["files"], "", 1.2, detail),
    ]


def _searching(folder: Path, faces: int, rounds: int) -> list[Figure]:
    count = min(PROBES, faces)
    scans, searches = [], []
    for _ in range(rounds):
        scans.append(_measured("scan", folder, faces, count).json())
        searches.append(_measured("search", folder, faces, count).json())
    scan, search = (min(each["seconds"] for each in some) for some in (scans, searches))
    detail = f"{search:.2f} s ({count / search:.0f} probes/s) beside {scan:.2f} s"
    name = f"{faces} faces in two indices"
    return [
        Figure(f"{name}: {count} probes by a numpy scan's time", search / scan, "", 0.3, detail),
    ]


def _exact(folder: Path, faces: int) -> list[Figure]:
    count = min(DECISIONS, faces)
    found = run_python("-m", "dev.bench_exact", str(folder), str(faces), str(count)).json()
    name = f"{faces} faces in two indices"
    share = 100 * found["different"] / count
    told = f"{found['before']:.3f} of the vectors before they were rounded to E4M3"
    detail = f"{found['different']} of {count}; {found['matches']} get a name"
    return [
        Figure(f"{name}: recall@10 of exact float32", found["recall"], "", 0.99, told, True),
        Figure(f"{name}: other decisions than in float32", share, "%", 0.1, detail),
    ]


def _rematching(folder: Path, faces: int, rounds: int) -> list[Figure]:
    count, own = min(STORED, faces), min(OWN, faces)
    words = ("-m", "dev.bench_rematch", str(folder), str(faces), str(count))
    alone, beside = [], []
    for _ in range(rounds):
        alone.append(run_python(*words, "0", environment=_AS_PLUGIN).json()["seconds"])
        beside.append(run_python(*words, str(own), environment=_AS_PLUGIN).json()["seconds"])
    name = f"{faces} faces in two indices: {count} stored faces named anew"
    detail = f"{min(alone):.2f} s; {min(beside):.2f} s beside {own} own people"
    return [
        Figure(name, count / min(alone), "faces/s", 1000, detail, True),
        Figure(f"{name}, {own} own people", min(beside) / min(alone), "times", 1.4, detail),
    ]


def _calibrating(folder: Path, faces: int) -> Figure:
    seconds = _measured("calibrate", folder).json()["seconds"]
    return Figure(f"{faces} faces in two indices: calibration", seconds, "s", 120)


def _measured(what: str, folder: Path, *numbers: int) -> Run:
    environment = None if what == "scan" else _AS_PLUGIN
    words = (*_PROCESS, what, str(folder), *map(str, numbers))
    return run_python(*words, environment=environment)
