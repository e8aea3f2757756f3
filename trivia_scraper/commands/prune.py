"""`scrapy prune`: remove old data, by the ages in the settings. Nothing that an event shows is removed."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from trivia_scraper.cli.command import ProjectCommand, complain
from trivia_scraper.cli.tables import add_json_option, show_json, show_table
from trivia_scraper.clock import utc_now
from trivia_scraper.errors import FAILED, OK, RefusedError
from trivia_scraper.options import value_of

if TYPE_CHECKING:
    from trivia_scraper.db.engine import Store
    from trivia_scraper.images.storage.base import FileStore

AGES = {
    "decisions": "DECISIONS_KEPT_DAYS",
    "changes": "HISTORY_KEPT_DAYS",
    "runs": "RUNS_KEPT_DAYS",
    "logs": "LOGS_KEPT_DAYS",
    "feeds": "FEEDS_KEPT_DAYS",
    "spilled": "SPILL_KEPT_DAYS",
    "images": "SUPERSEDED_KEPT_DAYS",
    "replaced": "REPLACED_IMAGES_DAYS",
}


class Command(ProjectCommand):
    name = "prune"
    usage = "[--dry-run] [--json]"
    purpose = "Remove old runs, decisions, changes, logs, feeds and images; settings say how old (*_KEPT_DAYS)"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would be removed, remove nothing")
        add_json_option(parser)

    def execute(self, opts: argparse.Namespace) -> int:
        kept_days = {kind: value_of(self.settings, setting) for kind, setting in AGES.items()}
        now = utc_now()
        self.before = {kind: now - timedelta(days=days) for kind, days in kept_days.items()}
        self.dry, self.failed = opts.dry_run, False
        store = self.open_store(writes=not self.dry)
        files = self.open_files(store, writes=not self.dry)  # opened first, so that a refusal removes nothing
        counts = self._prune_rows(store) | self._prune_files(store) | self._prune_images(store, files)
        counts |= self._prune_originals(store, files)
        column = "would_remove" if self.dry else "removed"
        rows: list[dict[str, object]] = [
            {"what": what, column: number, "kept_days": kept_days[what]} for what, number in counts.items()
        ]
        if opts.json:
            show_json(rows)
        else:
            for row in rows:
                row["kept_days"] = f"{row['kept_days']:g}"
            show_table(rows, ("what", column, "kept_days"), "")
        return FAILED if self.failed else OK

    def _prune_rows(self, store: Store) -> dict[str, int]:
        from trivia_scraper.db import retention

        before = self.before
        return {
            "decisions": retention.forget_decisions(store, before["decisions"], dry=self.dry),
            "changes": retention.forget_history(store, before["changes"], dry=self.dry),
            "runs": retention.forget_runs(
                store,
                before["runs"],
                decisions_before=before["decisions"],
                history_before=before["changes"],
                spilled=set(_spilled_runs(Path(self.setting("SPILL_DIR")))),
                dry=self.dry,
            ),
        }

    def _prune_files(self, store: Store) -> dict[str, int]:
        from trivia_scraper.db.runs import read_last_good_starts

        logs, feeds, spills = (Path(self.setting(name)) for name in ("LOG_DIR", "FEEDS_DIR", "SPILL_DIR"))
        old = {
            "logs": _old_logs(logs, self.before["logs"]),
            "feeds": _old_feeds(feeds, self.before["feeds"], store.read(read_last_good_starts)),
            "spilled": _old_spills(spills, self.before["spilled"], store),
        }
        counts = {}
        for what, paths in old.items():
            found = list(paths)
            left = [] if self.dry else _remove(found)
            self._complain_of(left)
            counts[what] = len(found) - len(left)
        return counts

    def _prune_images(self, store: Store, files: FileStore) -> dict[str, int]:
        from trivia_scraper.db.unreferenced_images import prune_images

        try:
            pruned = prune_images(store, files, dry=self.dry, before=self.before["images"])
        except RefusedError as refusal:
            self.failed = True
            complain(self.name, refusal, FAILED)
            return {"images": 0}
        self._complain_of(pruned.not_removed)
        if pruned.skipped:
            complain(self.name, f"superseded images were kept: {pruned.skipped}", OK)
        return {"images": len(pruned.found) - len(pruned.not_removed)}

    def _prune_originals(self, store: Store, files: FileStore) -> dict[str, int]:
        """Remove files of replaced images that exceed the limits on age, number and size."""
        from trivia_scraper.db.image_ledger import remove_unreferenced
        from trivia_scraper.db.replaced_images import Limits, expire_replaced_images, find_overdue_originals

        limits = Limits.from_settings(partial(value_of, self.settings))
        if self.dry:
            return {"replaced": len(store.read(find_overdue_originals, utc_now(), limits)[1])}
        overdue = store.run(expire_replaced_images, utc_now(), limits)
        left = store.run(remove_unreferenced, files, overdue)
        self._complain_of(left)
        return {"replaced": len(overdue) - len(left)}

    def _complain_of(self, left: Iterable[tuple[object, str]]) -> None:
        for path, why in left:
            self.failed = True
            complain(self.name, f"{path} could not be removed: {why}.", FAILED)


def _old_logs(directory: Path, before: datetime) -> Iterator[Path]:
    """Find logs whose last line is too old."""
    return (path for path in _files(directory, "*.log*") if _modified(path) < before.timestamp())


def _old_feeds(directory: Path, before: datetime, last_good: Mapping[str, datetime]) -> Iterator[Path]:
    """Find old feeds. Each publisher's newest feed is kept, and all feeds since its last good run began.

    last_good: publisher -> when that run began.
    """
    for folder, feeds in groupby(_files(directory, "*/*.jsonl"), lambda path: path.parent):
        *others, _ = sorted(feeds, key=_modified)
        limit = min(before, last_good.get(folder.name, before)).timestamp()
        yield from (path for path in others if _modified(path) < limit)


def _old_spills(directory: Path, before: datetime, store: Store) -> Iterator[Path]:
    """Find old spill files whose events were all read again by later runs. Other spill files are kept at any age."""
    for path in _files(directory, "*.jsonl"):
        if _modified(path) < before.timestamp() and not _may_be_needed(path, store):
            yield path


def _spilled_runs(directory: Path) -> Iterator[int]:
    """Yield the numbers of the runs that have spill files, replayed or not."""
    for path in _files(directory, "*.jsonl"):
        number = path.stem.rpartition("-")[2]
        if number.isdecimal():
            yield int(number)


def _may_be_needed(path: Path, store: Store) -> bool:
    """Return whether an event of the file may still be needed, also if the file cannot be read."""
    from trivia_scraper.db.spill import SpillError, is_obsolete, read_spilled

    try:
        return not all(store.read(is_obsolete, found) for found in read_spilled(path))
    except (SpillError, OSError):
        return True


def _remove(paths: Iterable[Path]) -> list[tuple[Path, str]]:
    """Remove files. Return path and error of each file that could not be removed."""
    left = []
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            left.append((path, error.strerror or str(error)))
    return left


def _files(directory: Path, pattern: str) -> list[Path]:
    """Return the files of a directory, or [] if it is missing. Raises OSError if it cannot be read; `glob` does not."""
    if directory.exists():
        os.scandir(directory).close()
    return sorted(path for path in directory.glob(pattern) if path.is_file() and not path.is_symlink())


def _modified(path: Path) -> float:
    """Return the modification time in seconds since 1970, or infinity if the file was just removed."""
    try:
        return path.stat().st_mtime
    except OSError:
        return float("inf")
