"""The settings of the image pipeline that Scrapy does not have, or that this project gives another default."""

from __future__ import annotations

from typing import Any

from trivia_scraper.options import MOST_DAYS, Option, count, flag, number


def _sizes(value: Any) -> Any:
    from trivia_scraper.images.thumbnails import thumbnail_sizes  # Pillow, which settings.py must not import

    return thumbnail_sizes(value)


IMAGE_OPTIONS = (
    Option(
        "IMAGES_EXPIRES",
        7,
        f"days, at most {MOST_DAYS}; negative for never",
        number(-MOST_DAYS, MOST_DAYS),
        "Days after which an image is revalidated. Scrapy's 90 keep last season's images. 0: always. Negative: never.",
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
        "True: the whole image inside that size, nothing cropped.",
    ),
    count("IMAGES_MAXSIZE", 10 * 1024 * 1024, "Most bytes of one image, before and after decompression."),
    Option(
        "IMAGES_TIMEOUT",
        30,
        "a number, 1 or more",
        number(1),
        "Seconds in which an image must have arrived completely.",
    ),
    count("IMAGES_MIN_WIDTH", 2, "Least width in pixels. A single pixel is a tracker, not an image.", least=0),
    count("IMAGES_MIN_HEIGHT", 2, "Least height in pixels.", least=0),
    count(
        "IMAGES_CONCURRENT", 16, "Images under way at once, from all hosts. With IMAGES_MAXSIZE it bounds the memory."
    ),
    count("IMAGES_THREADS", 2, "Threads that decode, hash, write and record. The event loop does none of it."),
)
