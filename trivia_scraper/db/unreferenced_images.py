"""Removes files that are not needed from the image store: superseded, orphaned and old temporary files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trivia_scraper.db import image_ledger
from trivia_scraper.db.engine import Store
from trivia_scraper.db.image_layout import is_ours
from trivia_scraper.db.locks import block_crawls
from trivia_scraper.errors import BusyError, RefusedError
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.verify import find_orphans, list_paths


@dataclass(slots=True)
class Pruned:
    found: list[dict[str, Any]]
    """`what` (temporary, superseded or orphaned) and `path` of each file that was removed, or would be."""
    not_removed: list[tuple[str, str]] = field(default_factory=list)
    """Path and error of each file that could not be removed."""
    skipped: str = ""
    """A sentence that says why superseded and orphaned files were skipped; empty if they were not."""


def prune_images(
    store: Store, files: FileStore, *, dry: bool, force: bool = False, before: datetime | None = None
) -> Pruned:
    """Remove files that no row names, or list them if `dry`.

    before: keep younger files, if the store knows their age. force: remove them even if they are most of the store.

    Raises RefusedError.
    """
    pruned = Pruned([{"what": "temporary", "path": path} for path in files.temporaries()])
    try:
        # During a crawl, a file without a row or a row without a pointer may only be waiting for it.
        with block_crawls(store):
            rows = [row for row in store.read(image_ledger.find_unshown) if _is_old(files, list_paths(row), before)]
            superfluous = list(_superfluous(store, files, rows, before))
            if not (force or dry):
                _refuse(store, files, superfluous)
            pruned.found += superfluous
            if not dry:
                paths = {each["path"] for each in superfluous}
                store.run(image_ledger.delete_unshown, [row["id"] for row in rows])
                pruned.not_removed += store.run(image_ledger.remove_unreferenced, files, paths)
    except BusyError as error:
        pruned.skipped = str(error)
    if not dry:
        pruned.not_removed += _remove_temporaries(files, pruned.found)
    return pruned


def _superfluous(
    store: Store, files: FileStore, unshown: list[dict[str, Any]], before: datetime | None
) -> Iterator[dict[str, Any]]:
    paths = {path for row in unshown for path in list_paths(row)}
    yield from ({"what": "superseded", "path": path} for path in sorted(paths))
    unnamed = find_orphans(files, lambda paths: store.read(image_ledger.select_paths_to_keep, paths), is_ours)
    yield from ({"what": "orphaned", "path": path} for path in unnamed if _is_old(files, [path], before))


def _is_old(files: FileStore, paths: Iterable[str], before: datetime | None) -> bool:
    """Return whether an image and its thumbnails are all old enough, because they are removed together."""
    if before is None:
        return True
    limit, stats = before.timestamp() * 1e9, map(files.stat, paths)
    return all(stat is None or stat.modified_ns is None or stat.modified_ns < limit for stat in stats)


def _refuse(store: Store, files: FileStore, superfluous: list[dict[str, Any]]) -> None:
    """Refuse to remove most of a store: its database is probably another one."""
    everything = sum(1 for _ in files.paths())
    if 2 * len(superfluous) > everything > 2:
        raise RefusedError(
            f"{len(superfluous)} of {everything} files would be removed: is {store.url} the database of this store? "
            "`scrapy images prune --dry-run` lists them, `--force` removes them."
        )


def _remove_temporaries(files: FileStore, found: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for path in (each["path"] for each in found if each["what"] == "temporary"):
        try:
            files.remove(path)
        except OSError as error:
            yield path, str(error)
