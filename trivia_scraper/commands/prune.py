"""`scrapy prune`: what is older than anybody needs goes, by an age for each kind; what is shown stays."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from trivia_scraper.cli.command import ProjectCommand, complain
from trivia_scraper.cli.tables import add_json_option, show_json, show_table
from trivia_scraper.clock import utc_now
from trivia_scraper.errors import FAILED, OK, RefusedError
from trivia_scraper.options import option

if TYPE_CHECKING:
    from trivia_scraper.db.engine import Store

AGES = {
    "decisions": "DECISIONS_KEPT_DAYS",
    "changes": "HISTORY_KEPT_DAYS",
    "runs": "RUNS_KEPT_DAYS",
    "logs": "LOGS_KEPT_DAYS",
    "feeds": "FEEDS_KEPT_DAYS",
    "spilled": "SPILL_KEPT_DAYS",
    "pictures": "SUPERSEDED_KEPT_DAYS",
}


class Command(ProjectCommand):
    name = "prune"
    usage = "[--dry-run] [--json]"
    purpose = "Remove old runs, decisions, changes, logs, feeds and superseded pictures, by the *_KEPT_DAYS settings"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would be removed, remove nothing")
        add_json_option(parser)

    def execute(self, opts: argparse.Namespace) -> int:
        assert self.settings is not None
        kept_days = {kind: option(setting).value(self.settings) for kind, setting in AGES.items()}
        now = utc_now()
        self.before = {kind: now - timedelta(days=days) for kind, days in kept_days.items()}
        self.dry, self.failed = opts.dry_run, False
        store = self.open_store()
        counts = self._rows(store) | self._old_files(store) | self._pictures(store)
        told, outcome = ("would_go", "would go") if self.dry else ("removed", "went")
        rows: list[dict[str, object]] = [
            {"what": what, told: number, "kept_days": kept_days[what]} for what, number in counts.items()
        ]
        if opts.json:
            show_json(rows)
        else:
            for row in rows:
                row |= {"kept_days": f"{row['kept_days']:g}", "outcome": outcome}
            show_table(rows, ("what", told, "kept_days", "outcome"), "")
        return FAILED if self.failed else OK

    def _rows(self, store: Store) -> dict[str, int]:
        from trivia_scraper.cli import old_files
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
                spilled=set(old_files.spilled_runs(Path(self.setting("SPILL_DIR")))),
                dry=self.dry,
            ),
        }

    def _old_files(self, store: Store) -> dict[str, int]:
        from trivia_scraper.cli import old_files
        from trivia_scraper.db.runs import last_good_starts

        logs, feeds, spills = (Path(self.setting(name)) for name in ("LOG_DIR", "FEEDS_DIR", "SPILL_DIR"))
        old = {
            "logs": old_files.old_logs(logs, self.before["logs"]),
            "feeds": old_files.old_feeds(feeds, self.before["feeds"], store.read(last_good_starts)),
            "spilled": old_files.old_spills(spills, self.before["spilled"], store),
        }
        counts = {}
        for what, paths in old.items():
            found = list(paths)
            left = [] if self.dry else old_files.remove(found)
            self._complain_of(left)
            counts[what] = len(found) - len(left)
        return counts

    def _pictures(self, store: Store) -> dict[str, int]:
        from trivia_scraper.db.unreferenced_images import prune

        files = self.open_files()
        try:
            pruned = prune(store, files, dry=self.dry, before=self.before["pictures"])
        except RefusedError as refusal:
            self.failed = True
            complain(self.name, refusal, FAILED)
            return {"pictures": 0}
        self._complain_of(pruned.left)
        if pruned.waits:
            print(f"scrapy {self.name}: superseded pictures wait: {pruned.waits}", file=sys.stderr)
        return {"pictures": len(pruned.found) - len(pruned.left)}

    def _complain_of(self, left: Iterable[tuple[object, str]]) -> None:
        for path, why in left:
            self.failed = True
            complain(self.name, f"{path} could not be removed: {why}.", FAILED)
