"""Scenes of the Stash stand-in: their files, the sprites that Stash generates, and how it serves
both."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fakes.stash_library import CLOCK, File, Library, Performer

if TYPE_CHECKING:
    from tests.fakes.stash_http import Handler

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_BLOCK = 65536


@dataclass(eq=False)
class VideoFile(File):
    oshash: str = ""

    @property
    def fingerprints(self) -> list[dict[str, str]]:
        return [{"type": "oshash", "value": self.oshash}]

    def fingerprint(self, _info: Any, type: str) -> str | None:
        return self.oshash if type == "oshash" else None


@dataclass(eq=False)
class Scene:
    id: str
    files: list[File]
    title: str | None = None
    performers: list[Performer] = field(default_factory=list)
    organized: bool = False
    created_at: str = CLOCK.isoformat()
    updated_at: str = CLOCK.isoformat()

    @property
    def path(self) -> str:
        return self.files[0].path if self.files else ""

    @property
    def hash(self) -> str:
        file = self.files[0] if self.files else None
        return file.oshash if isinstance(file, VideoFile) else ""

    def paths(self, info: Any) -> dict[str, str]:
        """Never null, whether or not there is a sprite."""
        base = f"{info.context.base_url}/scene"
        return {
            "vtt": f"{base}/{self.hash}_thumbs.vtt",
            "sprite": f"{base}/{self.hash}_sprite.jpg",
            "stream": f"{base}/{self.id}/stream",
            "screenshot": f"{base}/{self.id}/screenshot?t=1",
        }


def add_scene(
    library: Library,
    path: Path,
    performers: Iterable[str] = (),
    title: str | None = None,
    duration: float = 0.0,
    size: tuple[int, int] = (0, 0),
) -> str:
    """The scene that a scan makes of a video; it has no sprite until one is generated."""
    with library.lock:
        plain = library.disk_file(Path(path), "VideoFile")
        file = VideoFile(**vars(plain), oshash=oshash(Path(path)))
        file.duration, (file.width, file.height) = duration, size
        people = [library.performers[each] for each in performers]
        scene = Scene(library.next_id("scene"), [file], title, people)
        library.scenes[scene.id] = scene
        return scene.id


def oshash(path: Path) -> str:
    """The size and the first and last 64 KiB, summed up as OpenSubtitles does."""
    data = path.read_bytes()
    ends = [data[:_BLOCK], data[-_BLOCK:]]
    total = len(data)
    for end in ends:
        padded = end + bytes(-len(end) % 8)
        total += sum(struct.unpack(f"<{len(padded) // 8}Q", padded))
    return f"{total % 2**64:016x}"


def serve_scene(handler: Handler, parts: list[str]) -> None:
    """`/scene/<id or hash>/…` and `/scene/<hash>_…`; 404 where nothing was generated."""
    stash = handler.stash
    name = parts[0]
    generated = {"thumbs": "_thumbs.vtt", "sprite": "_sprite.jpg"}
    scene = _scene(stash.library, re.split("_", name)[0])
    if scene is None:
        handler.answer_text(404, "Not Found")
    elif parts[1:] == ["stream"]:
        _serve_stream(handler, Path(scene.path))
    elif len(parts) == 3 and parts[1] == "vtt" and parts[2] in generated:
        _serve_generated(handler, scene, generated[parts[2]])
    elif len(parts) == 1 and name.removeprefix(scene.hash) in generated.values():
        _serve_generated(handler, scene, name.removeprefix(scene.hash))
    else:
        handler.answer_text(404, "Not Found")


def _scene(library: Library, key: str) -> Scene | None:
    with library.lock:
        by_hash = (scene for scene in library.scenes.values() if scene.hash == key)
        found: Scene | None = library.scenes.get(key) or next(by_hash, None)
        return found


def _serve_generated(handler: Handler, scene: Scene, ending: str) -> None:
    path = handler.stash.generated / "vtt" / f"{scene.hash}{ending}"
    if not path.is_file():
        handler.answer_text(404, "Not Found")
        return
    kind = "text/vtt" if ending.endswith("vtt") else "image/jpeg"
    handler.answer(200, path.read_bytes(), kind)


def _serve_stream(handler: Handler, path: Path) -> None:
    """As Go's http.ServeFile: whole, or the part that is asked for."""
    try:
        size = path.stat().st_size
    except OSError:
        handler.answer_text(404, "Not Found")
        return
    start, end, status, headers = 0, size - 1, 200, {"Accept-Ranges": "bytes"}
    match = _RANGE.fullmatch(handler.headers.get("Range") or "")
    if match:
        start = int(match[1])
        end = min(int(match[2] or size - 1), size - 1)
        if start >= size:
            handler.answer(416, b"", headers={"Content-Range": f"bytes */{size}"})
            return
        status, headers["Content-Range"] = 206, f"bytes {start}-{end}/{size}"
    with path.open("rb") as file:
        file.seek(start)
        handler.answer(status, file.read(end - start + 1), "video/mp4", headers)
