"""Digests of image files."""

from __future__ import annotations

import hashlib
from typing import TypeGuard


def sha256_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def md5_of(body: bytes) -> str:
    """Return the checksum that Scrapy documents for results of its media pipelines."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def has_digest(body: bytes | None, sha256: str | None) -> TypeGuard[bytes]:
    """Return whether a file was found and has this SHA-256."""
    return body is not None and sha256_of(body) == sha256
