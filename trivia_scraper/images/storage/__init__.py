"""Stores of image files: a directory, an S3 bucket, or a dry run's overlay over one of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from trivia_scraper.errors import UsageError
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.storage.local import LocalFileStore

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings


def open_file_store(
    uri: str, *, make: bool = True, writes: bool = True, settings: BaseSettings | None = None
) -> FileStore:
    """Open the store of an IMAGES_STORE setting.

    make: create a missing directory. writes: refuse a store that is not writable; on S3 this writes an object.
    settings: for the AWS_* settings. Raises UsageError, StorageError.
    """
    check_uri(uri)
    scheme = _scheme(uri)
    if scheme == "s3":
        from trivia_scraper.images.storage.s3 import S3FileStore  # boto3 is an optional part

        store = S3FileStore(uri, settings)
        if writes:
            store.check_writable()
        return store
    return LocalFileStore(unquote(urlsplit(uri).path) if scheme else uri, make=make, writes=writes)


def check_uri(uri: str) -> None:
    """Raise UsageError unless `open_file_store` knows this kind of store. Does not access the store."""
    if not uri:
        raise UsageError("IMAGES_STORE is empty; it must be a directory or s3://bucket/prefix/.")
    scheme = _scheme(uri)
    if scheme not in {"", "file"} and not {"@", "?", "#"}.isdisjoint(uri):  # hide the URI: it may contain a secret
        raise UsageError(
            f"IMAGES_STORE {scheme}:// takes no keys and no query. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    if scheme not in {"", "file", "s3"}:
        raise UsageError(f"IMAGES_STORE must be a directory or s3://bucket/prefix/, not {uri!r}.")


def _scheme(uri: str) -> str:
    return "" if os.path.isabs(uri) else urlsplit(uri).scheme
