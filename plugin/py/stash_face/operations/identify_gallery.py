"""Who is in a gallery, in slices: each call works for a while, commits picture by picture, and
the next call goes on where the last one, or a kill, left off."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ..facedb.installed import installed
from ..protocol import log
from ..protocol.request import Request
from ..stash.entities import ImageItem
from ..stash.ids import item_id
from ..stash.library import gallery, gallery_images
from ..store.answers import (
    Progress,
    is_outdated,
    load_answer,
    load_progress,
    save_answer,
    save_progress,
)
from ..store.images import (
    Scan,
    assign_gallery,
    face_counts,
    load_thumbnail,
    problems_due,
    save_scan,
)
from ..store.references import rejected_names
from .alone import alone
from .context import Context
from .gallery_answers import KIND, Pictures, answer_galleries, gallery_state, known_images
from .identify_image import KIND as IMAGE
from .matches import jpeg_uri, mark_local
from .models_turn import ModelsBusyError
from .options import Options

# A picture that could not be read is tried again after this long, when it is asked for.
AGAIN_SECONDS = 60
# Progress is a commit of its own, and nobody looks at it more often than this.
_SAY_SECONDS = 0.5


def identify_gallery(request: Request) -> dict[str, Any]:
    """The gallery's people once every picture is known (`done`), until then how far it is."""
    start = time.monotonic()
    gallery_id = item_id(request.args.raw("gallery_id"), "gallery_id")
    end = start + request.args.number("budget_s", 15.0, 0.0, 3600.0)
    with Context(request) as context:
        options = context.options
        identity = context.manifest.identity
        if context.has_store and is_outdated(context.store, KIND, gallery_id, identity):
            context.begin_loading()
        item = gallery(context.reader, gallery_id)
        pictures = Pictures(gallery_id, gallery_images(context.reader, gallery_id))
        state = gallery_state(context, pictures, options)
        answer = load_answer(context.store, KIND, gallery_id, state)
        if answer is None or _due(context, pictures):
            with alone(context, KIND, gallery_id, end) as ours:
                if ours:
                    answer = _work(context, pictures, options, state, end)
        if answer is None:
            return _unfinished(context, pictures)
        complete(context, answer, item.performer_ids)
        return answer


def _work(
    context: Context, pictures: Pictures, options: Options, state: str, end: float
) -> dict[str, Any] | None:
    """The answer, or None when `end` came first."""
    # Whoever held the gallery until now may have given it.
    answer = load_answer(context.store, KIND, pictures.id, state)
    before = known_images(context, pictures)
    again = [image for image in _due(context, pictures) if image.id in before]
    if answer is not None and not again:
        return answer
    missing = [image for image in pictures.images if image.id not in before]
    assign_gallery(context.store, pictures.files, pictures.id)
    context.models.until = end
    try:
        _scan(context, pictures, [*missing, *again], options, end)
    except ModelsBusyError:
        return None
    context.let_engine_go()
    known = known_images(context, pictures)
    # Grouping and naming gets a call of its own when the time is spent.
    if len(known) < len(pictures.images) or (missing and time.monotonic() >= end):
        return None
    if installed(context.data_home).identity != context.manifest.identity:
        return None  # swapped meanwhile: the next call matches with the new one
    if answer is None or known != before:
        answer = _answer(context, pictures, options)
        save_answer(context.store, KIND, pictures.id, state, answer)
    return answer


def _due(context: Context, pictures: Pictures) -> list[ImageItem]:
    """Pictures that could not be read a while ago: their disk or Stash may be back."""
    due = problems_due(context.store, list(pictures.files), AGAIN_SECONDS)
    return [image for image in pictures.images if image.id in due]


def _scan(
    context: Context, pictures: Pictures, wanted: list[ImageItem], options: Options, end: float
) -> None:
    """Scans what is wanted, at least one picture, until `end`."""
    if not wanted:
        return
    from .scan import Scanner

    context.client.use_api_key()
    begun, total = time.monotonic(), len(pictures.images)
    before = load_progress(context.store, KIND, pictures.id) or Progress(0, 0, 0, 0.0, 0)
    known = set(known_images(context, pictures))
    faces, count = face_counts(context.store, list(known)), 0

    said = begun

    def say() -> None:
        nonlocal said
        said = time.monotonic()
        log.progress(len(known) / total)
        seconds = before.seconds + said - begun
        progress = Progress(len(known), total, faces, seconds, before.scanned + count)
        save_progress(context.store, KIND, pictures.id, progress)

    def keep(scan: Scan) -> None:
        nonlocal faces, count
        save_scan(context.store, scan, pictures.id)
        known.add(scan.image_id)
        faces, count = faces + len(scan.faces), count + 1
        if time.monotonic() - said > _SAY_SECONDS:
            say()

    scanner = Scanner(context.client, context.pack.name, lambda: context.engine)
    try:
        scanner.scan(wanted, keep, lambda: time.monotonic() < end)
    finally:
        say()


def _answer(context: Context, pictures: Pictures, options: Options) -> dict[str, Any]:
    from .recognition import Recognition
    from .told import told

    told_of = told(context.store, context.pack, IMAGE, list(pictures.files))
    recognition = Recognition(context.manifest, context.pack, context.data_home, options, told_of)
    return answer_galleries(context, recognition, [pictures])[0]


def _unfinished(context: Context, pictures: Pictures) -> dict[str, Any]:
    known = known_images(context, pictures)
    progress = load_progress(context.store, KIND, pictures.id)
    return {
        "gallery_id": pictures.id,
        "total_images": len(pictures.images),
        "images_processed": len(known),
        "faces_detected": face_counts(context.store, list(known)),
        "performers": [],
        "unknown": [],
        "unknown_total": 0,
        "problems": [],
        "done": False,
        "cursor": str(len(known)),
        "eta_s": progress.eta_s if progress else None,
    }


def complete(context: Context, answer: dict[str, Any], tagged: Sequence[str]) -> None:
    """Adds what is not kept in the stored answer: face pictures, and who is in the library; who
    was rejected for the whole gallery is left out."""
    rejected = rejected_names(context.store, KIND, answer["gallery_id"])
    answer["performers"] = [e for e in answer["performers"] if not rejected & _names(e)]
    for entry in answer["performers"] + answer["unknown"]:
        image_id, ordinal = entry.pop("face")
        entry["face_thumbnail"] = jpeg_uri(load_thumbnail(context.store, image_id, ordinal))
    entries = answer["performers"] + [c for u in answer["unknown"] for c in u["candidates"]]
    mark_local(context.reader, entries, set(tagged))


def _names(entry: dict[str, Any]) -> set[str]:
    boxes = (f"{host}:{uuid}" for host, uuid in entry["stash_ids"].items() if uuid)
    return {entry["performer_id"], *boxes}
