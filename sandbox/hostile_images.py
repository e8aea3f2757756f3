"""Hostile image files: fakes, bombs, cut files, and odd images that must be stored unchanged."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sandbox import hostile_files as files
from sandbox.hostile_case import Case, claim, refused, stored

FAKES = [
    refused("html", "not_an_image", claim(files.LOGIN)),
    refused("html_declared", "not_an_image", claim(files.LOGIN, "text/html")),
    refused("html_that_sends_on", "not_an_image", claim(files.REFRESH, "text/html")),
    refused("json", "not_an_image", claim(files.JSON)),
    refused("pdf", "not_an_image", claim(files.PDF)),
    refused("empty", "not_an_image", claim(b"")),
    refused("zeros", "not_an_image", claim(bytes(5000))),
    refused("signature_only", "truncated", claim(b"\xff\xd8\xff")),
    refused("svg", "format", claim(files.SVG)),
    refused("svg_declared", "format", claim(files.SVG, "image/svg+xml")),
    refused("eps", "format", claim(files.EPS)),
    refused("psd", "format", claim(files.PSD)),
    refused("fits", "format", claim(files.FITS)),
    refused("heic", "format", claim(files.HEIC)),
    *(refused(name.lower(), "format", claim(partial(files.of_format, name))) for name in ("BMP", "TIFF", "ICO", "PPM")),
]

TYPES = [
    stored(f"type_{name}", body, claim(body, content_type))
    for name, content_type, body in (
        ("html", "text/html", files.good), ("octets", "application/octet-stream", files.good),
        ("jpg", "image/jpg", files.good), ("two", "text/html;image/png", files.good), ("none", None, files.good),
        ("svg", "image/svg+xml", files.good), ("png_for_jpeg", "image/png", files.good),
        ("jpeg_for_png", "image/jpeg", partial(files.good, "png")),
        ("jpeg_for_webp", "image/jpeg", partial(files.good, "webp")),
        ("jpeg_for_avif", "image/jpeg", partial(files.good, "avif")),
    )
]  # fmt: skip


def cut(format_name: str, share: float) -> Callable[[], bytes]:
    return lambda: files.good(format_name)[: int(len(files.good(format_name)) * share)]


BROKEN = [
    *(
        refused(f"truncated_{format_name}_{share:.0%}".replace("%", ""), "truncated", claim(cut(format_name, share)))
        for format_name in ("jpeg", "png", "webp", "gif", "avif")
        for share in (0.1, 0.75)
    ),
    refused("jpeg_second_half_zeros", "truncated", claim(files.half_zeros)),
    refused("png_without_end", "truncated", claim(lambda: files.good("png")[:-12])),
    refused("gif_without_trailer", "truncated", claim(lambda: files.good("gif")[:-1])),
    refused("gif_between_frames", "truncated", claim(files.gif_between_frames)),
    refused("noise_in_jpeg", "truncated", claim(lambda: files.good()[:300] + bytes(range(256)) * 20)),
]

SMALL_AND_LARGE = [
    refused("pixel", "too_small", claim(partial(files.flat_png, 1, 1))),
    refused("line", "too_small", claim(partial(files.flat_png, 300, 1))),
    refused("pixel_bomb", "too_large", claim(partial(files.flat_png, 20_000, 20_000))),
    refused("side_bomb", "too_large", claim(partial(files.flat_png, 13_000, 10))),
    refused("gif_frames", "too_large", claim(partial(files.gif_of, 5_000, 100, 100))),
    refused("gif_large_frames", "too_large", claim(partial(files.gif_of, 300, 7_000, 7_000))),
    refused("webp_frames", "too_large", claim(partial(files.webp_of, 5_000))),
    refused("apng_frames", "too_large", claim(partial(files.apng_of, 5_000))),
    refused("jpeg_scans", "too_large", claim(files.jpeg_of_scans)),
    refused("jpeg_views", "too_large", claim(files.jpeg_of_views)),
    stored("scans_at_the_limit", partial(files.jpeg_of_scans, 15, 7_000)),
    stored("pixels_at_the_limit", partial(files.flat_png, 7_000, 7_000)),
]

ODD = [
    stored("with_script", lambda: files.good() + files.SCRIPT),
    stored("with_zip", files.with_zip),
    stored("text_bomb", files.text_bomb_png),  # its comment is not unpacked
    *(stored(f"mode_{mode.replace(';', '_').lower()}", partial(files.of_mode, mode)) for mode in ("CMYK", "I;16")),
    *(stored(f"mode_{mode.lower()}", partial(files.of_mode, mode)) for mode in ("LA", "P", "L", "RGBA")),
    stored("animated_gif", partial(files.good, "gif")),
    stored("animated_webp", partial(files.webp_of, 3)),
    stored("animated_png", partial(files.apng_of, 3)),
    stored("exif_noise", partial(files.jpeg_with_exif, bytes(range(256)) * 200)),
    *(
        stored(f"exif_{name}", partial(files.jpeg_with_exif, files.exif_orientation(kind, count, value)))
        for name, kind, count, value in (
            ("past_the_end", 3, 0xFFFFFFFF, b"\xff\xff\xff\x7f"), ("orientation_text", 2, 3, b"up\0"),
            ("orientation_99", 3, 1, b"\x63\0"), ("orientation_fraction", 5, 1, b"\x08"), ("type_99", 99, 1, b"\1"),
        )
    ),
    stored("icc_noise", partial(files.jpeg_with, 0xE2, b"ICC_PROFILE\0\1\1" + bytes(range(256)))),
    stored("comment_sends_on", partial(files.jpeg_with, 0xFE, files.REFRESH),
           claim(partial(files.jpeg_with, 0xFE, files.REFRESH), "text/html")),
]  # fmt: skip

IMAGES: list[Case] = [*FAKES, *TYPES, *BROKEN, *SMALL_AND_LARGE, *ODD]
