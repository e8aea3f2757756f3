"""Where image files are kept: a directory, an S3 bucket, or a dry run's overlay over one of them."""

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

    make: a directory that is missing is made. writes: it must be writable, which an object proves on S3. settings:
    where the AWS_* settings are. Raises UsageError, StorageError.
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
    """Raise UsageError unless `open_file_store` knows such a store. Looks at nothing."""
    if not uri:
        raise UsageError("IMAGES_STORE is empty; it takes a directory or s3://bucket/prefix/.")
    scheme = _scheme(uri)
    if scheme not in {"", "file"} and not {"@", "?", "#"}.isdisjoint(uri):  # not shown: these set off secrets
        raise UsageError(
            f"IMAGES_STORE {scheme}:// takes no keys and no query: boto3 has them from AWS_ACCESS_KEY_ID and its like."
        )
    if scheme not in {"", "file", "s3"}:
        raise UsageError(f"IMAGES_STORE {uri!r} is neither a directory nor s3://bucket/prefix/.")


def _scheme(uri: str) -> str:
    return "" if os.path.isabs(uri) else urlsplit(uri).scheme
