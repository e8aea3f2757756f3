"""`scrapy runs`: the history of runs, or everything about one."""

from __future__ import annotations

import argparse

from trivia_scraper.cli.command import ProjectCommand, complain
from trivia_scraper.cli.tables import add_json_option, show_json, show_table
from trivia_scraper.db import runs
from trivia_scraper.db.history import changes_of_run, new_in_run
from trivia_scraper.errors import FAILED, OK, UsageError

NARROW = {
    **{"id": "run", "publisher": "publisher", "started_at": "began"},
    **{"verdict": "verdict", "reasons": "reasons", "arguments": "arguments"},
}


class Command(ProjectCommand):
    name = "runs"

    def syntax(self) -> str:
        return "[RUN] [--json]"

    def short_desc(self) -> str:
        return "List the runs, or show one with its counts and changes"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_json_option(parser)

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if len(args) > 1 or not all(word.isdecimal() and len(word) < 18 for word in args):
            raise UsageError(f"it takes one run's number, not {' '.join(args)}.")
        return self._one(int(args[0]), opts) if args else self._all(opts)

    def _all(self, opts: argparse.Namespace) -> int:
        rows = self.open_store().read(runs.listed)
        if opts.json:
            show_json(rows)
        else:
            columns = ("id", "publisher", "started_at", "finished_at", "verdict", "reasons", "arguments", "job_id")
            show_table(rows, columns, "No run was made yet.", NARROW)
        return OK

    def _one(self, run_id: int, opts: argparse.Namespace) -> int:
        store = self.open_store()
        found = store.read(runs.listed, run_id)
        if not found:
            return complain(self.name, f"there is no run {run_id}.", FAILED)
        run = found[0] | {"changes": store.read(new_in_run, run_id) + store.read(changes_of_run, run_id)}
        if opts.json:
            show_json(run)
            return OK
        facts = [{"what": name, "value": value} for name, value in run.items() if name not in {"counts", "changes"}]
        facts += [{"what": name, "value": value} for name, value in run["counts"].items()]
        show_table(facts, ("what", "value"), "")
        print()
        show_table(run["changes"], ("entity", "of", "field", "old", "new"), "It changed nothing.")
        return OK
