"""`scrapy prune`: what is older than anybody needs goes, by an age for each kind; what is shown stays."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
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
        self.kept = {kind: option(setting).value(self.settings) for kind, setting in AGES.items()}
        self.now, self.dry, self.failed = utc_now(), opts.dry_run, False
        store = self.open_store()
        counts = self._rows(store) | self._old_files(store) | self._pictures(store)
        told, outcome = ("would_go", "would go") if self.dry else ("removed", "went")
        rows: list[dict[str, object]] = [
            {"what": what, told: number, "kept_days": self.kept[what]} for what, number in counts.items()
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

        decisions_before, history_before = self._before("decisions"), self._before("changes")
        spilled = set(old_files.spilled_runs(Path(self.setting("SPILL_DIR"))))
        return {
            "decisions": retention.forget_decisions(store, decisions_before, dry=self.dry),
            "changes": retention.forget_history(store, history_before, dry=self.dry),
            "runs": retention.forget_runs(
                store,
                self._before("runs"),
                decisions_before=decisions_before,
                history_before=history_before,
                spilled=spilled,
                dry=self.dry,
            ),
        }

    def _old_files(self, store: Store) -> dict[str, int]:
        from trivia_scraper.cli import old_files
        from trivia_scraper.db.runs import last_good_starts

        feeds_since = store.read(last_good_starts)
        old = {
            "logs": old_files.old_logs(Path(self.setting("LOG_DIR")), self._before("logs")),
            "feeds": old_files.old_feeds(Path(self.setting("FEEDS_DIR")), self._before("feeds"), feeds_since),
            "spilled": old_files.old_spills(Path(self.setting("SPILL_DIR")), self._before("spilled"), store),
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
            pruned = prune(store, files, dry=self.dry, before=self._before("pictures"))
        except RefusedError as refusal:
            self.failed = True
            complain(self.name, refusal, FAILED)
            return {"pictures": 0}
        self._complain_of(pruned.left)
        if pruned.waits:
            print(f"scrapy {self.name}: superseded pictures wait: {pruned.waits}", file=sys.stderr)
        return {"pictures": len(pruned.found) - len(pruned.left)}

    def _before(self, what: str) -> datetime:
        return self.now - timedelta(days=self.kept[what])

    def _complain_of(self, left: Iterable[tuple[object, str]]) -> None:
        for path, why in left:
            self.failed = True
            complain(self.name, f"{path} could not be removed: {why}.", FAILED)
