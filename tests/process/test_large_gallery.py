from __future__ import annotations

from pathlib import Path

from tests.photos import Photos
from tests.process.pictures import png_header
from tests.process.plugin import Plugin

COUNT = 5000


def test_a_gallery_of_five_thousand_is_listed_in_pages_and_answered_in_slices(
    plugin: Plugin, photos: Photos, tmp_path: Path
) -> None:
    # Files that end after their header are read as fast as any.
    paths = [tmp_path / f"{number:04}.png" for number in range(COUNT - 3)]
    for number, path in enumerate(paths):
        path.write_bytes(png_header(100 + number, 100))
    ids = [plugin.stash.add_image(path) for path in [*paths, *photos.known["Bill_Clinton"][3:6]]]
    gallery_id = plugin.stash.add_gallery(ids)

    slices = [plugin.ask("identify_gallery", gallery_id=gallery_id, budget_s=2)]
    while not slices[-1].output["done"]:
        slices.append(plugin.ask("identify_gallery", gallery_id=gallery_id, budget_s=2))
    # A browser's request ends after a minute.
    assert max(each.seconds for each in slices) < 30
    answer = slices[-1].output
    assert (answer["total_images"], answer["images_processed"]) == (COUNT, COUNT)
    assert [each["image_ids"] for each in answer["performers"]] == [ids[-3:]]
    assert len(answer["problems"]) == COUNT - 3

    before = len(plugin.stash.requests)
    again = plugin.ask("identify_gallery", gallery_id=gallery_id)
    assert again.output == answer
    assert again.seconds < 15
    listed = [r for r in plugin.stash.requests[before:] if r.operation == "GalleryImages"]
    assert [each.variables["page"] for each in listed] == [*range(1, 12)]
    progress = plugin.get("progress", kind="gallery", id=gallery_id)
    assert (progress["done"], progress["total"], progress["faces"]) == (COUNT, COUNT, 3)
