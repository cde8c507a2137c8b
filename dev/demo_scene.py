"""The demo's scene: a short video made of sample photos, with the sprite that Stash would make, and
a contact sheet of what is seen in it when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageOps

from dev.demo_drawing import Mark
from dev.demo_stash import Answer, ask_slices
from dev.demo_table import UNKNOWN, Row
from tests.fakes.stash_server import StashStandIn
from tests.videos import sprite, write_video

SIZE = (640, 360)
FPS = 12
# Seconds of a photo, of which the last share fades into the next.
SHOT_S, FADE = 3.0, 0.2
TILES = 81
# Stills on the contact sheet.
STILLS = 12
_PAPER = (58, 62, 70)


class Scene(NamedTuple):
    """The scene's id in the stand-in, and the photos that it is made of."""

    id: str
    photos: list[Image.Image]

    @property
    def seconds(self) -> float:
        return SHOT_S * len(self.photos)


def add_scene(stash: StashStandIn, photos: Sequence[Path], work: Path) -> Scene:
    """Writes the video into `work`, and the sprite to where Stash keeps sprites."""
    pictures = [Image.open(path).convert("RGB") for path in photos]
    made = Scene("", pictures)
    video = write_video(work / "scene.mp4", _frames(made), 1 / FPS, FPS, g=str(FPS))
    scene_id = stash.add_scene(video, title="A scene", duration=made.seconds, size=SIZE)
    tiles = [frame_at(made, made.seconds * tile / TILES) for tile in range(TILES)]
    stash.add_sprite(scene_id, *sprite(tiles, made.seconds / TILES, TILES))
    return made._replace(id=scene_id)


def ask_scene(stash: StashStandIn, scene: Scene) -> Answer:
    return ask_slices(stash, "identify_scene", "stills", scene_id=scene.id)


def _frames(scene: Scene) -> Iterator[Image.Image]:
    for number in range(round(scene.seconds * FPS)):
        yield frame_at(scene, number / FPS)


def frame_at(scene: Scene, seconds: float) -> Image.Image:
    """The frame at a time: photos that grow and wander, each fading into the next."""
    number, passed = divmod(seconds / SHOT_S, 1)
    frame = _moved(scene.photos[int(number)], passed)
    left = (passed - (1 - FADE)) / FADE
    if left > 0 and number + 1 < len(scene.photos):
        return Image.blend(frame, _moved(scene.photos[int(number) + 1], 0.0), left)
    return frame


def _moved(photo: Image.Image, passed: float) -> Image.Image:
    height = SIZE[1] * (0.75 + 0.25 * passed)
    small = ImageOps.contain(photo, (SIZE[0], round(height)), Image.Resampling.BICUBIC)
    frame = Image.new("RGB", SIZE, _PAPER)
    room = SIZE[0] - small.width
    frame.paste(small, (round(room * (0.2 + 0.6 * passed)), (SIZE[1] - small.height) // 2))
    return frame


def scene_rows(answer: Answer) -> list[Row]:
    """A row per person, the unknown ones last."""
    return [
        Row(
            f"{_clock(person['timestamps'][0])} to {_clock(person['timestamps'][-1])}",
            _name(person),
            person.get("distance"),
            person.get("confidence"),
            person["reason"],
        )
        for person in answer["persons"]
    ]


def stills(scene: Scene, answer: Answer) -> list[tuple[str, Image.Image, list[Mark]]]:
    """Captions, frames and faces for the contact sheet: evenly over the scene, each at the time
    of a tile, whose faces are known."""
    times = [scene.seconds * (TILES * n // STILLS) / TILES for n in range(STILLS)]
    return [
        (_clock(at, tenths=True), frame_at(scene, at), _marks(answer, round(at, 3))) for at in times
    ]


def _marks(answer: Answer, at: float) -> list[Mark]:
    return [
        Mark(_box(seen), _name(person), person["decision"], _name(person))
        for person in answer["persons"]
        for seen in person["evidence"]["sightings"]
        if seen["at"] == at and seen["source"] == "sprite"
    ]


def _name(person: dict[str, Any]) -> str:
    if person["unknown"]:
        return UNKNOWN
    doubt = "perhaps " if person["decision"] == "uncertain" else ""
    return f"{doubt}{person['name']}"


def _box(seen: dict[str, Any]) -> tuple[float, float, float, float]:
    bbox = seen["bbox"]
    return bbox["x"], bbox["y"], bbox["w"], bbox["h"]


def _clock(seconds: float, tenths: bool = False) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f}:{rest:04.1f}" if tenths else f"{minutes:.0f}:{rest:02.0f}"
