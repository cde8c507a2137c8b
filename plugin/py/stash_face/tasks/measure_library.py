"""How well the names fit what the user has tagged, as a page and as JSON; changes nothing in Stash.

Each picture that is scanned is kept, so that a stopped measuring goes on where it was.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import StoreError
from ..operations.context import Context
from ..operations.matches import jpeg_uri
from ..operations.recognition import Recognition
from ..operations.scan import Scanner, fingerprint
from ..protocol import log
from ..protocol.request import Request
from ..stash.entities import ImageItem
from ..store.images import Scan, load_faces, load_scan, load_thumbnail, save_scan, scanned
from .measure_page import page, percent
from .measure_sample import Sample, SampledGallery, Tagged, choose, tagged_performers
from .measure_score import Given, Look, calibration, figures, mistakes, most_missed

LIMIT = 300
# Naming and writing are the rest of the progress.
_SCANNING = 0.95


def measure_library(request: Request) -> dict[str, Any]:
    """The figures, and where the page (`page`) and all of it as JSON (`json`) lie. `limit` is
    how many images are looked at, and a tenth of it how many galleries."""
    limit = request.args.whole(("limit",), LIMIT, 1, 100_000)
    with Context(request) as context:
        manifest, pack, options = context.manifest, context.pack, context.options
        context.client.use_api_key()
        # Without the faces that the user confirmed: in these very pictures they would find
        # themselves again.
        recognition = Recognition(manifest, pack, context.data_home, options)
        performers = tagged_performers(context.client, recognition.database, manifest.version)
        sample = choose(context.client, performers, limit)
        log.info(
            f"Measuring on {len(sample.images)} images and {len(sample.galleries)} galleries, "
            f"{len(sample.pictures)} pictures."
        )
        problems = _scan(context, sample.pictures)
        report = _report(context, recognition, sample, performers, problems)
        summary = {key: value for key, value in report.items() if key not in ("mistakes", "missed")}
        return summary | _write(context, report)


def _scan(context: Context, pictures: list[ImageItem]) -> set[str]:
    """Scans what is not known yet; the images that cannot be read."""
    store, pack = context.store, context.pack
    files = {image.id: fingerprint(image) for image in pictures}
    known = {i for i, problem in scanned(store, files, pack.name).items() if not problem}
    missing = [image for image in pictures if image.id not in known]
    done = len(known)

    def keep(scan: Scan) -> None:
        nonlocal done
        save_scan(store, scan)
        context.give_way()
        done += 1
        log.progress(_SCANNING * done / len(pictures))

    if missing:
        context.work_long()
        scanner = Scanner(context.client, pack.name, lambda: context.engine)
        scanner.scan(missing, keep, lambda: True)
        context.let_engine_go()
    log.progress(_SCANNING)
    return {i for i, problem in scanned(store, files, pack.name).items() if problem}


def _report(
    context: Context,
    recognition: Recognition,
    sample: Sample,
    performers: Mapping[str, Tagged],
    problems: set[str],
) -> dict[str, Any]:
    manifest = context.manifest
    images = [
        _look_at_image(context, recognition, image, performers)
        for image in sample.images
        if image.id not in problems
    ]
    galleries = [
        _look_at_gallery(context, recognition, gallery, performers, problems)
        for gallery in sample.galleries
    ]
    looks = [*images, *galleries]
    known = sum(1 for each in performers.values() if each.known_as)
    return {
        "date": date.today().isoformat(),
        "database": {
            "version": manifest.version,
            "performer_count": manifest.performer_count,
        },
        "performers": {
            "with_stash_id": len(performers),
            "in_database": known,
            "share": round(known / len(performers), 4),
        },
        "unreadable": len(problems),
        "images": figures(images),
        "galleries": figures(galleries),
        "calibration": calibration(looks),
        "mistakes": mistakes(looks),
        "missed": most_missed(looks),
    }


def _look_at_image(
    context: Context,
    recognition: Recognition,
    image: ImageItem,
    performers: Mapping[str, Tagged],
) -> Look:
    scan = load_scan(context.store, image.id)
    faces, _ = recognition.picture_answer(scan.faces if scan else [], image.id)
    given = [
        _given(face["matches"][0], face, image.id, face["face_thumbnail"])
        for face in faces
        if face["matches"]
    ]
    tagged = _tagged(image.performer_ids, performers)
    without_id = len(image.performer_ids) - len(tagged)
    return Look("image", image.id, tagged, [], without_id, len(faces), given)


def _look_at_gallery(
    context: Context,
    recognition: Recognition,
    gallery: SampledGallery,
    performers: Mapping[str, Tagged],
    problems: set[str],
) -> Look:
    readable = [image.id for image in gallery.images if image.id not in problems]
    faces = list(load_faces(context.store, readable, thumbnails=False))
    answer, _ = recognition.gallery_answer(faces, len(readable))
    given = []
    for entry in answer["performers"] + answer["unknown"]:
        first = entry["candidates"][:1] if "candidates" in entry else [entry]
        image_id, ordinal = entry["face"]
        thumbnail = jpeg_uri(load_thumbnail(context.store, image_id, ordinal))
        given += [_given(match, entry, image_id, thumbnail) for match in first]
    inside = dict.fromkeys(i for image in gallery.images for i in image.performer_ids)
    tagged = _tagged(gallery.item.performer_ids, performers)
    return Look(
        "gallery",
        gallery.item.id,
        tagged,
        _tagged(inside, performers),
        len(gallery.item.performer_ids) - len(tagged),
        len(answer["performers"]) + answer["unknown_total"],
        given,
    )


def _given(
    match: Mapping[str, Any], entry: Mapping[str, Any], image_id: str, thumbnail: str | None
) -> Given:
    return Given(
        match["performer_id"],
        match["name"],
        match["confidence"],
        # A gallery's unknown people carry no decision.
        entry.get("decision", "unknown"),
        entry["reason"],
        image_id,
        thumbnail,
    )


def _tagged(ids: Any, performers: Mapping[str, Tagged]) -> list[Tagged]:
    return [performers[each] for each in ids if each in performers]


def _write(context: Context, report: dict[str, Any]) -> dict[str, str]:
    """Writes both files whole or not at all, and says in Stash's log where they are."""
    stem = context.data_home / "reports" / f"measure-{report['date']}"
    files = {
        "page": (stem.with_name(f"{stem.name}.html"), page(report, context.connection.base_url)),
        "json": (
            stem.with_name(f"{stem.name}.json"),
            json.dumps(report, ensure_ascii=False, indent=1),
        ),
    }
    for path, text in files.values():
        _replace(path, text)
    images, galleries = report["images"], report["galleries"]
    log.info(
        f"Images: precision at least {percent(images['precision_at_least'])}, recall "
        f"{percent(images['recall'])}; galleries: {percent(galleries['precision_at_least'])}, "
        f"{percent(galleries['recall'])}. The report: {files['page'][0]}"
    )
    log.progress(1.0)
    return {name: str(path) for name, (path, _) in files.items()}


def _replace(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(text.encode("utf-8", "replace"))
        new.replace(path)
    except OSError as error:
        raise StoreError(
            f"The report {path} cannot be written ({error.strerror}): free some space on that "
            "disk, and give Stash's user the right to write there."
        ) from None
    finally:
        new.unlink(missing_ok=True)
