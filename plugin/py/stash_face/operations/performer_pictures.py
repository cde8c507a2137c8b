"""A performer's picture in Stash to the face it is of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from ..errors import MediaError, NotFound, StashError
from ..faces.engine import Engine
from ..faces.main_face import main_face
from ..faces.types import Detection
from ..identify.decision import POOR
from ..media.image import decode
from ..stash.client import StashClient
from ..stash.entities import LocalPerformer
from ..stash.library import stash_version
from ..stash.performers import performer_picture
from ..store.references import Picture
from .scan import stored_face

# With another face this large beside it, nobody knows whose picture it is.
_RIVAL_AREA = 0.5


class PictureReader:
    """Finds the face of performers' pictures with an engine, loaded for the first picture."""

    def __init__(self, client: StashClient, load: Callable[[], Engine]) -> None:
        self._client = client
        self._load = load

    def read(self, performer: LocalPerformer, version: str) -> Picture:
        """The picture with its main face, or with the problem that it has; StashError when
        Stash itself does not answer."""
        try:
            data = performer_picture(self._client, performer.id)
            checksum = hashlib.sha256(data).hexdigest()
            return self._face(data, Picture(version, checksum, None))
        except (MediaError, NotFound, StashError) as error:
            if isinstance(error, StashError):
                stash_version(self._client)
            return Picture(version, "", None, error.sentence)

    def _face(self, data: bytes, picture: Picture) -> Picture:
        pixels, engine = decode(data), self._load()
        found = engine.detect(pixels)
        if not found:
            return picture._replace(problem="No face was found in the picture.")
        main = main_face(pixels, found)
        if any(_area(each) > _RIVAL_AREA * _area(main) for each in found if each is not main):
            return picture._replace(problem="The picture shows several faces of like size.")
        face = engine.embed([(pixels, main)])[0]
        if face.quality < POOR:
            return picture._replace(problem="The face is too small or too blurred.")
        height, width = pixels.shape[:2]
        return picture._replace(face=stored_face(face, (width, height), b""))


def _area(detection: Detection) -> float:
    x1, y1, x2, y2 = detection.bbox
    return (x2 - x1) * (y2 - y1)
