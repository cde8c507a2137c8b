from __future__ import annotations

import os
import subprocess
import sys
import warnings
import zlib
from io import BytesIO
from pathlib import Path
from struct import pack

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from stash_face.errors import MediaError
from stash_face.media import image, limits, source
from stash_face.media.image import decode
from tests.media.drawn import UPRIGHT, clip, encoded, quarters, seen

pillow_heif.register_heif_opener()  # for the writer; what is tested does not need it

STILLS = ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF", "JPEG2000"]
TURN_BACK = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def refused(data: bytes | Path, name: str = "") -> str:
    with pytest.raises(MediaError) as caught:
        decode(data, name)
    return caught.value.sentence


@pytest.mark.parametrize("kind", STILLS)
def test_every_still_format_is_decoded_from_bytes_and_from_a_path(
    kind: str, tmp_path: Path
) -> None:
    data = encoded(quarters(), kind)
    path = tmp_path / "any-extension.xyz"
    path.write_bytes(data)

    rgb = decode(data)
    assert (rgb.dtype, rgb.shape, rgb.flags.c_contiguous) == (np.uint8, (64, 96, 3), True)
    assert seen(rgb) == UPRIGHT
    assert np.array_equal(decode(path), rgb)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", TURN_BACK)
def test_pictures_come_upright_whatever_way_the_camera_was_held(
    kind: str, orientation: int
) -> None:
    lying, turn = quarters(), TURN_BACK[orientation]
    if turn is not None:
        lying = lying.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation

    rgb = decode(encoded(lying, kind, exif=exif.tobytes()))
    assert rgb.shape == (64, 96, 3)
    assert seen(rgb) == UPRIGHT


def test_a_picture_that_is_turned_and_reduced_keeps_its_shape() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = quarters(6000, 4000).transpose(Image.Transpose.ROTATE_90)

    rgb = decode(encoded(lying, "JPEG", exif=exif.tobytes()))
    assert rgb.shape == (2000, 3000, 3)
    assert seen(rgb) == UPRIGHT


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF", "TIFF"])
def test_of_an_animation_the_first_frame_counts(kind: str) -> None:
    other = quarters().rotate(180)

    assert seen(decode(encoded(quarters(), kind, save_all=True, append_images=[other]))) == UPRIGHT


def test_the_stand_in_before_an_animated_png_is_passed_over() -> None:
    black = Image.new("RGB", (96, 64))
    data = encoded(
        black, "PNG", save_all=True, default_image=True, append_images=[quarters(), black]
    )

    assert seen(decode(data)) == UPRIGHT


@pytest.mark.parametrize(
    ("picture", "kind", "options"),
    [
        (quarters().convert("CMYK"), "JPEG", {}),  # with Adobe's marker: inverted in the file
        (quarters().convert("CMYK"), "TIFF", {"compression": "tiff_lzw"}),
        (quarters().convert("YCbCr"), "TIFF", {"compression": "jpeg"}),
        (quarters().convert("RGBA"), "WEBP", {"lossless": True}),
        (quarters().convert("P"), "PNG", {"transparency": 255}),
        (quarters().quantize(8), "PNG", {"bits": 4}),
        (quarters(), "JPEG", {"progressive": True}),
        (quarters(), "TIFF", {"compression": "tiff_deflate", "big_tiff": True}),
    ],
)
def test_odd_encodings_keep_their_colours(
    picture: Image.Image, kind: str, options: dict[str, object]
) -> None:
    assert seen(decode(encoded(picture, kind, **options))) == UPRIGHT


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_files_keep_their_shades(kind: str) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)

    assert decode(encoded(Image.fromarray(ramp), kind))[..., 0].tolist() == (
        np.arange(256).reshape(16, 16).tolist()
    )


def test_float_tiffs_keep_their_shades() -> None:
    ramp = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)

    shades = decode(encoded(Image.fromarray(ramp), "TIFF"))[..., 1].astype(int)
    assert np.abs(shades - np.arange(256).reshape(16, 16)).max() <= 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_one_pixel_is_a_picture(kind: str) -> None:
    assert decode(encoded(Image.new("RGB", (1, 1), "white"), kind)).tolist() == [[[255] * 3]]


def test_a_picture_of_30000_by_20_is_a_picture() -> None:
    assert decode(encoded(Image.new("RGB", (30_000, 20)), "PNG")).shape == (20, 30_000, 3)
    assert decode(encoded(Image.new("RGB", (20, 30_000)), "JPEG")).shape == (30_000, 20, 3)


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))

    header = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(b"\0" * 999))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rows + chunk(b"IEND", b"")


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


SMALL = Image.new("RGB", (16, 16))
JPEG, GIF, BMP = encoded(SMALL, "JPEG"), encoded(SMALL, "GIF"), encoded(SMALL, "BMP")
WEBP = encoded(SMALL, "WEBP", exif=b"Exif\0\0II*\0\0\0\0\0")


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png_header(30_000, 30_000), "30000 x 30000"),
        (png_header(11_000, 11_000), "11000 x 11000"),  # Pillow itself would only warn
        (patched(JPEG, JPEG.index(b"\xff\xc0") + 5, pack(">HH", 20_000, 65_000)), "65000 x 20000"),
        (patched(GIF, 6, pack("<HH", 65_535, 65_535)), "65535 x 65535"),
        (patched(WEBP, 24, b"\xff\x3f\x00\xff\x3f\x00"), "16384 x 16384"),
        (patched(BMP, 18, pack("<ii", 50_000, 50_000)), "50000 x 50000"),
    ],
)
def test_a_decompression_bomb_is_refused_by_its_header(data: bytes, size: str) -> None:
    sentence = refused(data, "bomb.png")

    assert sentence.startswith(f'The picture "bomb.png" is {size} pixels large')
    assert "above the limit of 120 megapixels" in sentence


def test_a_picture_within_the_limit_gives_no_warning_of_pillow() -> None:
    big = encoded(Image.new("1", (10_000, 9_500)), "PNG")  # 95 megapixels; Pillow warns from 89

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert decode(big).shape == (3167, 3334, 3)
    assert caught == []


def test_a_file_with_a_broken_tag_gives_no_warning_of_pillow() -> None:
    tiff = encoded(quarters(), "TIFF", artist="x" * 50)
    damaged = tiff.replace(pack("<HHI", 315, 2, 51), pack("<HHI", 315, 2, 60_000))
    assert damaged != tiff

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert seen(decode(damaged)) == UPRIGHT
    assert caught == []


@pytest.mark.parametrize("kind", STILLS)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_file_that_is_cut_off_is_not_half_a_picture(kind: str, part: float) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), kind)

    assert refused(data[: int(len(data) * part)], "beach.jpg") == (
        f'The picture "beach.jpg" is cut off or damaged ({kind}); copy or download it again.'
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The picture is an empty file of 0 bytes; copy or download it again."),
        (b"just some words\n", "The picture holds text, not a picture; copy or download it again."),
        (b"<html>gone</html>", "The picture holds text, not a picture; copy or download it again."),
        (
            b"PK\x03\x04" + bytes(range(256)) * 9,
            "The picture is neither a picture nor a video that can be read; copy or download it "
            "again.",
        ),
        (
            b"\0",
            "The picture is neither a picture nor a video that can be read; copy or download "
            "it again.",
        ),
        (b"\xff\xd8\xff", "The picture is cut off or damaged (JPEG); copy or download it again."),
        (
            b"\xff\x0a\xfa\x9f",
            "The picture is JPEG XL, which cannot be read; save it as JPEG or PNG.",
        ),
    ],
)
def test_what_is_no_picture_is_told_in_a_sentence(data: bytes, sentence: str) -> None:
    assert refused(data) == sentence


def test_what_the_disk_does_not_give_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "file").touch()

    assert refused(tmp_path) == (
        f'The picture "{tmp_path.name}" is a folder; give the path of a file in it.'
    )
    gone = "is not where it should be; put it back or scan again."
    assert refused(tmp_path / "gone.jpg") == f'The picture "gone.jpg" {gone}'
    assert refused(tmp_path / "file" / "x.jpg") == f'The picture "x.jpg" {gone}'
    assert refused(Path("null\0byte.jpg")) == f'The picture "nullbyte.jpg" {gone}'
    assert refused(tmp_path / "empty.jpg") == (
        'The picture "empty.jpg" is an empty file of 0 bytes; copy or download it again.'
    )
    assert "cannot be read (" in refused(tmp_path / ("x" * 5000))


class FailingDisk(BytesIO):
    """Gives the first bytes of a file and then nothing more."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0 or self.tell() + size > 64:
            raise OSError(5, "Input/output error")
        return super().read(size)


# The readers of TIFF and HEIF keep to themselves what the disk said.
TELLING = [kind for kind in STILLS if kind not in ("TIFF", "HEIF")]


@pytest.mark.parametrize("data", [encoded(quarters(), kind) for kind in TELLING] + [clip()])
def test_a_disk_that_fails_in_the_middle_is_told(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "open_file", lambda *_: (FailingDisk(data), len(data)))

    assert "cannot be read (Input/output error); check the disk" in refused(tmp_path / "a.jpg")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            PermissionError(13, "Permission denied"),
            "It may not be read by this program; give it the right to read.",
        ),
        (
            OSError(5, "Input/output error"),
            "It cannot be read (Input/output error); check the disk or the connection to it.",
        ),
        (
            FileNotFoundError(2, "No such file"),
            "It is not where it should be; put it back or scan again.",
        ),
    ],
)
def test_the_words_of_the_operating_system_become_sentences(error: OSError, sentence: str) -> None:
    assert source.unreadable(error, "It").sentence == sentence


if hasattr(os, "mkfifo"):

    def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.jpg")

        assert "is a device or a pipe" in refused(tmp_path / "pipe.jpg")

    def test_a_file_without_the_right_to_read_is_told(tmp_path: Path) -> None:
        locked = tmp_path / "locked.jpg"
        locked.write_bytes(JPEG)
        locked.chmod(0)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)  # to root no file is locked
        try:
            assert "may not be read by this program" in refused(locked)
        finally:
            os.seteuid(user)


def test_a_large_file_is_refused_before_it_is_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "MAX_BYTES", 1_000_000)
    large = tmp_path / "large.webp"
    large.write_bytes(encoded(quarters(), "WEBP"))
    os.truncate(large, 3_000_000)

    assert "is 3 MB large, above the limit of 1 MB" in refused(large)
    assert "is 2 MB large, above the limit of 1 MB" in refused(b"\xff\xd8\xff" + bytes(2_000_000))


def test_a_path_is_read_as_far_as_the_picture_goes(tmp_path: Path) -> None:
    long = tmp_path / "long.jpg"
    long.write_bytes(encoded(quarters(), "JPEG"))
    os.truncate(long, limits.MAX_BYTES + 50_000_000)

    assert seen(decode(long)) == UPRIGHT


def test_hostile_names_stay_data() -> None:
    sentence = refused(b"", "a\n\x1b[31m\x01e\x02\u202e" + "b" * 1000)

    assert sentence.isprintable()
    assert len(sentence) < 250


@pytest.mark.parametrize("kind", ["mp4", "matroska"])
def test_a_video_is_seen_by_its_first_frame(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "clip.gif"
    path.write_bytes(clip(kind))

    assert seen(decode(path)) == UPRIGHT
    assert seen(decode(path.read_bytes())) == UPRIGHT


RUN = """
import sys
from pathlib import Path
import stash_face.media.image as image
loaded = set(sys.modules)
from PIL import Image
before = (Image.MAX_IMAGE_PIXELS, len(Image.OPEN))
for name in sys.argv[1:]:
    image.decode(Path(name))
print(sorted(loaded & {"requests", "av", "pillow_heif", "http.client", "ssl", "cv2"}),
      before == (Image.MAX_IMAGE_PIXELS, len(Image.OPEN)) or before, "av" in sys.modules)
"""


def test_libraries_are_loaded_only_for_the_files_that_need_them(tmp_path: Path) -> None:
    for kind in ("JPEG", "HEIF"):
        (tmp_path / kind).write_bytes(encoded(quarters(), kind))

    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN, tmp_path / "JPEG", tmp_path / "HEIF"],
        cwd=Path(__file__).parents[2] / "plugin" / "py",
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split("\n")[0].startswith("[] ")
    assert run.stdout.rstrip().endswith(" False")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.setitem(sys.modules, "pillow_heif.as_plugin", None)

    assert refused(encoded(quarters(), "HEIF"), "IMG_1.HEIC") == (
        'Run Set up first: The picture "IMG_1.HEIC" needs the Python package "pillow-heif", which '
        "is missing (in Stash: Settings > Tasks > Plugin Tasks > Set up)."
    )


def test_damage_anywhere_ends_in_a_picture_or_a_sentence() -> None:
    chance = np.random.default_rng(3)
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "AVIF", "HEIF", "JPEG2000"):
        whole = np.frombuffer(encoded(quarters(), kind), np.uint8)
        for _ in range(60):
            damaged = whole.copy()
            damaged[chance.integers(0, len(whole), 4)] = chance.integers(0, 256, 4)
            assert picture_or_sentence(damaged.tobytes()).endswith(".")


def picture_or_sentence(data: bytes) -> str:
    try:
        return f"A picture of {decode(data).shape[2]} channels."
    except MediaError as error:
        return error.sentence
