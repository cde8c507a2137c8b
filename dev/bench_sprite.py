"""A scene that its sprite decides beside a bare loop over the same sheet."""

from __future__ import annotations

from PIL import Image

from dev.bench_process import CannotMeasureError, Figure, Run, alternate, fastest, run_python
from dev.bench_stash import BUDGET, ENROLLED, Plugin, enrolled
from tests.videos import sprite, still

# Stills of a sprite, and seconds of each.
SHOTS, SECONDS = 27, 60.0


def by_sprite(plugin: Plugin, rounds: int) -> list[Figure]:
    """Product: `identify_scene` in one call on a scene with a sprite of 81 tiles, all of enrolled
    people, nothing stored and no frame of the video asked for. Floor: one process that decodes the
    same sheet, doubles the tiles, lays them out for the detector, and embeds the faces. Both are
    whole processes, in turn. Value: product's fastest time by the floor's."""
    shots = _shots(plugin)
    sheet, vtt = sprite(shots, SECONDS)
    path = plugin.work / "sheet.jpg"
    path.write_bytes(sheet)
    video = plugin.work / "unread.mp4"
    video.write_bytes(b"no video")
    scene_id = plugin.stash.add_scene(video, duration=SECONDS * len(shots), size=(1920, 1080))
    plugin.stash.add_sprite(scene_id, sheet, vtt)

    def product() -> Run:
        plugin.forget()
        return plugin.ask("identify_scene", scene_id=scene_id, budget_s=BUDGET, max_frames=0)

    def floor() -> Run:
        return run_python("-m", "dev.bench_sprite_floor", str(path), *plugin.weights())

    floors, products = alternate(rounds, floor, product)
    answer, faces = products[0].json()["output"], floors[0].json()["faces"]
    if not answer["done"] or answer["faces_detected"] != faces:
        raise CannotMeasureError(
            f"The bare loop found {faces} faces in the sprite and the plugin "
            f"{answer['faces_detected']}: they cannot be compared."
        )
    times = fastest(products) / fastest(floors)
    detail = f"{fastest(products):.2f} s beside {fastest(floors):.2f} s for {faces} faces"
    return [
        Figure("scene of a sprite: time by the bare mosaic loop's", times, "times", 1.3, detail)
    ]


def _shots(plugin: Plugin) -> list[Image.Image]:
    photos = plugin.photos.known
    paths = [path for name in enrolled(plugin.photos) for path in photos[name][ENROLLED:]]
    return [still(path) for path in paths[:SHOTS]]
