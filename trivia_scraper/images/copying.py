"""Every file that the ledger names, from one store to another: each checked on the way, and whole or not there at its
end, as the stores themselves promise."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.verify import Finding, thumbs_and_picture

_AT_ONCE = (
    8  # of a store far away, whose answers are waited for; so many bodies are in memory, each within IMAGES_MAXSIZE
)


def copy(rows: Collection[Mapping[str, Any]], source: FileStore, target: FileStore) -> Iterator[Finding | None]:
    """One for each file of `rows`, those of store.ledger.catalogue: None when it is in `target` now, else what kept it.

    A picture is copied when it is the one that was recorded. Thumbnails have no digest; `images verify` looks at them.
    Twice does no harm. Raises OSError when `target` refuses one.
    """

    def one(path: str, row: Mapping[str, Any]) -> Finding | None:
        body = source.read(path)
        if not body:
            return Finding("missing", path, row["venue"])
        if path == row["path"] and hashlib.sha256(body).hexdigest() != row["sha256"]:
            return Finding("damaged", path, row["venue"])
        target.write(path, body)
        return None

    todo = ((path, row) for row in rows for path in thumbs_and_picture(row))
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="copies") as workers:
        while some := list(islice(todo, 10 * _AT_ONCE)):  # a mistake at the target ends it soon
            yield from workers.map(one, *zip(*some, strict=True))
