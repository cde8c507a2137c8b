"""Whether a converted network says the same of real faces as the one that it was made of.

Knows nothing of how it was converted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stash_face.errors import BadRequest, MediaError, WeightsError
from stash_face.faces.alignment import align
from stash_face.faces.detector import Detector
from stash_face.faces.main_face import main_face
from stash_face.faces.packs import load_pack, pack_names
from stash_face.faces.session import open_session
from stash_face.faces.types import Picture
from stash_face.faces.weights import find
from stash_face.media.image import decode

# The least cosine of any face, and how many faces it is asked of.
LEAST, FEWEST, MOST = 0.9999, 4, 32


def faces_of(photos: Path, folders: Sequence[Path]) -> list[Picture]:
    """Aligned crops (112, 112, 3) RGB of the main faces of pictures below `photos`, found by the
    first pack's detector whose weights are in `folders`. BadRequest where there are too few."""
    detector = _detector(folders)
    found: list[Picture] = []
    for picture in _pictures(photos):
        detections = detector.detect(picture)
        if detections:
            found.append(align(picture, main_face(picture, detections).landmarks))
        if len(found) == MOST:
            break
    if len(found) < FEWEST:
        raise BadRequest(
            f"{photos} shows {len(found)} faces, and {FEWEST} are needed to compare networks by: "
            "name a folder with photos of people."
        )
    return found


def least_cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Of the rows of two (N, dimension), pair by pair."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return float(np.min(np.sum(one * other, axis=1) / np.maximum(lengths, 1e-12)))


def require_alike(
    original: NDArray[np.float32], network: Path, inputs: NDArray[np.float32]
) -> float:
    """The least cosine between `original` and what `network` makes of `inputs`. WeightsError
    where it is below LEAST."""
    session = open_session(network, "cpu").session
    made = session.run(None, {session.get_inputs()[0].name: inputs})[0]
    if made.shape != original.shape or not np.isfinite(made).all():
        raise WeightsError(
            f"The converted network gives {made.shape} where the original gives {original.shape}: "
            "nothing was written; convert it with the packages that pyproject.toml names."
        )
    least = least_cosine(original, made)
    if least < LEAST:
        raise WeightsError(
            f"The converted network differs from the original (a cosine of {least:.6f} where "
            f"{LEAST} is the least): nothing was written; convert it with the packages that "
            "pyproject.toml names."
        )
    return least


def _detector(folders: Sequence[Path]) -> Detector:
    for name in pack_names():
        spec = load_pack(name).detector
        try:
            path = find(spec.file, folders)
        except WeightsError:
            continue
        return Detector(spec, open_session(path, "cpu").session)
    raise WeightsError(
        "There is no detector to find faces with: run python -m builder fetch-weights first."
    )


def _pictures(photos: Path) -> Iterator[Picture]:
    for path in sorted(photos.rglob("*")):
        if path.is_file():
            try:
                yield decode(path.read_bytes(), path.name)
            except (MediaError, OSError):
                continue
