"""The demo from photos to pictures: enrol, ask the plugin, print and draw what it answers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PIL import Image

from builder.build import build
from builder.folder import performers
from dev.demo_drawing import Box, Mark, draw_picture, draw_sheet
from dev.demo_photos import Photos, own_photos, sample_photos
from dev.demo_scene import Scene, add_scene, ask_scene, scene_rows, stills
from dev.demo_stash import Answer, ask, ask_gallery, stash_with_plugin
from dev.demo_table import gallery_rows, local_notes, paragraphs, picture_rows, table
from dev.demo_weights import weights
from stash_face.errors import BadRequest, StashError
from stash_face.faces.engine import Engine
from stash_face.faces.packs import Pack
from stash_face.media.image import decode
from tests.fakes.stash_server import StashStandIn

# Pictures on a contact sheet; a larger sheet is one that nobody opens.
SHEET = 60

Faces = list[dict[str, Any]]


def run(own: Path | None, chosen: Path | None, root: Path) -> None:
    """Everything, from the checkout at `root`; only the finished pictures stay in the `chosen`
    folder, or in build/demo without those of earlier runs.

    StashFaceError says in a sentence why there is nothing to show."""
    output = (chosen or root / "build" / "demo").absolute()
    photos = own_photos(own) if own else None
    if photos and output.resolve().is_relative_to(photos.people.resolve()):
        raise BadRequest(f"{output} lies in the folder of your photos: name another --output.")
    pack, models = weights(root / "build" / "models", _say)
    output.mkdir(parents=True, exist_ok=True)
    for old in () if chosen else output.glob("*.jpg"):
        old.unlink()
    with tempfile.TemporaryDirectory(
        prefix=".work-", dir=output, ignore_cleanup_errors=True
    ) as scratch:
        work, data = Path(scratch), Path(scratch, "data")
        photos = photos or sample_photos(work)
        _say(photos.said, f"Weights: the pack {pack.name} in {models}: {pack.title}.")
        _enrol(photos.people, pack, models, data / "facedb" / "demo")
        with stash_with_plugin(root / "plugin", work, data, models) as stash:
            scene = add_scene(stash, photos.scene, work) if photos.scene else None
            Demo(stash, photos, output).show(scene)


class Demo:
    """One round of questions to the plugin behind a stand-in for Stash."""

    def __init__(self, stash: StashStandIn, photos: Photos, output: Path) -> None:
        self._stash = stash
        self._output = output
        self._paths: dict[str, Path] = {}
        self._faces: dict[str, Faces] = {}
        for name, endpoint, stash_id in photos.in_library:
            stash.add_performer(name, [(endpoint, stash_id)])
        self._images = self._add(photos.images)
        self._gallery = self._add(photos.gallery)

    def show(self, scene: Scene | None = None) -> None:
        """Health, each image, the gallery, the scene: tables on stdout, drawings in files."""
        self._show_health()
        gallery = None
        if len(self._gallery) > 1:
            # First of all: what a gallery has seen costs its single images no second look.
            gallery = ask_gallery(self._stash, self._stash.add_gallery(self._gallery))
        for number, image_id in enumerate(self._images, 1):
            self._show_image(image_id, f"-{number:02}" if len(self._images) > 1 else "")
        if gallery:
            self._show_gallery(gallery)
        if scene:
            self._show_scene(scene)

    def _add(self, paths: Iterable[Path]) -> list[str]:
        """Image ids; equal files are one image, as in Stash."""
        ids: dict[str, None] = {}
        for path in paths:
            image_id = self._stash.add_image(path)
            self._paths.setdefault(image_id, path)
            ids[image_id] = None
        return list(ids)

    def _show_health(self) -> None:
        health = ask(self._stash, "health", quick=True)
        versions = f"plugin {health['plugin']}, Python {health['python']}, {health['system']}"
        _say(f"Health: {versions}: {'all well.' if health['ok'] else 'not well.'}")
        _say(*health["problems"])

    def _show_image(self, image_id: str, number: str) -> None:
        path = self._paths[image_id]
        try:
            faces = self._ask(image_id)
        except StashError as error:
            _say(f"{path.name}: {error.sentence}", blank=True)
            return
        _say(f"{path.name}: {_count(len(faces), 'face')}", blank=True)
        if faces:
            print(table("face", picture_rows(faces)))
            _say(*local_notes(f["matches"][0] for f in faces if f["decision"] != "unknown"))
        marks = [
            _mark(_box(face), _name(face), face["decision"], f"{place} ")
            for place, face in enumerate(faces, 1)
        ]
        self._save(draw_picture(_load(path), marks), f"image{number}.jpg")

    def _ask(self, image_id: str) -> Faces:
        """The faces of an image from left to right."""
        if image_id not in self._faces:
            answer = ask(self._stash, "identify_image", image_id=image_id)
            self._faces[image_id] = sorted(answer["faces"], key=_box)
        return self._faces[image_id]

    def _show_gallery(self, answer: Answer) -> None:
        total, found = answer["total_images"], _count(answer["faces_detected"], "face")
        _say(f"Gallery of {_count(total, 'picture')}: {found}", blank=True)
        rows = gallery_rows(answer)
        if rows:
            print(table("seen in", rows))
        _say(*local_notes(answer["performers"]))
        unread = {problem["image_id"]: problem["problem"] for problem in answer["problems"]}
        told = {page: said for page, said in unread.items() if page not in self._images}
        _say(*(f"{self._paths[page].name}: {said}" for page, said in told.items()))
        pages = [image_id for image_id in self._gallery if image_id not in unread]
        with ThreadPoolExecutor(2) as pool:
            # Where all the faces are, also the unnamed ones; the store has them already.
            list(pool.map(self._ask, pages[:SHEET]))
        drawn = [
            (self._paths[page].name, _load(self._paths[page]), self._marks(page, answer))
            for page in pages[:SHEET]
        ]
        if drawn:
            left_out = len(pages) - len(drawn)
            self._save(draw_sheet(drawn), "gallery.jpg")
            _say(*([f"({_count(left_out, 'more picture')} not drawn)"] if left_out else []))

    def _show_scene(self, scene: Scene) -> None:
        answer = ask_scene(self._stash, scene)
        found = _count(answer["faces_detected"], "face")
        _say(f"Scene of {scene.seconds:.0f} seconds: {found}", blank=True)
        print(table("seen from", scene_rows(answer)))
        named = [person for person in answer["persons"] if not person["unknown"]]
        _say(*local_notes(named), answer["source_reason"])
        self._save(draw_sheet(stills(scene, answer)), "scene.jpg")

    def _marks(self, page: str, answer: Answer) -> list[Mark]:
        """What the gallery's answer names in one picture; its other faces are unknown."""
        named = {
            _box(sighting): (person["name"], person["decision"])
            for person in answer["performers"]
            for sighting in person["all_matches"]
            if sighting["image_id"] == page
        }
        boxes = map(_box, self._ask(page))
        return [_mark(box, *named.get(box, ("unknown", "unknown"))) for box in boxes]

    def _save(self, picture: Image.Image, name: str) -> None:
        path = self._output / name
        picture.save(path, quality=90)
        print(f"  -> {path}")


def _enrol(people: Path, pack: Pack, models: Path, database: Path) -> None:
    engine = Engine(pack, [models])
    report = build(performers(people), engine, database, source="folder:demo")
    enrolled = report.performers - len(report.performers_without_face)
    told = f"{_count(enrolled, 'person', 'people')} from {_count(report.faces, 'photo')}"
    _say(*engine.notes, f"Face database: {told}.", *report.unreadable.values())
    for title, names in (
        ("No face found in", report.without_face),
        ("Not enrolled for want of a face", report.performers_without_face),
    ):
        _say(*([f"{title}: {', '.join(names)}."] if names else []))


def _mark(box: Box, name: str, decision: str, number: str = "") -> Mark:
    label = f"{number}{name}"
    return Mark(box, label, decision, number.strip() if decision == "unknown" else label)


def _load(path: Path) -> Image.Image:
    return Image.fromarray(decode(path))


def _name(face: dict[str, Any]) -> str:
    return str(face["matches"][0]["name"]) if face["decision"] != "unknown" else "unknown"


def _box(face: dict[str, Any]) -> Box:
    bbox = face["bbox"]
    return bbox["x"], bbox["y"], bbox["w"], bbox["h"]


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def _say(*sentences: str, blank: bool = False) -> None:
    """Sentences in lines of the tables' width."""
    if blank:
        print()
    for line in paragraphs(sentences):
        print(line, flush=True)
