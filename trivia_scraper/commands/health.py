"""`scrapy health`: show the state of each publisher, for people and for monitoring."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from trivia_scraper.cli.command import ProjectCommand, complain
from trivia_scraper.cli.tables import add_json_option, show_rows
from trivia_scraper.clock import utc_now
from trivia_scraper.errors import FAILED, OK
from trivia_scraper.options import value_of

NARROW = {
    "publisher": "publisher",
    "verdict": "verdict",
    "last_good_at": "last good",
    "age_hours": "hours",
    "events": "events",
    "failed_images": "failed",
    "next_run_expected_at": "next",
}
COLUMNS = tuple(NARROW)


class Command(ProjectCommand):
    name = "health"
    usage = "[PUBLISHER ...] [--json]"
    takes_publishers = True
    purpose = "Show the state of each publisher. Exit code 1 if one fails or its last good run is too long ago"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_json_option(parser)

    def execute(self, opts: argparse.Namespace) -> int:
        from trivia_scraper.db.health import EVERY_PUBLISHER, read_health
        from trivia_scraper.db.locks import find_killed_runs

        every = value_of(self.settings, "EXPECTED_EVERY_HOURS")
        store = self.open_store()
        expected = [publisher for publisher in every if publisher != EVERY_PUBLISHER]
        self.check_stored_publishers([*opts.publishers, *expected], store)
        found = store.read(read_health, utc_now(), every, opts.publishers, find_killed_runs(store))
        directory = Path(self.setting("SPILL_DIR"))
        if any(directory.glob("*.jsonl")):
            from trivia_scraper.db.spill import find_waiting_files  # its libraries import slowly

            for each in found:
                for path in store.read(find_waiting_files, each.publisher, directory):
                    each.problems.append(f"has events that could not be stored: `scrapy db replay {path}` stores them")
        internal = {"statuses", "last_run"}
        rows = [{name: value for name, value in asdict(each).items() if name not in internal} for each in found]
        show_rows(
            opts, rows, COLUMNS, "No publisher was crawled yet, and EXPECTED_EVERY_HOURS names no publisher.", NARROW
        )
        for each in found:
            for problem in each.problems:
                complain(self.name, f"{each.publisher} {problem}.", FAILED)
            for warning in each.warnings:
                complain(self.name, f"{each.publisher} has changed: {warning}.", OK)
        return FAILED if any(each.problems for each in found) else OK
