"""Made the golden face databases beside this file; kept to tell what they hold.

They are frozen: a database of a published form must be read for ever, so a form is added in a
folder of its own and none is written again. Run by hand, it writes what is not there yet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import voyager
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
DIMENSION = 512

A, B, C, D = (f"{letter * 8}-1111-4222-8333-{letter * 12}" for letter in "abcd")
DEV_WEIGHTS = {
    "arcface_mbf": "c85a7190a1fc00fa67d352c998871c0820df69e4cb7bb7f3cd7edb829d42a111",
    "edgeface_xs": "09ef1602f28853e5182872037b56c404f38dec2e955d9fe81163027219779921",
}
# Person of each face; the vectors follow from person, face and embedder.
PEOPLE = (0, 0, 0, 1, 1, 2, 3, 3, 3, 3)


def vector(person: int, face: int, embedder: str) -> NDArray[np.float32]:
    """A unit vector; that of another face of the same person has a cosine near 0.8 with it."""
    step = np.arange(1, DIMENSION + 1)
    shift = len(embedder)
    own = np.sin((person + 1) * 0.7131 * step + shift) + 0.5 * np.sin((face + 9) * 0.1917 * step)
    unit: NDArray[np.float32] = (own / np.linalg.norm(own)).astype(np.float32)
    return unit


def write_index(path: Path, embedder: str, storage: voyager.StorageDataType, raw: float) -> None:
    index = voyager.Index(voyager.Space.Cosine, DIMENSION, random_seed=1, storage_data_type=storage)
    faces = [raw * vector(person, face, embedder) for face, person in enumerate(PEOPLE)]
    index.add_items(np.stack(faces), num_threads=1)
    index.save(str(path))


def write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def sums(folder: Path, prefix: str = "") -> dict[str, str]:
    return {
        path.name: prefix + hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


def record(name: str, faces: int, **more: Any) -> dict[str, Any]:
    return {"name": name, "country": None, "image_url": None, "face_count": faces} | more


def one_source() -> tuple[list[str | None], dict[str, Any]]:
    """Keyed by universal id; the third person's only face was removed."""
    keys = [f"stashdb.org:{A}", f"fansdb.cc:{B}", f"stashdb.org:{C}", f"theporndb.net:{D}"]
    performers = {
        keys[0]: record("Ada Example", 3, country="GB", image_url="https://example.org/a.jpg"),
        keys[1]: record("Zoë Muster", 2),
        keys[3]: record("Dora Sample", 4, country="US"),
    }
    return [None if person == 2 else keys[person] for person in PEOPLE], performers


def several_sources() -> tuple[list[str | None], dict[str, Any]]:
    """Keyed by number, with the ids of several stash-boxes; one person is in none of them."""
    ids: list[dict[str, str | None]] = [
        {"stashdb.org": A, "fansdb.cc": None, "theporndb.net": None},
        {"stashdb.org": None, "fansdb.cc": B, "theporndb.net": C},
        {"stashdb.org": None, "fansdb.cc": None, "theporndb.net": None},
        {"theporndb.net": D, "stashdb.org": C},
    ]
    names = ("Ada Example", "Zoë Muster", "Nobody Known", "Dora Sample")
    performers = {
        f"performer_{n + 1:05d}": record(name, PEOPLE.count(n), stash_ids=ids[n])
        for n, name in enumerate(names)
    }
    return [f"performer_{person + 1:05d}" for person in PEOPLE], performers


def format_1(folder: Path, storage: voyager.StorageDataType) -> None:
    owners, performers = several_sources()
    _, singles = one_source()
    owners = [f"stashdb.org:{A}" if owner == "performer_00001" else owner for owner in owners]
    del performers["performer_00001"]
    performers[f"stashdb.org:{A}"] = singles[f"stashdb.org:{A}"]
    for name in DEV_WEIGHTS:
        write_index(folder / f"face_{name}.voy", name, storage, 1)
    write_json(folder / "faces.json", owners)
    write_json(folder / "performers.json", performers)
    manifest = {
        "format_version": 1,
        "version": "2026.03.01",
        "created_at": "2026-03-01T12:00:00+00:00",
        "performer_count": 4,
        "face_count": 10,
        "sources": ["stashdb.org", "fansdb.cc", "theporndb.net"],
        "source_stats": {"stashdb.org": {"performers": 4}},
        "pack": "dev",
        "models": {"detector": "det_2.5g.onnx", "alignment": "arcface112"},
        "embedders": [
            {
                "name": name,
                "file": f"face_{name}.voy",
                "sha256": sha256,
                "dimension": DIMENSION,
                "storage": storage.name,
            }
            for name, sha256 in DEV_WEIGHTS.items()
        ],
        "min_plugin_version": "0.1.0",
        "calibration": {
            "law": "gumbel",
            **{"location": 0.16529, "scale": 0.029, "genuine_mean": 0.62, "genuine_sd": 0.13},
            **{"people": 4, "probes": 0, "fitted": False},
            "quantiles": {"0.01": 0.29869, "0.001": 0.36559},
            "weights": DEV_WEIGHTS,
        },
        "checksums": sums(folder),
    }
    write_json(folder / "manifest.json", manifest)


def stash_sense_2026_01(folder: Path) -> None:
    """As its builder wrote them in January 2026: one stash-box, a byte a number."""
    keys = [f"stashdb.org:{i}" for i in (A, B, C, D)]
    for name in ("facenet", "arcface"):
        write_index(folder / f"face_{name}.voy", name, voyager.StorageDataType.E4M3, 12.5)
    write_json(folder / "faces.json", [keys[person] for person in PEOPLE])
    names = ("Ada Example", "Zoë Muster", "Carla Third", "Dora Sample")
    performers = {
        key: record(name, PEOPLE.count(n))
        for n, (key, name) in enumerate(zip(keys, names, strict=True))
    }
    write_json(folder / "performers.json", performers)
    manifest = {
        "version": "2026.01.26",
        "created_at": "2026-01-26T20:11:09.123456+00:00",
        "performer_count": 4,
        "face_count": 10,
        "sources": ["stashdb.org"],
        "models": {"detector": "retinaface", "facenet_dim": DIMENSION, "arcface_dim": DIMENSION},
        "checksums": sums(folder, "sha256:"),
    }
    write_json(folder / "manifest.json", manifest)


def stash_sense_2026_02(folder: Path, *, several: bool) -> None:
    """As published since: float32, raw vectors, and files of which some are not here."""
    owners, performers = several_sources() if several else one_source()
    for name in ("facenet", "arcface"):
        write_index(folder / f"face_{name}.voy", name, voyager.StorageDataType.Float32, 12.5)
    write_json(folder / "faces.json", owners)
    write_json(folder / "performers.json", performers)
    absent = {name: "0" * 64 for name in ("performers.db", "face_adaface.voy")}
    manifest = {
        "version": "2026.02.18",
        "created_at": "2026-02-18T01:09:34Z",
        "performer_count": len(performers),
        "face_count": sum(owner is not None for owner in owners),
        "sources": ["fansdb", "javstash", "pmvstash", "stashdb", "theporndb"],
        "models": {
            "detector": "retinaface_buffalo_sc",
            "alignment": "insightface_norm_crop_5point",
            "facenet_dim": DIMENSION,
            "arcface_dim": DIMENSION,
            "adaface_dim": DIMENSION,
            "tattoo_dim": 1280,
            "flip_averaging": True,
        },
        "checksums": sums(folder) | absent,
    }
    write_json(folder / "manifest.json", manifest)


FORMS: dict[str, Callable[[Path], None]] = {
    "format1-e4m3": lambda folder: format_1(folder, voyager.StorageDataType.E4M3),
    "format1-float32": lambda folder: format_1(folder, voyager.StorageDataType.Float32),
    "stash-sense-2026.01": stash_sense_2026_01,
    "stash-sense-2026.02": lambda folder: stash_sense_2026_02(folder, several=False),
    "stash-sense-2026.02-several": lambda folder: stash_sense_2026_02(folder, several=True),
}


def main() -> None:
    for name, make in FORMS.items():
        folder = HERE / name
        if not folder.exists():
            folder.mkdir()
            make(folder)


if __name__ == "__main__":
    main()
