"""Who is in one image of Stash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..protocol.request import Request
from ..stash.entities import ImageItem
from ..stash.ids import item_id
from ..stash.library import image
from ..store.answers import database_number, load_answer, save_answer
from ..store.images import Scan, load_scan, save_names, save_scan
from ..store.references import decided_state
from .context import Context
from .matches import mark_local
from .options import Options

if TYPE_CHECKING:
    from .recognition import Recognition

KIND = "image"


def identify_image(request: Request) -> dict[str, Any]:
    """`faces[]` of an image. A known file with known faces costs no detection; a known answer
    loads no model at all."""
    image_id = item_id(request.args.raw("image_id"), "image_id")
    with Context(request) as context:
        options = context.options
        context.pack  # noqa: B018  (no database, no need to ask for anything)
        item = image(context.reader, image_id)
        state = image_state(context, item, options)
        answer = load_answer(context.store, KIND, image_id, state)
        if answer is None:
            answer = _answer(context, item, options)
            save_answer(context.store, KIND, image_id, state, answer)
        mark(context, answer, item.performer_ids)
        return answer


def image_state(context: Context, item: ImageItem, options: Options) -> str:
    """What the image's answer is given for; another state means another answer."""
    file = item.file.fingerprint() if item.file else ""
    said = decided_state(context.store, KIND, [item.id])
    return options.state(context.manifest.identity, context.pack.name, file, said)


def answer_images(
    context: Context, recognition: Recognition, scans: Sequence[Scan]
) -> list[dict[str, Any]]:
    """The answers of images, all searched for at once; stores who is named in them."""
    manifest = context.manifest
    found = recognition.picture_answers([(scan.image_id, scan.faces) for scan in scans])
    number = database_number(context.store, manifest.version, manifest.pack, manifest.identity)
    names = {s.image_id: named for s, (_, named) in zip(scans, found, strict=True)}
    save_names(context.store, names, number)
    return [
        {"image_id": scan.image_id, "faces": faces, "stored": True}
        for scan, (faces, _) in zip(scans, found, strict=True)
    ]


def mark(context: Context, answer: dict[str, Any], tagged: Sequence[str]) -> None:
    """Says which of the matches are in the library, and already tagged on the image."""
    matches = [match for face in answer["faces"] for match in face["matches"]]
    mark_local(context.reader, matches, set(tagged))


def _answer(context: Context, item: ImageItem, options: Options) -> dict[str, Any]:
    from .recognition import Recognition
    from .told import told

    scan = _scan(context, item, options)
    known = told(context.store, context.pack, KIND, [item.id])
    recognition = Recognition(context.manifest, context.pack, context.data_home, options, known)
    return answer_images(context, recognition, [scan])[0]


def _scan(context: Context, item: ImageItem, options: Options) -> Scan:
    """The image's faces, from the store if its file and the models are the same; what could
    not be read is tried again, as its disk may be back."""
    from ..errors import MediaError

    known = load_scan(context.store, item.id)
    state = (item.file.fingerprint() if item.file else "", context.pack.name)
    if known is None or known.problem or (known.file_fingerprint, known.pack) != state:
        known = _detect(context, item, options)
    if known.problem:
        raise MediaError(known.problem)
    return known


def _detect(context: Context, item: ImageItem, options: Options) -> Scan:
    from .scan import Scanner

    found: list[Scan] = []
    Scanner(context.client, context.pack.name, lambda: context.engine).scan(
        [item], found.append, lambda: True
    )
    save_scan(context.store, found[0])
    return found[0]
