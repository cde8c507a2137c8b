"""A loaded Pillow image of any mode to an upright, plain RGB array."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stash_face.media.limits import reduction

# Behind transparent parts lies mid-grey: next to it neither dark nor fair hair loses its outline,
# and it is the zero of every detector here (pixels are normalised as (x - 127.5) / 128).
_BACKGROUND = 128

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_ORIENTATION = 0x0112
_SHORT = 3


def upright_rgb(
    im: Image.Image, reduced: Callable[[int, int], int] = reduction
) -> NDArray[np.uint8]:
    """uint8 RGB (H, W, 3), C-contiguous, turned by EXIF, divided as `reduced` says of its size."""
    turn = _TURNS.get(exif_orientation(im.info.get("exif")))
    if im.mode[0] in "IF":
        im = _grey(im)
    elif _has_alpha(im):
        im = im if im.mode in ("RGBA", "LA") else im.convert("RGBA")
    elif im.mode not in ("RGB", "L"):
        im = im.convert("RGB")
    factor = reduced(*im.size)
    if factor > 1:
        im = im.reduce(factor)
    if im.mode in ("RGBA", "LA"):
        im = _on_background(im)
    if im.mode != "RGB":
        im = im.convert("RGB")
    if turn is not None:
        im = im.transpose(turn)
    return np.asarray(im)


def exif_orientation(exif: object) -> int:
    """Orientation 1 to 8 from the first directory of an EXIF block; 1 where there is none.

    A browser turns a picture by EXIF alone, so neither XMP nor other blocks are asked.
    """
    if not isinstance(exif, bytes):
        return 1
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, start)
        for at in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", tiff, at)
            if tag == _ORIENTATION:
                return value if kind == _SHORT and value in _TURNS else 1
    except struct.error:
        pass
    return 1


def _has_alpha(im: Image.Image) -> bool:
    return im.mode in ("LA", "RGBA", "PA", "RGBa") or "transparency" in im.info


def _on_background(im: Image.Image) -> Image.Image:
    alpha = im.getchannel("A")
    plain = im.convert("RGB")
    if alpha.getextrema() == (255, 255):
        return plain
    background = Image.new("RGB", im.size, (_BACKGROUND,) * 3)
    background.paste(plain, mask=alpha)
    return background


def _grey(im: Image.Image) -> Image.Image:
    if im.mode.startswith("I;16"):
        values = np.asarray(im)
        # v / 257 rounded (white is 65535 = 255 * 257), without leaving 16 bits.
        return Image.fromarray(((values - (values >> 8) + 128) >> 8).astype(np.uint8))
    numbers = np.asarray(im.reduce(reduction(*im.size)), dtype=np.float32)
    numbers = np.nan_to_num(numbers, nan=0.0, posinf=0.0, neginf=0.0)
    black, white = min(float(numbers.min()), 0.0), _white(im.mode, float(numbers.max()))
    scaled = (numbers - black) * (255.0 / max(white - black, 1e-6)) + 0.5
    return Image.fromarray(np.clip(scaled, 0, 255).astype(np.uint8))


def _white(mode: str, highest: float) -> float:
    # Neither a 32-bit nor a float picture says what white is: the narrowest usual range holds it.
    usual = (1.0, 255.0, 65535.0) if mode == "F" else (255.0, 65535.0)
    return next((white for white in usual if highest <= white), highest)
