"""Scans of made-up pictures."""

from __future__ import annotations

from stash_face.store.images import NamedFace, Scan, StoredFace
from stash_face.store.scenes import SeenPicture

EMBEDDERS = ("north", "south")


def face(
    number: int = 0, embedders: tuple[str, ...] = EMBEDDERS, size: tuple[int, int] = (640, 480)
) -> StoredFace:
    return StoredFace(
        bbox=(0.1 * number, 0.25, 0.125, 0.5),
        landmarks=bytes(range(40)),
        score=0.75,
        quality=0.5,
        turn=number % 4,
        thumbnail=b"jpeg %d" % number,
        embeddings={key: (20.5, key.encode() * 50) for key in embedders},
        sharpness=0.25,
        size=size,
    )


def scan(image_id: str, faces: int = 2, fingerprint: str = "md5:aa:1", pack: str = "dev") -> Scan:
    return Scan(image_id, fingerprint, pack, 640, 480, [face(n) for n in range(faces)])


def unreadable(image_id: str, fingerprint: str = "md5:aa:1") -> Scan:
    return Scan(image_id, fingerprint, "dev", 0, 0, [], "The picture is cut off: restore it.")


def named(performer_id: str = "stashdb.org:ann", distance: float = 0.25) -> NamedFace:
    return NamedFace(performer_id, 0.875, distance, (0.0, 0.25, 0.125, 0.5))


def seen(at: float, source: str = "sprite", faces: int = 1) -> SeenPicture:
    return SeenPicture(source, at, 160, 90, [face(n, size=(160, 90)) for n in range(faces)])
