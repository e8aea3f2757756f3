"""Scrapy's interface of a media store, for overridden hooks that store files themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from io import BytesIO
from typing import Any

from trivia_scraper.images.digests import md5_of
from trivia_scraper.images.records import Persisted
from trivia_scraper.images.storage.base import FileStore

persisted_files: ContextVar[list[Persisted] | None] = ContextVar("persisted", default=None)
"""Collects what `persist_file` stored. The pipeline sets it while a hook runs."""


class PersistingStore:
    """The attribute `store` of a pipeline. open_files: returns the FileStore."""

    def __init__(self, open_files: Callable[[], FileStore]) -> None:
        self._open_files = open_files

    async def persist_file(self, path: str, buf: BytesIO, info: Any, meta: Any = None, headers: Any = None) -> None:
        """Store a file in one step. Raises OSError; an existing file is then unchanged."""
        body = buf.getvalue()
        stat = await asyncio.to_thread(self._open_files().write, path, body)
        if (noted := persisted_files.get()) is not None:
            noted.append(Persisted(path, body, stat.modified_ns))

    async def stat_file(self, path: str, info: Any) -> dict[str, Any]:
        """Return `last_modified` in seconds and the MD5 `checksum`, or an empty dict if there is no such file."""
        return await asyncio.to_thread(self._stat, path)

    def _stat(self, path: str) -> dict[str, Any]:
        files = self._open_files()
        stat, body = files.stat(path), files.read(path)
        if stat is None or body is None:
            return {}
        return {"last_modified": (stat.modified_ns or 0) / 1e9, "checksum": md5_of(body)}
