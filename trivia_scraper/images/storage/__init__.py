"""Where image files are kept: a directory, an S3 bucket, or a dry run's overlay over one of them."""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

from trivia_scraper.errors import StorageError
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.storage.local import LocalFileStore


def open_file_store(uri: str, *, make: bool = True) -> FileStore:
    """The store of an IMAGES_STORE setting. make: a directory that is missing is made. Raises StorageError."""
    if not uri:
        raise StorageError("IMAGES_STORE is empty; it takes a directory or s3://bucket/prefix/.")
    scheme = "" if os.path.isabs(uri) else urlsplit(uri).scheme
    if scheme in {"", "file"}:
        return LocalFileStore(unquote(urlsplit(uri).path) if scheme else uri, make=make)
    if scheme and "@" in uri:  # what stands before it is not shown
        raise StorageError("IMAGES_STORE takes no keys: boto3 has them from AWS_ACCESS_KEY_ID and its like.")
    if scheme == "s3":
        from trivia_scraper.images.storage.s3 import S3FileStore  # boto3 is an optional part

        return S3FileStore(uri)
    raise StorageError(f"IMAGES_STORE {uri!r} is neither a directory nor s3://bucket/prefix/.")
