"""The demo's photos: samples that installed packages ship, or a person's own folder."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from builder.folder import DESCRIPTION, PICTURES
from stash_face.errors import BadRequest

# (left, top, right, bottom) in shares of a picture.
Shares = tuple[float, float, float, float]


class Photos(NamedTuple):
    """`people` holds a folder of references per person; `images` are asked about one by one,
    `gallery` all together (empty: no gallery), `scene` as a video (empty: none); `in_library` are
    the (name, stash-box, id) that the stand-in's library has as performers; `said` tells where it
    all comes from."""

    people: Path
    images: list[Path]
    gallery: list[Path]
    in_library: list[tuple[str, str, str]]
    said: str
    scene: Sequence[Path] = ()


class Change(NamedTuple):
    """What makes a picture another file: a part of it, mirrored, turned by degrees, `width`
    pixels wide, and factors of light and colour."""

    part: Shares = (0.0, 0.0, 1.0, 1.0)
    mirror: bool = False
    turn: float = 0.0
    width: int = 480
    light: float = 1.0
    colour: float = 1.0
    blur: float = 0.0


class Sample(NamedTuple):
    """A picture inside an installed package."""

    package: str
    file: str

    def open(self) -> Image.Image:
        spec = importlib.util.find_spec(self.package)
        for folder in (spec and spec.submodule_search_locations) or ():
            path = Path(folder, *self.file.split("/"))
            if path.is_file():
                picture = Image.open(path)
                with picture:
                    return picture.convert("RGB")
        raise BadRequest(
            f"The installed package {self.package} does not bring its {self.file}: remove .venv "
            "and run the demo again, or use your own photos (PHOTOS=folder)."
        )


GROUP = Sample("insightface", "data/images/t1.jpg")
HANKS = Sample("insightface", "data/images/Tom_Hanks_54745.png")
COLLINS = Sample("skimage", "data/astronaut.png")
STRANGER = Sample("skimage", "data/camera.png")
ROCKET = Sample("skimage", "data/rocket.jpg")

BOX = "stashdb.org"
ENDPOINT = "https://stashdb.org/graphql"
WHOLE: Shares = (0.0, 0.0, 1.0, 1.0)
# Name, made-up id, photo and the part of it that shows this person.
PEOPLE = (
    ("Tom Hanks", "00000000-0000-4000-8000-000000000001", HANKS, WHOLE),
    ("Eileen Collins", "00000000-0000-4000-8000-000000000002", COLLINS, WHOLE),
    ("Person A", "00000000-0000-4000-8000-00000000000a", GROUP, (0.336, 0.25, 0.477, 0.51)),
    ("Person B", "00000000-0000-4000-8000-00000000000b", GROUP, (0.85, 0.25, 0.992, 0.51)),
    ("Person C", "00000000-0000-4000-8000-00000000000c", GROUP, (0.176, 0.107, 0.324, 0.35)),
)
IN_LIBRARY = ("Eileen Collins", "Person B")
IMAGE = (GROUP, Change(mirror=True, width=1100, light=0.9, colour=0.8))
GALLERY = (
    (COLLINS, Change(mirror=True)),
    (COLLINS, Change(part=(0.2, 0.0, 0.8, 0.45), light=0.75, blur=0.7)),
    (COLLINS, Change(part=(0.1, 0.05, 0.9, 0.85), turn=10, colour=0.0)),
    (HANKS, Change(mirror=True, width=320)),
    (HANKS, Change(width=260, light=1.25, blur=1.5)),
    (GROUP, Change(part=(0.0, 0.1, 0.34, 0.5), colour=0.5)),
    (GROUP, Change(part=(0.18, 0.08, 0.7, 0.7), mirror=True, width=640)),
    (GROUP, Change(part=(0.66, 0.0, 1.0, 0.5), light=1.1)),
    (GROUP, Change(part=(0.68, 0.0, 0.99, 0.75), mirror=True, width=420, light=0.8)),
    (STRANGER, Change()),
    (STRANGER, Change(part=(0.2, 0.1, 0.9, 0.8), mirror=True, width=420, light=0.8)),
    (ROCKET, Change()),
)
# Which of them the scene is made of.
SCENE = (0, 3, 8, 9, 2)


def sample_photos(work: Path) -> Photos:
    """Writes references and changed copies of the sample photos into `work`."""
    for name, uuid, sample, part in PEOPLE:
        place = work / "people" / name
        place.mkdir(parents=True)
        cut(sample.open(), part).save(place / "reference.png")
        said = {"name": name, "stash_ids": {BOX: uuid}}
        (place / DESCRIPTION).write_text(json.dumps(said), encoding="utf-8")
    queries = work / "library"
    (queries / "gallery").mkdir(parents=True)
    image = _write(*IMAGE, queries / "group.jpg")
    gallery = [
        _write(sample, change, queries / "gallery" / f"page{number:02}.jpg")
        for number, (sample, change) in enumerate(GALLERY, 1)
    ]
    return Photos(
        work / "people",
        [image],
        gallery,
        [(name, ENDPOINT, uuid) for name, uuid, *_ in PEOPLE if name in IN_LIBRARY],
        "The photos come with the packages insightface and scikit-image. What is asked about are "
        "changed copies (mirrored, cut, turned, darker, blurred) of photos that the database "
        "knows: distances between two different photos of a person are larger.",
        [gallery[place] for place in SCENE],
    )


def own_photos(folder: Path) -> Photos:
    """The photos of `folder`, which stays as it is. BadRequest where something lacks."""
    folder = folder.expanduser().absolute()
    if not folder.is_dir():
        raise BadRequest(f"{folder} is not a folder: name one with PHOTOS=folder.")
    entries = sorted(path for path in folder.iterdir() if path.name[0] != ".")
    loose = [path for path in entries if path.is_file() and path.suffix.lower() in PICTURES]
    if not any(path.is_dir() for path in entries):
        raise BadRequest(
            f"{folder} holds no folder: make one per person, named like the person and with "
            "their photos in it."
        )
    if not loose:
        raise BadRequest(
            f"{folder} holds no loose picture to ask about: put some beside the folders of the "
            "people."
        )
    said = f"The photos come from {folder}, which is only read."
    return Photos(folder, loose, loose if len(loose) > 1 else [], [], said)


def cut(image: Image.Image, part: Shares) -> Image.Image:
    """The part of a picture."""
    left, top, right, bottom = part
    width, height = image.size
    return image.crop(
        (round(left * width), round(top * height), round(right * width), round(bottom * height))
    )


def _write(sample: Sample, change: Change, path: Path) -> Path:
    image = sample.open()
    if change.turn:
        image = image.rotate(change.turn, Image.Resampling.BICUBIC)
    image = cut(image, change.part)
    if change.mirror:
        image = ImageOps.mirror(image)
    height = round(image.height * change.width / image.width)
    image = image.resize((change.width, height), Image.Resampling.LANCZOS)
    image = ImageEnhance.Brightness(image).enhance(change.light)
    image = ImageEnhance.Color(image).enhance(change.colour)
    if change.blur:
        image = image.filter(ImageFilter.GaussianBlur(change.blur))
    image.save(path, quality=88)
    return path
