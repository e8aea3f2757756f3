"""Turn names and URLs from outside into safe, stable slugs and file names. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from posixpath import basename
from urllib.parse import unquote, urlsplit

from slugify import slugify

MAX_BYTES = 80
APOSTROPHES = re.compile("['’‘ʼ`´]")
_DIGEST_LENGTH = 8
_PLACE_BYTES = 30
_IMAGE_SUFFIX = re.compile(r"\.(?:jpe?g|jfif|png|gif|webp|avif|bmp|tiff?|svg)$", re.IGNORECASE)
_UNSAFE_IN_FILE_NAME = re.compile(r"[^a-z0-9._-]+")
# Names of devices in Windows. A store with such files could not be copied there.
_RESERVED = re.compile(r"^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)")


def short_digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LENGTH]


def slug(name: str) -> str:
    """Return a slug of lower-case ASCII letters, digits and single hyphens, at most MAX_BYTES long. May be empty.

    Apostrophes are removed ("King's" -> "kings"), as in the publishers' own slugs.
    """
    # Before and after NFKC, which splits "´" into a space and a mark, and turns other marks into apostrophes.
    closed = APOSTROPHES.sub("", unicodedata.normalize("NFKC", APOSTROPHES.sub("", name)))
    return slugify(closed, max_length=MAX_BYTES, word_boundary=True) or slugify(closed, max_length=MAX_BYTES)


def venue_slugs(name: str, city: str | None, postcode: str | None, identity: str) -> Iterator[str]:
    """Yield candidates for a venue's slug, the best first.

    They are: name; name and town; name and postcode; name and a digest of `identity`, which is unique.
    """
    base = slug(name)
    if base:
        yield f"venue-{base}" if _RESERVED.match(base) else base
        for place in (city, postcode):
            if suffix := slug(place or "")[:_PLACE_BYTES].strip("-"):
                yield f"{base[: MAX_BYTES - _PLACE_BYTES - 1].rstrip('-')}-{suffix}"
    yield distinct_stem(base or "venue", identity)


def performer_slugs(name: str | None, venue_slug: str) -> Iterator[str]:
    """Yield candidates for a host's slug, the best first. Hosts of the same name at two venues count as two people."""
    base = slug(name or "") or "host"
    if name and not _RESERVED.match(base):
        yield base
    yield f"{base[:30].strip('-')}-{venue_slug[: MAX_BYTES - 31]}".strip("-")
    yield f"{base[:60].strip('-')}-{short_digest(venue_slug + (name or ''))}"


def file_stem(url: str) -> str:
    """Return the file name in a URL, made safe: lower case, with hyphens instead of anything but a-z 0-9 . _ -.

    The image extension is removed, because the real format may differ.
    """
    try:
        last = unquote(basename(urlsplit(url).path.rstrip("/")))
    except ValueError:  # not a valid URL, but the ledger has a row for it too
        last = ""
    # Only image extensions are removed; "at-7.55.33-pm.png" keeps its inner dots.
    while (bare := _IMAGE_SUFFIX.sub("", last)) != last:
        last = bare
    ascii_name = slugify(APOSTROPHES.sub("", last), regex_pattern=r"[^-a-zA-Z0-9._]+", lowercase=True)
    safe = _UNSAFE_IN_FILE_NAME.sub("-", ascii_name.lower())
    safe = re.sub(r"-*\.[.-]*", ".", re.sub(r"-{2,}", "-", safe)).strip(".-")
    if len(safe) > MAX_BYTES:
        safe = distinct_stem(safe, url)
    if _RESERVED.match(safe):
        return f"_{safe}"
    return safe or f"image-{short_digest(url)}"


def distinct_stem(stem: str, identity: str) -> str:
    """Return a name that is unique for `identity`, for example for the second URL with the same file name."""
    return f"{stem[: MAX_BYTES - _DIGEST_LENGTH - 1].rstrip('.-')}-{short_digest(identity)}"
