"""Settings of the image pipeline that Scrapy does not have, or for which this project has another default."""

from __future__ import annotations

from typing import Any

from trivia_scraper.options import MOST_DAYS, Option, count, flag, number


def _sizes(value: Any) -> Any:
    from trivia_scraper.images.thumbnails import parse_thumbnail_sizes  # imports Pillow, which settings.py must not

    return parse_thumbnail_sizes(value)


IMAGE_OPTIONS = (
    Option(
        "IMAGES_EXPIRES",
        7,
        f"days, at most {MOST_DAYS}; negative for never",
        number(-MOST_DAYS, MOST_DAYS),
        "Days until an image is revalidated. Scrapy's 90 keeps outdated images. 0: every run. Negative: never.",
    ),
    Option(
        "IMAGES_THUMBS",
        {"small": (300, 300)},
        'names and sizes of thumbnails, like {"small": [300, 300]}',
        _sizes,
        "Thumbnails by name and size in pixels, filled and centre-cropped.",
    ),
    Option(
        "IMAGES_THUMBS_FIT",
        False,
        "True or False",
        flag,
        "True: thumbnails show the whole image inside their size. False: they fill it and are cropped.",
    ),
    count("IMAGES_MAXSIZE", 10 * 1024 * 1024, "Maximum bytes of one image, before and after decompression."),
    Option(
        "IMAGES_TIMEOUT",
        30,
        "a number, 1 or more",
        number(1),
        "Seconds in which an image must be downloaded.",
    ),
    count("IMAGES_MIN_WIDTH", 2, "Minimum width in pixels. A single pixel is a tracker, not an image.", least=0),
    count("IMAGES_MIN_HEIGHT", 2, "Minimum height in pixels.", least=0),
    count(
        "IMAGES_CONCURRENT",
        16,
        "Images downloaded at the same time, across all hosts. Each may need IMAGES_MAXSIZE bytes of memory.",
    ),
    count("IMAGES_THREADS", 2, "Threads that decode, hash, write and record images outside the event loop."),
)
