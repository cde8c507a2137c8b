"""Bytes or a path to one upright RGB picture, whatever the format; every failure is a sentence.

Knows nothing of where the file came from. `limits` says how large a picture may be, `formats`
what a file is, `pixels` how a Pillow mode becomes RGB, `clip` reads videos.
"""

from __future__ import annotations

import importlib
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from stash_face.errors import MediaError, run_set_up_first
from stash_face.media import formats
from stash_face.media.limits import MAX_BYTES, MAX_PIXELS, WORKING_SIDE, check_pixels, reduction
from stash_face.media.naming import titled
from stash_face.media.pixels import upright_rgb
from stash_face.media.source import open_file, unreadable

__all__ = ["MAX_BYTES", "MAX_PIXELS", "WORKING_SIDE", "decode"]

Reduction = Callable[[int, int], int]


class _Reader(NamedTuple):
    module: str
    cls: str
    package: str
    whole: bool = False
    """The reader takes the whole file into memory before it looks at it."""


# Pillow's readers are called by name: nothing is registered, no reader is tried that the first
# bytes do not ask for, and Image.open's own, global pixel limit is left alone.
_READERS = {
    "JPEG": _Reader("PIL.JpegImagePlugin", "JpegImageFile", "pillow"),
    "PNG": _Reader("PIL.PngImagePlugin", "PngImageFile", "pillow"),
    "GIF": _Reader("PIL.GifImagePlugin", "GifImageFile", "pillow"),
    "BMP": _Reader("PIL.BmpImagePlugin", "BmpImageFile", "pillow"),
    "TIFF": _Reader("PIL.TiffImagePlugin", "TiffImageFile", "pillow"),
    "WEBP": _Reader("PIL.WebPImagePlugin", "WebPImageFile", "pillow", whole=True),
    "AVIF": _Reader("PIL.AvifImagePlugin", "AvifImageFile", "pillow>=11.3", whole=True),
    "JPEG2000": _Reader("PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile", "pillow", whole=True),
    "HEIF": _Reader("pillow_heif.as_plugin", "HeifImageFile", "pillow-heif", whole=True),
}

# What Pillow and pillow-heif were seen to raise on damaged files.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RuntimeError,
    struct.error,
    zlib.error,
)


def decode(data: bytes | Path, name: str = "", reduced: Reduction = reduction) -> NDArray[np.uint8]:
    """The picture, upright: uint8 RGB (H, W, 3), C-contiguous; treat it as read-only.

    Of an animation or a video the first frame. Large pictures come divided by what `reduced`
    says of (width, height), so boxes are to be normalised by the array's own shape. `name` is
    only shown in sentences. Raises MediaError.
    """
    title = titled("picture", name or (data.name if isinstance(data, Path) else ""))
    try:
        with _opened(data, title) as (stream, size):
            head = stream.read(formats.HEAD_BYTES)
            stream.seek(0)
            return _decode(stream, size, head, title, reduced)
    except OSError as error:
        raise unreadable(error, title) from error
    except MemoryError as error:
        raise MediaError(
            f"{title} needs more memory than there is; close other programs or save a smaller "
            "copy of it."
        ) from error


@contextmanager
def _opened(data: bytes | Path, title: str) -> Iterator[tuple[BinaryIO, int]]:
    if isinstance(data, bytes):
        _check_bytes(len(data), title)
        yield BytesIO(data), len(data)
        return
    stream, size = open_file(data, title)
    with stream:
        _check_not_empty(size, title)
        yield stream, size


def _check_bytes(size: int, title: str) -> None:
    _check_not_empty(size, title)
    if size > MAX_BYTES:
        raise MediaError(
            f"{title} is {size / 1e6:.0f} MB large, above the limit of {MAX_BYTES // 1_000_000} "
            "MB; save a smaller copy of it."
        )


def _check_not_empty(size: int, title: str) -> None:
    if size == 0:
        raise MediaError(f"{title} is an empty file of 0 bytes; copy or download it again.")


def _decode(
    stream: BinaryIO, size: int, head: bytes, title: str, reduced: Reduction
) -> NDArray[np.uint8]:
    kind = formats.sniff(head)
    if kind in _READERS:
        return _picture(stream, size, head, kind, title, reduced)
    if kind == formats.TEXT:
        raise MediaError(f"{title} holds text, not a picture; copy or download it again.")
    if kind == "JXL":
        raise MediaError(f"{title} is JPEG XL, which cannot be read; save it as JPEG or PNG.")
    try:
        from stash_face.media.clip import first_frame
    except ImportError as error:
        raise _missing("av", title) from error
    return first_frame(stream, title, known=kind == formats.VIDEO)


def _picture(
    stream: BinaryIO, size: int, head: bytes, kind: str, title: str, reduced: Reduction
) -> NDArray[np.uint8]:
    reader = _READERS[kind]
    if reader.whole:
        _check_bytes(size, title)
    if kind == "WEBP" and (canvas := formats.webp_size(head)):
        check_pixels(*canvas, title)
    try:
        cls: type[ImageFile.ImageFile] = getattr(importlib.import_module(reader.module), reader.cls)
    except ImportError as error:
        raise _missing(reader.package, title) from error
    with _quiet():
        try:
            return upright_rgb(_loaded(cls, stream, title, reduced), reduced)
        except Image.DecompressionBombError as error:
            raise MediaError(
                f"{title} holds a part above the limit of {MAX_PIXELS // 1_000_000} megapixels; "
                "save a smaller copy of it."
            ) from error
        except _BROKEN as error:
            if isinstance(error, OSError) and error.errno:
                raise unreadable(error, title) from error
            raise MediaError(
                f"{title} is cut off or damaged ({kind}); copy or download it again."
            ) from error


def _loaded(
    cls: type[ImageFile.ImageFile], stream: BinaryIO, title: str, reduced: Reduction
) -> Image.Image:
    im = cls(stream)
    check_pixels(*im.size, title)
    if im.info.get("default_image") and im.format == "PNG":
        im.seek(1)  # the picture before is only for programs without animation
    factor = reduced(*im.size)
    if factor > 1 and im.format == "JPEG":
        # libjpeg divides by 2, 4 or 8 while it decodes; the rest is divided afterwards.
        im.draft(None, (max(1, im.width // factor), max(1, im.height // factor)))
    im.load()
    return im


def _missing(package: str, title: str) -> MediaError:
    return MediaError(
        run_set_up_first(f'{title} needs the Python package "{package}", which is missing')
    )


@contextmanager
def _quiet() -> Iterator[None]:
    # Pillow's warnings are about the file, and Stash shows each line on stderr as an error. Two
    # threads that leave in another order than they came can at worst let one warning through.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.|pillow_heif")
        yield
