"""What a file is, by its first bytes; its name and extension are not asked."""

from __future__ import annotations

from struct import unpack_from

HEAD_BYTES = 64
"""First bytes of a file that `sniff` and `webp_size` look at."""

VIDEO = "VIDEO"
TEXT = "TEXT"
UNKNOWN = "UNKNOWN"

_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),  # BigTIFF
    (b"MM\0+", "TIFF"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),  # bare codestream
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JXL"),
    (b"\xff\x0a", "JXL"),  # bare codestream
    (b"\x1a\x45\xdf\xa3", VIDEO),  # Matroska, WebM
    (b"FLV\x01", VIDEO),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", VIDEO),  # ASF, WMV
    (b"\0\0\x01\xba", VIDEO),  # MPEG program stream
    (b"\0\0\x01\xb3", VIDEO),  # MPEG video
    (b".RMF", VIDEO),
    (b"OggS", VIDEO),
)

# ISO/IEC 23008-12 (HEIF) and the AVIF specification: brands of still pictures and sequences.
_AVIF_BRANDS = (b"avif", b"avis")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs")
_EITHER_BRANDS = (b"mif1", b"mif2", b"msf1")
# The information header starts, after 14 bytes, with its own size.
_BMP_HEADERS = tuple(bytes([size, 0, 0, 0]) for size in (12, 16, 40, 52, 56, 64, 108, 124))
_QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def sniff(head: bytes) -> str:
    """JPEG, PNG, GIF, WEBP, BMP, TIFF, JPEG2000, JXL, AVIF, HEIF, VIDEO, TEXT or UNKNOWN."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"RIFF") and head[8:12] in (b"WEBP", b"AVI "):
        return "WEBP" if head[8:12] == b"WEBP" else VIDEO
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head[4:8] in _QUICKTIME_ATOMS:
        return VIDEO
    if head.startswith(b"BM") and head[14:18] in _BMP_HEADERS:
        return "BMP"
    return TEXT if _is_text(head) else UNKNOWN


def _brand(head: bytes) -> str:
    length = min(int.from_bytes(head[:4], "big"), len(head))
    major = head[8:12]
    brands = [major, *(head[at : at + 4] for at in range(16, length - 3, 4))]
    if major in _AVIF_BRANDS or (major in _EITHER_BRANDS and set(brands) & set(_AVIF_BRANDS)):
        return "AVIF"
    return "HEIF" if major in _HEIF_BRANDS + _EITHER_BRANDS else VIDEO


def _is_text(head: bytes) -> bool:
    plain = head.removeprefix(b"\xef\xbb\xbf")
    return all(byte >= 32 or byte in b"\t\r\n\f" for byte in plain) and b"\x7f" not in plain


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Width and height by a WebP header, None where it holds none.

    Pillow tells the size only after its decoder has set aside memory for two whole frames.
    """
    chunk = head[12:16]
    if len(head) < 30:
        return None
    if chunk == b"VP8X":
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    if chunk == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width, height = unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None
