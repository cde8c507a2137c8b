"""Who is in galleries whose pictures are known: what one gallery and the whole library share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..stash.entities import ImageItem
from ..store.answers import Progress, database_number, load_progress, save_progress
from ..store.images import load_faces, save_names, scanned
from ..store.references import decided_state
from .context import Context
from .identify_image import KIND as IMAGE
from .options import Options

if TYPE_CHECKING:
    from .recognition import Recognition

KIND = "gallery"


class Pictures(NamedTuple):
    """A gallery and every image in it."""

    id: str
    images: list[ImageItem]

    @property
    def files(self) -> dict[str, str]:
        """Image id to what changes when its file does."""
        return {image.id: image.file.fingerprint() if image.file else "" for image in self.images}


def gallery_state(context: Context, pictures: Pictures, options: Options) -> str:
    """What the gallery's answer is given for; another state means another answer."""
    files = [f"{image_id}:{file}" for image_id, file in sorted(pictures.files.items())]
    said = decided_state(context.store, IMAGE, list(pictures.files))
    return options.state(context.manifest.identity, context.pack.name, said, *files)


def known_images(context: Context, pictures: Pictures) -> dict[str, str | None]:
    """Image id to problem (None: read) of what was scanned as it is now."""
    return scanned(context.store, pictures.files, context.pack.name)


def answer_galleries(
    context: Context, recognition: Recognition, galleries: Sequence[Pictures]
) -> list[dict[str, Any]]:
    """The answers of galleries, all searched for at once; stores who is named in each image.
    Their face pictures are still named by "face": [image id, ordinal]."""
    store, manifest = context.store, context.manifest
    known = [known_images(context, each) for each in galleries]
    faces = [list(load_faces(store, list(each.files), thumbnails=False)) for each in galleries]
    readable = [sum(1 for problem in each.values() if not problem) for each in known]
    found = recognition.gallery_answers(list(zip(faces, readable, strict=True)))
    number = database_number(store, manifest.version, manifest.pack, manifest.identity)
    answers = []
    for pictures, theirs, (answer, named) in zip(galleries, known, found, strict=True):
        save_names(store, {image_id: named.get(image_id, []) for image_id in theirs}, number)
        answers.append(_finished(context, pictures, theirs, answer))
    return answers


def _finished(
    context: Context, pictures: Pictures, known: dict[str, str | None], answer: dict[str, Any]
) -> dict[str, Any]:
    total = len(pictures.images)
    progress = load_progress(context.store, KIND, pictures.id) or Progress(0, 0, 0, 0.0, 0)
    done = progress._replace(done=total, total=total, faces=answer["faces_detected"])
    save_progress(context.store, KIND, pictures.id, done)
    return {
        "gallery_id": pictures.id,
        "total_images": total,
        "images_processed": total,
        **answer,
        "problems": [
            {"image_id": image_id, "problem": known[image_id]}
            for image_id in pictures.files
            if known[image_id]
        ],
        "done": True,
        "cursor": None,
        "eta_s": 0.0,
    }
