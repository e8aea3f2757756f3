"""What bytes are that do not open as a picture, by how they begin."""

from __future__ import annotations

# Pictures to somebody, but not to every browser, or files that can do more than show a picture.
_OTHER_FORMATS = {
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"\0\0\1\0": "ICO",
    b"8BPS": "PSD",
    b"%!PS": "EPS",
    b"\xc5\xd0\xd3\xc6": "EPS",
    b"SIMPLE  =": "FITS",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\xff\x0a": "JPEG XL",
    **{b"P%d\n" % number: "PPM" for number in range(1, 8)},
}
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"mif1", b"msf1"}


def other_format(body: bytes) -> str | None:
    """The name of a picture format that is not kept; None when the bytes look like no picture at all."""
    for signature, name in _OTHER_FORMATS.items():
        if body.startswith(signature):
            return name
    if body[4:8] == b"ftyp" and body[8:12] in _HEIF_BRANDS:
        return "HEIF"
    head = body[:1000].lower()
    return "SVG" if b"<svg" in head and b"<html" not in head else None


def is_cut(body: bytes) -> bool:
    """Whether a WebP or AVIF file, which both say how long they are, is longer than what there is of it."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return 8 + int.from_bytes(body[4:8], "little") > len(body)
    end = 0
    if body[4:12] in {b"ftypavif", b"ftypavis"}:
        while end + 8 <= len(body):
            size = int.from_bytes(body[end : end + 4], "big")
            if size < 8:  # it ends with the file, or says so in 64 bits
                return False
            end += size
    return end > len(body)
