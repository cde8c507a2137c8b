"""Items of Stash as the rest of the plugin uses them: small values, ids as decimal strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

NO_SPRITE = "There is no sprite: Stash has not generated one (Settings > Tasks > Generate)."

# Pictures that Stash files under VideoFile because ffprobe calls them clips.
_PICTURES = {"apng", "avif", "gif", "heic", "heif", "jp2", "jxl", "png", "tif", "tiff", "webp"}
# A perceptual hash is left out: it stays the same when the picture is cropped a little.
_CHECKSUMS = ("md5", "oshash")
# Of a scene Stash always has the latter.
_SCENE_CHECKSUMS = ("oshash", "md5")


class FileRef(NamedTuple):
    """A file as Stash saw it when it last scanned.

    `path` of a zip's content is `<zip_path>/<zip_entry>`, which no program can open. `size` is in
    bytes, `mod_time` RFC 3339, `checksum` is `<type>:<value>` or "". `is_video`: the first frame
    has to be taken with a video decoder.
    """

    path: str
    size: int
    mod_time: str
    checksum: str = ""
    zip_path: str | None = None
    zip_entry: str | None = None
    is_video: bool = False

    def fingerprint(self) -> str:
        """Stays the same while the content does; a copy or a move changes nothing."""
        return f"{self.checksum or self.mod_time}:{self.size}"


class ImageItem(NamedTuple):
    """`file` is Stash's primary file, None when Stash knows no file of this image."""

    id: str
    file: FileRef | None
    performer_ids: tuple[str, ...] = ()
    gallery_ids: tuple[str, ...] = ()
    title: str = ""

    @property
    def path(self) -> str:
        return self.file.path if self.file else ""


class GalleryItem(NamedTuple):
    """`path` is that of its folder or archive, where it was asked for and has one."""

    id: str
    title: str
    image_count: int
    performer_ids: tuple[str, ...] = ()
    path: str = ""


class LocalPerformer(NamedTuple):
    """`stash_ids` as Stash keeps them: (endpoint, id) pairs. `picture` changes with the
    performer's own picture; None where Stash shows its default, or was not asked."""

    id: str
    name: str
    stash_ids: tuple[tuple[str, str], ...] = ()
    picture: str | None = None


class SceneItem(NamedTuple):
    """`file` is Stash's primary file, None when Stash knows none; `duration` in seconds as Stash
    has it. The sprite is `sprite` with `_thumbs.vtt` and `_sprite.jpg` behind it, a path as Stash
    sees it, "" where it cannot have one."""

    id: str
    file: FileRef | None
    title: str = ""
    duration: float = 0.0
    performers: tuple[LocalPerformer, ...] = ()
    sprite: str = ""

    @property
    def performer_ids(self) -> tuple[str, ...]:
        return tuple(each.id for each in self.performers)

    @property
    def path(self) -> str:
        return self.file.path if self.file else ""


def scene_item(row: Mapping[str, Any], general: Mapping[str, Any]) -> SceneItem:
    """From the fields of queries.FIND_SCENE."""
    files = row["files"]
    known = {each["type"]: each["value"] for each in files[0]["fingerprints"]} if files else {}
    named_by = known.get(general["videoFileNamingAlgorithm"].lower(), "")
    return SceneItem(
        id=row["id"],
        file=file_ref(files[0], _SCENE_CHECKSUMS) if files else None,
        title=row["title"] or "",
        duration=float(files[0]["duration"]) if files else 0.0,
        performers=tuple(map(local_performer, row["performers"])),
        sprite=f"{general['generatedPath']}/vtt/{named_by}" if named_by else "",
    )


def image_item(row: Mapping[str, Any]) -> ImageItem:
    """From the fields of queries.IMAGE_FIELDS."""
    files = row["visual_files"]
    return ImageItem(
        id=row["id"],
        file=file_ref(files[0]) if files else None,
        performer_ids=_ids(row["performers"]),
        gallery_ids=_ids(row["galleries"]),
        title=row["title"] or "",
    )


def gallery_item(row: Mapping[str, Any]) -> GalleryItem:
    places = [row.get("folder"), *(row.get("files") or ())]
    path = next((place["path"] for place in places if place), "")
    performer_ids = _ids(row["performers"])
    return GalleryItem(row["id"], row["title"] or "", row["image_count"], performer_ids, path)


def local_performer(row: Mapping[str, Any]) -> LocalPerformer:
    pairs = tuple((each["endpoint"], each["stash_id"]) for each in row["stash_ids"])
    return LocalPerformer(row["id"], row["name"], pairs, _picture(row.get("image_path")))


def file_ref(row: Mapping[str, Any], checksums: tuple[str, ...] = _CHECKSUMS) -> FileRef:
    known = {each["type"]: each["value"] for each in row["fingerprints"]}
    checksum = next((f"{kind}:{known[kind]}" for kind in checksums if known.get(kind)), "")
    path, zip_file = row["path"], row["zip_file"]
    zip_path = zip_file["path"] if zip_file else None
    extension = path.rpartition(".")[2].lower()
    return FileRef(
        path=path,
        size=row["size"],
        mod_time=row["mod_time"],
        checksum=checksum,
        zip_path=zip_path,
        zip_entry=_entry(path, zip_path) if zip_path else None,
        is_video=row["__typename"] == "VideoFile" and extension not in _PICTURES,
    )


def _entry(path: str, zip_path: str) -> str:
    """The name inside the archive, which has forward slashes on every system."""
    separator, entry = path[len(zip_path) : len(zip_path) + 1], path[len(zip_path) + 1 :]
    return entry.replace("\\", "/") if separator == "\\" else entry


def _picture(address: str | None) -> str | None:
    version = urlsplit(address or "").query
    return None if not address or "default=true" in version else version


def _ids(rows: list[Mapping[str, str]]) -> tuple[str, ...]:
    return tuple(row["id"] for row in rows)
