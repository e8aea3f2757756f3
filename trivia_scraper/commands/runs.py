"""`scrapy runs`: list the runs, or show one run in detail."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from trivia_scraper.cli.command import ProjectCommand, add_repeatable, format_options, whole_number
from trivia_scraper.cli.tables import add_json_option, show_changes, show_json, show_json_rows, show_table
from trivia_scraper.errors import OK, NotFoundError, UsageError

if TYPE_CHECKING:
    from trivia_scraper.db.runs import Share
    from trivia_scraper.items import Unread

COLUMNS = ("id", "publisher", "started_at", "finished_at", "verdict", "reasons", "warnings", "arguments", "job_id")
NARROW = {
    "id": "run",
    "publisher": "publisher",
    "started_at": "began",
    "verdict": "verdict",
    "notes": "arguments; reasons; warnings",
}


class Command(ProjectCommand):
    name = "runs"
    usage = "[RUN] [--publisher P] [--failed] [--limit N] [--json]"
    purpose = "List the runs, or show one run with its counts and changes"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("run", nargs="?", type=whole_number(0), metavar="RUN", help="number of the run to show")
        add_repeatable(parser, "--publisher", "PUBLISHER", "only runs of this publisher")
        parser.add_argument("--failed", action="store_true", help="only runs that failed or were interrupted")
        parser.add_argument("--limit", type=whole_number(), metavar="N", help="only the newest N runs")
        add_json_option(parser)

    def execute(self, opts: argparse.Namespace) -> int:
        if opts.run is None:
            return self._list(opts)
        if opts.publisher or opts.failed or opts.limit:
            raise UsageError("--publisher, --failed and --limit cannot be combined with RUN; omit one or the other.")
        return self._show(opts)

    def _list(self, opts: argparse.Namespace) -> int:
        from trivia_scraper.db.locks import find_killed_runs
        from trivia_scraper.db.runs import list_runs

        store = self.open_store()
        if opts.publisher:
            self.check_stored_publishers(opts.publisher, store)
        killed = find_killed_runs(store)
        rows = store.read(list_runs, limit=opts.limit, publishers=opts.publisher, failed=opts.failed, killed=killed)
        given = format_options(opts, ("publisher", "failed"))
        nothing = f"No run matches {given}." if given else "No run was made yet."
        if opts.json:
            show_json_rows(rows)
        else:
            show_table((row | {"notes": list(_notes(row))} for row in rows), COLUMNS, nothing, NARROW)
        return OK

    def _show(self, opts: argparse.Namespace) -> int:
        from trivia_scraper.db.history import describe_changes, read_changes, read_new_events
        from trivia_scraper.db.locks import find_killed_runs
        from trivia_scraper.db.replaced_images import find_alike
        from trivia_scraper.db.runs import list_runs, shares_of, usual_shares
        from trivia_scraper.items import FIELDS

        store = self.open_store()
        found = store.read(list_runs, opts.run, killed=find_killed_runs(store))
        if not found:
            newest = store.read(list_runs, limit=1)
            hint = f"the newest is {newest[0]['id']}; `scrapy runs` lists them" if newest else "no run was made yet"
            raise NotFoundError(f"there is no run {opts.run}; {hint}.")
        run = found[0]
        alike = store.read(find_alike, [opts.run]).get(opts.run, [])
        if opts.json:
            commands = [asdict(each) | {"command": each.command(opts.run)} for each in alike]
            show_json(
                run
                | {
                    "alike": commands,
                    "changes": store.read(read_new_events, opts.run) + store.read(read_changes, opts.run),
                }
            )
            return OK
        apart = ("counts", "matches", "warnings", "unread")
        facts = [{"what": name, "value": value} for name, value in run.items() if name not in apart]
        facts += [{"what": "warning", "value": warning} for warning in run["warnings"]]
        facts += [{"what": each["counted"], "value": _describe_unread(each)} for each in run["unread"]]
        facts += [{"what": name, "value": value} for name, value in run["counts"].items()]
        facts += [{"what": "alike", "value": f"{each.sentence}: {each.command(opts.run)}"} for each in alike]
        show_table(facts, ("what", "value"), "")
        print()
        usual = store.read(usual_shares, run["publisher"], FIELDS, before=run["id"])
        seen = shares_of(run["counts"], run["matches"], FIELDS)
        shares = [_share(name, each, usual.get(name)) for name, each in seen.items()]
        show_table(shares, ("found", "times", "of", "share", "usual"), "It read no event.")
        print()
        show_changes(store.read(describe_changes, opts.run), "It changed nothing.")
        return OK


def _describe_unread(venue: Unread) -> str:
    """Return the id of a venue that was not read, its page, and the text that was found instead."""
    return ", ".join(dict.fromkeys(filter(None, (venue["id"], venue["page"], venue["found"]))))


def _share(name: str, now: Share, usual: Share | None) -> dict[str, Any]:
    """Return a row of the table of shares. usual: the share in the good runs before this one, if known."""
    before = f"{usual.share:.0%}" if usual else None
    return {"found": name, "times": now.found, "of": now.of, "share": f"{now.share:.0%}", "usual": before}


def _notes(run: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the arguments, reasons and warnings of a run. They share a column on a narrow terminal."""
    if run["arguments"]:
        yield run["arguments"]
    yield from run["reasons"]
    yield from run["warnings"]
