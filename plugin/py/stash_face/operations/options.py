"""The arguments that all identifying modes share."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

from ..errors import BadRequest
from ..faces.packs import Pack
from ..identify.rules import RULES
from ..protocol.arguments import Arguments, shown
from ..settings import DEVICES, Settings


class Options(NamedTuple):
    """`max_distance` None means the pack's own equivalent; faces under `min_face_confidence`
    are left out of the answer."""

    top_k: int
    max_distance: float | None
    min_face_confidence: float
    min_confidence: float
    device: str

    @classmethod
    def read(cls, args: Arguments, settings: Settings | None = None) -> Options:
        """What is not said is as the user has set it. BadRequest names the argument that is off,
        and its range."""
        given = settings or Settings()
        device = args.text("device", given.device).lower()
        if device not in DEVICES:
            raise BadRequest(
                f"The argument device must be one of {', '.join(DEVICES)}, not {shown(device)}."
            )
        far = args.optional_number("max_distance", 0.0, 2.0)
        return cls(
            args.whole(("top_k", "max_results"), given.max_results, 1, 100),
            given.max_distance if far is None else far,
            args.number("min_face_confidence", 0.5, 0.5, 1.0),
            args.number("min_confidence", given.min_confidence, 0.0, 1.0),
            device,
        )

    def distance_limit(self, pack: Pack) -> float:
        return pack.max_distance if self.max_distance is None else self.max_distance

    def state(self, *of: str) -> str:
        """A digest of these options (the device changes no result) and of what they apply to."""
        said = json.dumps([RULES, *self[:-1], *of])
        return hashlib.sha256(said.encode()).hexdigest()
