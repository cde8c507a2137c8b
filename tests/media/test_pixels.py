from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from stash_face.media.pixels import exif_orientation, upright_rgb
from tests.media.drawn import UPRIGHT, quarters, seen


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "RGBX", "P", "PA", "CMYK", "YCbCr", "HSV"])
def test_every_colour_mode_keeps_its_colours(mode: str) -> None:
    rgb = upright_rgb(quarters().convert(mode))

    assert (rgb.dtype, rgb.shape, rgb.flags.c_contiguous) == (np.uint8, (64, 96, 3), True)
    assert seen(rgb) == UPRIGHT


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_grey_modes_have_three_equal_channels(mode: str) -> None:
    rgb = upright_rgb(quarters().convert(mode))

    assert rgb.shape == (64, 96, 3)
    assert (rgb == rgb[..., :1]).all()


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGBA", (4, 4), (255, 0, 0, 0)),
        Image.new("RGBA", (4, 4), (255, 0, 0, 0)).convert("RGBa"),
        Image.new("LA", (4, 4), (255, 0)),
    ],
)
def test_transparent_parts_show_mid_grey(picture: Image.Image) -> None:
    assert (upright_rgb(picture) == 128).all()


def test_half_transparent_parts_are_mixed_with_the_background() -> None:
    assert upright_rgb(Image.new("RGBA", (1, 1), (255, 0, 0, 51)))[0, 0].tolist() == [153, 102, 102]


def test_a_palette_with_a_transparent_colour_is_transparent_there() -> None:
    picture = quarters().quantize(16)
    picture.info["transparency"] = picture.getpixel((2, 2))

    assert upright_rgb(picture)[2, 2].tolist() == [128, 128, 128]


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(order: str) -> None:
    values = np.array([[0, 127, 129, 257, 32768, 65406, 65407, 65535]], dtype=order)
    mode = {"<u2": "I;16", ">u2": "I;16B"}[order]
    picture = Image.frombytes(mode, (8, 1), values.tobytes())

    assert upright_rgb(picture)[0, :, 0].tolist() == [0, 0, 1, 1, 128, 254, 255, 255]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # floats from 0 to 1, as raw converters write them
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 128, 255]),
        # floats on the scale of bytes, and of 16 bits
        (np.array([[0.0, 51.0, 204.0]], np.float32), [0, 51, 204]),
        (np.array([[0.0, 257.0, 65535.0]], np.float32), [0, 1, 255]),
        # floats without a scale: the largest is white, the smallest below 0 black
        (np.array([[-1e5, 0.0, 3e5]], np.float32), [0, 64, 255]),
        # not numbers are black and leave the others alone
        (np.array([[np.nan, np.inf, -np.inf, 1.0]], np.float32), [0, 0, 0, 255]),
        (np.array([[0, 100, 255]], np.int32), [0, 100, 255]),
        (np.array([[0, 257, 65535]], np.int32), [0, 1, 255]),
        (np.array([[0, 0, 0]], np.int32), [0, 0, 0]),
    ],
)
def test_wide_grey_values_come_to_the_narrowest_usual_range(
    values: np.ndarray, expected: list[int]
) -> None:
    assert upright_rgb(Image.fromarray(values))[0, :, 0].tolist() == expected


def test_a_large_picture_is_reduced_in_every_mode() -> None:
    for mode in ("RGB", "RGBA", "P", "L", "F", "1", "CMYK"):
        assert upright_rgb(Image.new(mode, (8000, 3000))).shape == (1500, 4000, 3), mode


TIFF = b"II*\0" + struct.pack("<I", 8)


@pytest.mark.parametrize(
    ("exif", "orientation"),
    [
        (TIFF + struct.pack("<HHHIHH", 1, 0x112, 3, 1, 6, 0), 6),
        (b"Exif\0\0" + TIFF + struct.pack("<HHHIHH", 1, 0x112, 3, 1, 8, 0), 8),
        (b"MM\0*" + struct.pack(">IHHHIHH", 8, 1, 0x112, 3, 1, 3, 0), 3),
        # second of two tags
        (TIFF + struct.pack("<HHHIIHHIHH", 2, 0x10F, 2, 1, 0, 0x112, 3, 1, 5, 0), 5),
        (TIFF + struct.pack("<HHHIHH", 1, 0x112, 3, 1, 9, 0), 1),  # no such orientation
        (TIFF + struct.pack("<HHHIHH", 1, 0x112, 2, 1, 6, 0), 1),  # a text
        (TIFF + struct.pack("<HHHI", 60000, 0x10F, 2, 1), 1),  # ends in the middle
        (b"II*\0\xff\xff\xff\xff", 1),  # a directory outside
        (b"Exif\0\0", 1),
        (b"", 1),
        (None, 1),
        ("text", 1),
    ],
)
def test_the_orientation_is_read_from_sound_exif_and_else_upright(
    exif: object, orientation: int
) -> None:
    assert exif_orientation(exif) == orientation
