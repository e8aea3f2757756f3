"""Ledger against store: is every recorded file there, whole and the one that was recorded, and is anything there
besides?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from trivia_scraper.images.filestore import FileStore


@dataclass(frozen=True, slots=True)
class Finding:
    problem: Literal["missing", "damaged", "orphaned"]
    path: str
    venue: str | None
    """Slug; None for a file that no row of the ledger names."""


def verify(rows: Iterable[Mapping[str, Any]], files: FileStore) -> Iterator[Finding]:
    """Reads every stored byte. rows: those of store.ledger.catalogue."""
    recorded: set[str] = set()
    for row in rows:
        if row["path"] is not None:
            recorded.add(row["path"])
            body = files.read(row["path"])
            if body is None:
                yield Finding("missing", row["path"], row["venue"])
            elif hashlib.sha256(body).hexdigest() != row["sha256"]:
                yield Finding("damaged", row["path"], row["venue"])
        for path in row["thumbs"].values():
            recorded.add(path)
            if files.stat(path) is None:
                yield Finding("missing", path, row["venue"])
    for path in files.paths():
        if path not in recorded:
            yield Finding("orphaned", path, None)
