"""The model packs of packs.json as values: which files, how to feed them, which numbers go with
them. Standard library only; knows nothing of folders, downloads or networks.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from ..errors import BadRequest

DEFAULT_PACK = "facenet512+arcface"

Layout = Literal["NCHW", "NHWC"]
Channels = Literal["RGB", "BGR"]
# mean: of the normalised vectors of crop and mirror; sum: of the raw ones; none: crop alone.
Mirror = Literal["mean", "sum", "none"]


class Archive(NamedTuple):
    """A zip that holds weight files; size in bytes."""

    name: str
    url: str
    size: int
    sha256: str


class WeightFile(NamedTuple):
    """One ONNX file, pinned by size (bytes) and sha256.

    It comes from `url`, or as member `name` of `archive`; with neither, `page` is where a person
    finds it, and without that it belongs to the development data."""

    name: str
    size: int
    sha256: str
    licence: str
    url: str | None
    archive: Archive | None
    page: str | None


class DetectorSpec(NamedTuple):
    """`input_size`: side of the square input in pixels. Scores under `floor` are no faces; from
    `sure_face` on a picture need not be turned or padded to look again."""

    file: WeightFile
    input_size: int
    floor: float
    sure_face: float


class Embedder(NamedTuple):
    """One recogniser and the input it was trained on: (value - mean) / std of 0..255.

    `key` names its index, `face_<key>.voy`. `template` is how the crop is aligned: arcface112 is
    always 112 pixels a side, resized where `input_size` is another. `norm_is_quality`: a longer
    vector before normalisation means a better face (true of ArcFace, false of FaceNet);
    `norm_correlation`: of that length with the similarity to the own person, as measured on
    clear and spoilt photos, None where it was not."""

    key: str
    file: WeightFile
    input_size: int
    layout: Layout
    channels: Channels
    mean: float
    std: float
    template: Literal["arcface112"]
    mirror: Mirror
    dimension: int
    norm_is_quality: bool
    norm_correlation: float | None = None


class ImpostorLaw(NamedTuple):
    """Gumbel law of the best fused similarity of a stranger to anybody in a database of N
    people: location + slope * ln N, and scale. For databases too small to fit their own;
    `measured` is false where it is another pack's law with a margin."""

    location: float
    scale: float
    slope: float
    measured: bool

    def threshold(self, people: int, fpir: float) -> float:
        """The similarity that a stranger reaches with probability `fpir` (0..1, exclusive)."""
        location = self.location + self.slope * math.log(max(people, 1))
        return location - self.scale * math.log(-math.log1p(-fpir))


class GenuineLaw(NamedTuple):
    """Normal law of the fused similarity of a face to its own person."""

    mean: float
    sd: float
    measured: bool


class Pack(NamedTuple):
    """A detector, one or more embedders in the order of fusion, and their numbers.

    `poor`: how the laws fall for poor faces (facedb.law.PoorFaces), zeros where not measured.
    `join`: fused cosine at which two faces are one cluster; `max_distance`: this pack's equal of
    the 0.6 that FaceNet512 with ArcFace is known by."""

    name: str
    title: str
    detector: DetectorSpec
    embedders: tuple[Embedder, ...]
    prior: ImpostorLaw
    genuine: GenuineLaw
    join: float
    max_distance: float
    thresholds_measured: bool
    poor: dict[str, float]

    @property
    def files(self) -> tuple[WeightFile, ...]:
        """All weight files, the detector's first."""
        return (self.detector.file, *(embedder.file for embedder in self.embedders))

    @property
    def norm_embedder(self) -> str | None:
        """The embedder whose vector's length tells the quality of a face."""
        return next((each.key for each in self.embedders if each.norm_is_quality), None)

    def embedder(self, key: str) -> Embedder:
        """The embedder of that key; BadRequest where the pack has none."""
        for embedder in self.embedders:
            if embedder.key == key:
                return embedder
        known = ", ".join(embedder.key for embedder in self.embedders)
        raise BadRequest(f"The model pack {self.name} has no embedder {key!r}; it has {known}.")


def pack_names() -> list[str]:
    """The names of all packs, the default one first."""
    return list(_registry()["packs"])


@cache
def load_pack(name: str) -> Pack:
    """The pack of that name; BadRequest lists the known ones."""
    registry = _registry()
    if name not in registry["packs"]:
        known = ", ".join(registry["packs"])
        raise BadRequest(f"There is no model pack {name!r}; choose one of {known}.")
    entry = registry["packs"][name]
    detector = entry["detector"]
    return Pack(
        name=name,
        title=entry["title"],
        detector=DetectorSpec(**{**detector, "file": _file(registry, detector["file"])}),
        embedders=tuple(
            Embedder(**{**embedder, "file": _file(registry, embedder["file"])})
            for embedder in entry["embedders"]
        ),
        prior=ImpostorLaw(**entry["prior"]),
        genuine=GenuineLaw(**entry["genuine"]),
        join=entry["join"],
        max_distance=entry["max_distance"],
        thresholds_measured=entry["thresholds_measured"],
        poor=entry["poor"],
    )


def _file(registry: dict[str, Any], ident: str) -> WeightFile:
    entry = registry["files"][ident]
    archive = entry["archive"]
    pinned = Archive(name=archive, **registry["archives"][archive]) if archive else None
    return WeightFile(**{**entry, "archive": pinned})


@cache
def _registry() -> dict[str, Any]:
    text = Path(__file__).with_name("packs.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))
