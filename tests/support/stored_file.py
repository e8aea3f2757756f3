"""One stored image and its row, for tests that change the file."""

from __future__ import annotations

import hashlib
import os
from typing import Any

from trivia_scraper.images.storage.local import LocalFileStore

IMAGE = "venues/the-bell/hero.jpg"
OLD, NEW = b"o" * 10_000, b"n" * 20_000
SHA = hashlib.sha256(OLD).hexdigest()
OTHER = b"x" + OLD[1:]  # of the same length as OLD


def overwrite(files: LocalFileStore, body: bytes, *, same_time: bool) -> None:
    path = files.root / IMAGE
    stat = path.stat()
    path.write_bytes(body)
    os.utime(path, ns=(1, stat.st_mtime_ns if same_time else stat.st_mtime_ns + 1))


def row(**changes: Any) -> dict[str, Any]:
    return {
        "venue": "the-bell",
        "path": IMAGE,
        "stem": IMAGE.removesuffix(".jpg"),
        "sha256": SHA,
        "thumbs": {},
        "thumbs_spec": "fill",
    } | changes
