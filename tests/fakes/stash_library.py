"""What the Stash stand-in holds: files, images, galleries, scenes and performers, in memory.

Attribute names are those of Stash's GraphQL, so that the schema can read them as they are.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import threading
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fakes.picture_header import picture_size

if TYPE_CHECKING:
    from tests.fakes.stash_scenes import Scene

IMAGE_EXTENSIONS = {
    "png",
    "jpg",
    "jpeg",
    "gif",
    "webp",
    "avif",
    "heic",
    "heif",
    "jxl",
    "bmp",
    "tif",
}
# What ffprobe calls a clip: on disk Stash stores these as VideoFile, even a still GIF.
CLIP_EXTENSIONS = {"mp4", "m4v", "webm", "mov", "mkv", "avi", "wmv", "gif", "heic", "heif"}
CLOCK = datetime(2026, 1, 11, 12, 0, tzinfo=timezone.utc)


@dataclass(eq=False)
class File:
    id: str
    kind: str
    path: str
    size: int
    mod_time: str
    md5: str
    width: int = 0
    height: int = 0
    zip_file: File | None = None
    entry: str | None = None
    duration: float = 0.0

    @property
    def basename(self) -> str:
        return re.split(r"[/\\]", self.path)[-1]

    @property
    def format(self) -> str:
        return self.basename.rpartition(".")[2].lower()

    @property
    def fingerprints(self) -> list[dict[str, str]]:
        return [{"type": "md5", "value": self.md5}]

    def fingerprint(self, _info: Any, type: str) -> str | None:
        return self.md5 if type == "md5" else None

    def content(self) -> bytes:
        """The file as it is now; OSError or KeyError when it is gone."""
        if self.zip_file is None:
            return Path(self.path).read_bytes()
        with zipfile.ZipFile(self.zip_file.path) as archive:
            return archive.read(self.entry or "")


@dataclass(eq=False)
class Performer:
    id: str
    name: str
    stash_ids: list[dict[str, str]]
    picture: bytes | None = None
    disambiguation: str | None = None
    gender: str | None = None
    alias_list: list[str] = field(default_factory=list)
    image: str | None = None
    birthdate: str | None = None
    country: str | None = None
    created_at: str = CLOCK.isoformat()
    updated_at: str = CLOCK.isoformat()


@dataclass(eq=False)
class Gallery:
    id: str
    title: str | None = None
    files: list[File] = field(default_factory=list)
    folder: dict[str, str] | None = None
    images: list[Image] = field(default_factory=list)
    performers: list[Performer] = field(default_factory=list)
    organized: bool = False
    created_at: str = CLOCK.isoformat()
    updated_at: str = CLOCK.isoformat()

    def image_count(self, _info: Any) -> int:
        return len(self.images)

    def cover(self, _info: Any) -> Image | None:
        return min(self.images, key=lambda image: natural(image.path)) if self.images else None


@dataclass(eq=False)
class Image:
    id: str
    visual_files: list[File]
    title: str | None = None
    galleries: list[Gallery] = field(default_factory=list)
    performers: list[Performer] = field(default_factory=list)
    organized: bool = False
    created_at: str = CLOCK.isoformat()
    updated_at: str = CLOCK.isoformat()

    @property
    def path(self) -> str:
        return self.visual_files[0].path if self.visual_files else ""


class Library:
    """Adds like a scan: a picture seen twice is one image with two files."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.images: dict[str, Image] = {}
        self.galleries: dict[str, Gallery] = {}
        self.scenes: dict[str, Scene] = {}
        self.performers: dict[str, Performer] = {}
        self.plugin_settings: dict[str, dict[str, Any]] = {}
        self.stash_boxes: list[dict[str, Any]] = []
        # ScrapedPerformer rows by endpoint.
        self.stash_box_performers: dict[str, list[dict[str, Any]]] = {}
        self._by_md5: dict[str, Image] = {}
        kinds = ("file", "image", "gallery", "scene", "performer")
        self._ids = {kind: itertools.count(1) for kind in kinds}

    def add_image(
        self, path: Path, performers: Iterable[str] = (), title: str | None = None
    ) -> str:
        with self.lock:
            image = self._image_of(self.disk_file(Path(path)))
            image.performers = [self.performers[each] for each in performers] or image.performers
            image.title = title or image.title
            return image.id

    def add_zip_gallery(self, zip_path: Path) -> str:
        with self.lock, zipfile.ZipFile(zip_path) as archive:
            outer = self.disk_file(Path(zip_path), kind="BasicFile")
            inner = [
                self._zip_file(archive, outer, info)
                for info in archive.infolist()
                if _extension(info.filename) in IMAGE_EXTENSIONS - {"avif"}
            ]
            images = [self._image_of(file) for file in inner]
            return self._gallery(images, files=[_as(outer, "GalleryFile")])

    def add_folder_gallery(self, folder: Path) -> str:
        with self.lock:
            paths = sorted(each for each in Path(folder).iterdir() if each.is_file())
            wanted = [
                each
                for each in paths
                if _extension(each.name) in IMAGE_EXTENSIONS | CLIP_EXTENSIONS
            ]
            images = [self._image_of(self.disk_file(each)) for each in wanted]
            where = {"id": self.next_id("file"), "path": str(folder)}
            return self._gallery(images, folder=where)

    def add_gallery(self, image_ids: Sequence[str] = (), title: str | None = None) -> str:
        with self.lock:
            return self._gallery([self.images[each] for each in image_ids], title=title)

    def add_performer(
        self,
        name: str,
        stash_ids: Iterable[tuple[str, str]] = (),
        image: bytes | None = None,
    ) -> str:
        with self.lock:
            now = CLOCK.isoformat()
            ids = [{"endpoint": e, "stash_id": i, "updated_at": now} for e, i in stash_ids]
            performer = Performer(self.next_id("performer"), name, ids, picture=image)
            self.performers[performer.id] = performer
            return performer.id

    def remove_performer(self, performer_id: str) -> None:
        """From everything they are on, too."""
        with self.lock:
            gone = self.performers.pop(performer_id)
            held = (self.images, self.galleries, self.scenes)
            for item in [each for items in held for each in items.values()]:
                item.performers = [each for each in item.performers if each is not gone]

    def delete_image(self, image_id: str) -> None:
        with self.lock:
            image = self.images.pop(image_id)
            self._by_md5 = {md5: kept for md5, kept in self._by_md5.items() if kept is not image}
            for gallery in image.galleries:
                gallery.images.remove(image)

    def next_id(self, kind: str) -> str:
        return str(next(self._ids[kind]))

    def _image_of(self, file: File) -> Image:
        image = self._by_md5.get(file.md5)
        if image is None:
            image = Image(self.next_id("image"), [])
            self.images[image.id] = self._by_md5[file.md5] = image
        if file.path not in {known.path for known in image.visual_files}:
            image.visual_files.append(file)
        return image

    def _gallery(self, images: Iterable[Image], **attributes: Any) -> str:
        gallery = Gallery(self.next_id("gallery"), images=list(dict.fromkeys(images)), **attributes)
        for image in gallery.images:
            image.galleries.append(gallery)
        self.galleries[gallery.id] = gallery
        return gallery.id

    def disk_file(self, path: Path, kind: str | None = None) -> File:
        data, stat = path.read_bytes(), path.stat()
        clip = "VideoFile" if _extension(path.name) in CLIP_EXTENSIONS else "ImageFile"
        mod_time = datetime.fromtimestamp(int(stat.st_mtime), timezone.utc)
        return self._file(data, str(path), kind or clip, mod_time)

    def _zip_file(self, archive: zipfile.ZipFile, outer: File, info: zipfile.ZipInfo) -> File:
        path = str(Path(outer.path) / info.filename)
        mod_time = datetime(*info.date_time, tzinfo=timezone.utc)
        file = self._file(archive.read(info), path, "ImageFile", mod_time)
        file.zip_file, file.entry = outer, info.filename
        return file

    def _file(self, data: bytes, path: str, kind: str, mod_time: datetime) -> File:
        width, height = picture_size(data)
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        number = self.next_id("file")
        return File(number, kind, path, len(data), mod_time.isoformat(), md5, width, height)


def natural(text: str) -> list[tuple[int, str]]:
    """Sort key of Stash's NATURAL_CI collation: page2 before page10, without regard to case."""
    parts = re.findall(r"\d+|\D+", text.lower())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _as(file: File, kind: str) -> File:
    return File(file.id, kind, file.path, file.size, file.mod_time, file.md5)
