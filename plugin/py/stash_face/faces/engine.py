"""A picture to its faces: detector, alignment and every embedder of one pack."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .alignment import align
from .detector import Detector
from .packs import Pack
from .quality import quality
from .recognizer import BATCH, CPU_BATCH, Recognizer
from .session import CPU, Running, open_session
from .signals import sharpness
from .types import Detection, Face, Picture
from .weights import require


class Engine:
    """The loaded models of a pack. `providers` says where each of them runs, `notes` holds
    sentences where that is not the device asked for."""

    def __init__(
        self,
        pack: Pack,
        folders: Sequence[Path],
        device: str = "auto",
        batch: int | None = None,
        threads: int = 0,
    ) -> None:
        """`batch`: crops embedded at once, chosen by the device unless given; `threads` of each
        model, 0 for as many as it likes. Raises WeightsError naming what is missing or wrong."""
        self.pack = pack
        paths = require(pack, folders)
        names = [pack.detector.file.name] + [spec.file.name for spec in pack.embedders]
        # Loading is half reading, half optimising the graph: both go on outside Python's lock.
        with ThreadPoolExecutor(len(names)) as pool:
            opened = list(pool.map(lambda name: open_session(paths[name], device, threads), names))
        self.running: dict[str, Running] = dict(zip(names, opened, strict=True))
        self.notes = sorted({running.note for running in opened if running.note})
        self.detector = Detector(pack.detector, opened[0].session)
        self._recognizers = [
            Recognizer(
                spec, running.session, batch or (CPU_BATCH if running.provider == CPU else BATCH)
            )
            for spec, running in zip(pack.embedders, opened[1:], strict=True)
        ]

    @property
    def batch(self) -> int:
        """Crops that the slowest embedder takes at once: fewer cost as much each or more."""
        return max(recognizer.batch for recognizer in self._recognizers)

    def detect(self, picture: Picture) -> list[Detection]:
        """Faces of one upright RGB picture (H, W, 3) uint8, surest first."""
        return self.detector.detect(picture)

    def glance(self, picture: Picture) -> list[Detection]:
        """The same at less cost for a picture that is one of many of the same people."""
        return self.detector.glance(picture)

    def embed(self, found: Sequence[tuple[Picture, Detection]]) -> list[Face]:
        """Faces of detections, which may come from many pictures, in their order."""
        crops = [align(picture, detection.landmarks) for picture, detection in found]
        return self.embed_crops(crops, [detection for _, detection in found])

    def embed_crops(self, crops: Sequence[Picture], detections: Sequence[Detection]) -> list[Face]:
        """The same for crops already aligned, so that their pictures can be let go."""
        columns = [(r.spec.key, r.embed(crops)) for r in self._recognizers]
        faces = []
        for row, detection in enumerate(detections):
            embeddings = {key: vectors[row] for key, vectors in columns}
            worth = quality(detection, embeddings, self.pack.norm_embedder)
            faces.append(Face(detection, embeddings, worth, sharpness(crops[row])))
        return faces

    def faces(self, picture: Picture) -> list[Face]:
        """Detects and embeds all faces of one picture."""
        return self.embed([(picture, detection) for detection in self.detect(picture)])
