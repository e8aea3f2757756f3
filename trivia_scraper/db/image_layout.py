"""Where this project keeps images in IMAGES_STORE, in folders below it. Thumbnails: images/paths.py.

venues/<slug>/<name>.<suffix>
performers/<slug>/<name>.<suffix>
replaced/<digest>.<suffix>
"""

from __future__ import annotations

import re

from trivia_scraper.images.records import ImageRecord

FOLDERS = VENUES, HOSTS, REPLACED = "venues", "performers", "replaced"
_OURS = re.compile(rf"(?:{'|'.join(FOLDERS)})/(?:[a-z0-9_-][a-z0-9._-]*/)*[a-z0-9_-][a-z0-9._-]*")


def venue_folder(slug: str) -> str:
    return f"{VENUES}/{slug}"


def get_host_folder(slug: str) -> str:
    return f"{HOSTS}/{slug}"


def host_of(stem: str) -> str:
    """Return the slug of the host whose image has this stem."""
    return stem.split("/")[1]


def replaced_path(record: ImageRecord) -> str:
    """Return the path at which the file of a replaced image is kept."""
    return f"{REPLACED}/{record.sha256}.{str(record.path).rpartition('.')[2]}"


def is_replaced(path: str) -> bool:
    return path.startswith(f"{REPLACED}/")


def digest_of_replaced(path: str) -> str:
    return path.partition("/")[2].partition(".")[0]


def is_ours(path: str) -> bool:
    """Return whether this project could have made a path. Other files in the store are ignored."""
    return _OURS.fullmatch(path) is not None
