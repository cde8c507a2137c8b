"""All that an operation works with but weights: a Stash, made-up people, faces that are known."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from stash_face.facedb.reader import FaceDatabase
from stash_face.faces.packs import load_pack
from stash_face.protocol.arguments import Arguments
from stash_face.protocol.request import Request
from stash_face.stash.client import StashClient
from stash_face.stash.connection import from_server_connection
from stash_face.stash.library import image, scene
from stash_face.store.connection import FILE_NAME, Store
from stash_face.store.images import Scan, StoredFace, save_scan
from stash_face.store.scenes import FRAME, Looked, SeenPicture, begin_scene, save_looked
from tests.fakes.stash_server import StashStandIn
from tests.identify.synthetic import Vectors, near, someone, write

DEV = load_pack("dev")
_RANDOM = np.random.default_rng(30)
ANN, BEN, CLEO, STRANGER = (someone(_RANDOM, DEV) for _ in range(4))
PEOPLE = {"stashdb.org:ann": ANN, "stashdb.org:ben": BEN, "fansdb.cc:cleo": CLEO}


def face(
    vectors: Mapping[str, Any], similarity: float = 0.9, seed: int = 0, score: float = 0.9
) -> StoredFace:
    """A face that was found earlier, at this cosine from `vectors`."""
    seen = near(vectors, similarity, seed)
    return StoredFace(
        bbox=(0.25, 0.125, 0.5, 0.5),
        landmarks=bytes(40),
        score=score,
        quality=0.75,
        turn=0,
        thumbnail=b"jpeg",
        embeddings={key: (20.0, vector.astype("<f2").tobytes()) for key, vector in seen.items()},
    )


class Workplace:
    """`data` is the plugin's data home, with the face database `v1` in it."""

    def __init__(self, stash: StashStandIn, data: Path, database: Path) -> None:
        self.stash = stash
        self.data = data
        self._files = 0
        shutil.copytree(database, data / "facedb" / "v1")

    @property
    def store(self) -> Store:
        return Store(self.data / FILE_NAME)

    @cached_property
    def client(self) -> StashClient:
        return StashClient(from_server_connection(self.stash.server_connection()))

    def request(self, **args: Any) -> Request:
        return Request("", Arguments(args), self.stash.server_connection())

    def add_image(self, *faces: StoredFace) -> str:
        """The id of an image whose faces are known already."""
        image_id = self.add_unknown_image()
        self.know(image_id, *faces)
        return image_id

    def know(self, image_id: str, *faces: StoredFace, problem: str | None = None) -> None:
        file = image(self.client, image_id).file
        assert file is not None
        with self.store as store:
            scan = Scan(image_id, file.fingerprint(), "dev", 640, 480, list(faces), problem)
            save_scan(store, scan)

    def add_unknown_image(self) -> str:
        """The id of an image that nobody has looked at; its file is a PNG's header."""
        self._files += 1
        path = self.data.parent / "media" / f"{self._files}.png"
        path.parent.mkdir(exist_ok=True)
        size = struct.pack(">II5B", self._files, 2, 8, 2, 0, 0, 0)
        path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size)
        return self.stash.add_image(path)

    def add_scene(self, stills: Mapping[float, Sequence[StoredFace]]) -> str:
        """The id of a scene of which the faces at these seconds are known already."""
        self._files += 1
        path = self.data.parent / "media" / f"{self._files}.mp4"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"%d" % self._files)
        scene_id = self.stash.add_scene(path, duration=100.0, size=(640, 480))
        self.look_at(scene_id, stills)
        return scene_id

    def look_at(self, scene_id: str, stills: Mapping[float, Sequence[StoredFace]]) -> None:
        file = scene(self.client, scene_id).file
        assert file is not None
        seen = [SeenPicture(FRAME, at, 640, 480, list(faces)) for at, faces in stills.items()]
        with self.store as store:
            begin_scene(store, scene_id, file.fingerprint(), "dev")
            save_looked(store, scene_id, Looked("", "", 40), seen)

    def install(self, version: str, people: Mapping[str, Vectors]) -> FaceDatabase:
        return write(self.data / "facedb" / version, people, DEV)

    def close(self) -> None:
        if "client" in self.__dict__:
            self.client.close()
