"""A scene through the plugin process beside a bare loop over the same frames."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from dev.bench_process import (
    CannotMeasureError,
    Figure,
    Run,
    alternate,
    fastest,
    run_python,
    setting,
)
from dev.bench_stash import BUDGET, Plugin
from tests.videos import sprite, still, write_video

SIZE = (1920, 1080)
# Seconds of a shot, and frames of it: each begins with a key frame.
SECONDS, FPS = 2.0, 2
# The long scene is this many times the short one.
TIMES = 10
_MB = 1e6


class Scene(NamedTuple):
    """A scene of the stand-in, its file, and what it shows as small pictures."""

    id: str
    path: Path
    shots: list[Image.Image]


def scenes(plugin: Plugin, rounds: int) -> Iterator[Figure]:
    """Everything about frames of a scene, and about what is stored of one."""
    about = _new_scene(plugin)
    yield from _scene(plugin, about, rounds)
    yield from _rematch(plugin, about, rounds)


def _frames() -> int:
    return max(setting("BENCH_FRAMES", 40), 2)


def _new_scene(plugin: Plugin) -> Scene:
    """A stranger a shot, so that nobody is settled before all frames (BENCH_FRAMES, 40) are
    looked at."""
    path = plugin.work / "scene.mp4"
    faces = plugin.photos.strangers[: _frames() * 2]
    # One after the other: a process that is started counts its parent's memory as its own.
    write_video(path, (still(each, size=SIZE, face=0.4) for each in faces), SECONDS, FPS)
    return _added(plugin, path, [still(each, face=0.4) for each in faces])


def _scene(plugin: Plugin, about: Scene, rounds: int) -> list[Figure]:
    """Product: `identify_scene` in one call on a scene of 1080p without a sprite, nothing stored.
    Floor: one process that seeks to the same frames with PyAV, finds the faces on the same canvas
    and embeds them. Both are whole processes, in turn. Memory: difference of the lower peaks,
    and of the product's on a video ten times as long."""
    times = _times(_first(plugin, about.id))
    command = [str(about.path), ",".join(map(str, times)), *plugin.weights()]
    floors, products = alternate(
        rounds,
        lambda: run_python("-m", "dev.bench_scene_floor", *command),
        lambda: _first(plugin, about.id),
    )
    found = _answer(products[0])["faces_detected"]
    if floors[0].json()["faces"] != found:
        raise CannotMeasureError(
            f"The bare loop found {floors[0].json()['faces']} faces and the plugin {found}: they "
            "cannot be compared."
        )
    share = fastest(floors) / fastest(products)
    speed = f"{fastest(products):.1f} s beside {fastest(floors):.1f} s for {len(times)} frames"
    figures = [
        Figure("scene of 1080p: throughput by the bare loop's", share, "", 0.85, speed, True),
        _memory("scene of 1080p: peak memory over the bare loop", products, floors, 200),
    ]
    if os.environ.get("BENCH_LONG") != "0":
        longer = _longer(plugin, about).id
        longs = [_first(plugin, longer) for _ in range(min(rounds, 3))]
        name = f"peak memory of a scene {TIMES} times as long"
        figures.append(_memory(name, longs, products, 20))
    return figures


def _rematch(plugin: Plugin, about: Scene, rounds: int) -> list[Figure]:
    """Floor: `identify_scene` on the sprite and frames of a scene, nothing stored. Product: the
    same call after another version of the face database came, in turn with it."""
    sheet, vtt = sprite(about.shots, SECONDS)
    plugin.stash.add_sprite(about.id, sheet, vtt)

    def again() -> Run:
        plugin.renew_database()
        return plugin.ask(
            "identify_scene", scene_id=about.id, budget_s=BUDGET, max_frames=_frames()
        )

    floors, products = alternate(rounds, lambda: _first(plugin, about.id), again)
    detail = f"{fastest(products):.2f} s after {fastest(floors):.2f} s"
    times = fastest(floors) / fastest(products)
    return [Figure("scene re-match from the store", times, "times", 20, detail, True)]


def _added(plugin: Plugin, path: Path, shots: list[Image.Image], times: int = 1) -> Scene:
    length = SECONDS * len(shots) * times
    return Scene(plugin.stash.add_scene(path, duration=length, size=SIZE), path, shots)


def _longer(plugin: Plugin, short: Scene) -> Scene:
    """The same packets again and again, later."""
    import av

    path = plugin.work / "long.mp4"
    with av.open(str(path), "w") as out:
        track = None
        for turn in range(TIMES):
            with av.open(str(short.path)) as source:
                (video,) = source.streams.video
                track = track or out.add_stream_from_template(video)
                for packet in source.demux(video):
                    if packet.dts is None:
                        continue
                    later = round(turn * len(short.shots) * SECONDS / video.time_base)
                    packet.pts, packet.dts = packet.pts + later, packet.dts + later
                    packet.stream = track
                    out.mux(packet)
    return _added(plugin, path, short.shots, TIMES)


def _first(plugin: Plugin, scene_id: str) -> Run:
    plugin.forget()
    done = plugin.ask("identify_scene", scene_id=scene_id, budget_s=BUDGET, max_frames=_frames())
    if not _answer(done)["done"]:
        raise CannotMeasureError("The plugin did not finish the scene in one call.")
    return done


def _times(done: Run) -> list[float]:
    persons = _answer(done)["persons"]
    return sorted({at for person in persons for at in person["timestamps"]})


def _answer(done: Run) -> dict[str, Any]:
    answer: dict[str, Any] = done.json()["output"]
    return answer


def _memory(name: str, products: list[Run], floors: list[Run], limit: float) -> Figure:
    most, least = (min(each.peak for each in runs) for runs in (products, floors))
    if sys.platform == "win32":
        raise CannotMeasureError("This system does not tell how much memory a process had.")
    detail = f"{most / _MB:.0f} MB beside {least / _MB:.0f} MB"
    return Figure(name, (most - least) / _MB, "MB", limit, detail)
