"""`scrapy crawl-all`: crawl all publishers, each in its own process; one table and one exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trivia_scraper.cli.arguments import parse_spider_arguments
from trivia_scraper.cli.command import ProjectCommand, add_spider_arguments, seconds, whole_number
from trivia_scraper.cli.tables import add_json_option, show_json, show_table
from trivia_scraper.clock import utc_now
from trivia_scraper.commands.crawl import check_crawl
from trivia_scraper.errors import ALREADY_RUNNING, FAILED, OK, USAGE, OutputError
from trivia_scraper.items import IMAGE_STATUSES

if TYPE_CHECKING:
    from trivia_scraper.processes import Crawl

# Scrapy names a command after its module, and the file of a module cannot have a hyphen.
__name__ = f"{__package__}.crawl-all"

WORST_LAST = (OK, ALREADY_RUNNING, FAILED, USAGE)
KILL_AFTER = 60.0


class Command(ProjectCommand):
    name = "crawl-all"
    takes_publishers = True
    usage = "[PUBLISHER ...] [--jobs N] [--time-limit SECONDS] [-a NAME=VALUE] [-s NAME=VALUE] [--json]"
    purpose = "Crawl all publishers. Exit code: 0 all passed, 75 one was already running, 1 one failed, 2 wrong usage"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        from trivia_scraper.spiders.arguments import SpiderArguments

        add_spider_arguments(parser, SpiderArguments.model_fields)
        parser.add_argument("--jobs", type=whole_number(), default=1, metavar="N",
                            help="number of crawls at the same time (default: 1)")  # fmt: skip
        parser.add_argument("--time-limit", type=seconds, metavar="SECONDS",
                            help="stop a crawl that takes longer")  # fmt: skip
        parser.add_argument("--kill-after", type=seconds, default=KILL_AFTER, metavar="SECONDS",
                            help=f"kill it if it still runs this much later (default: {KILL_AFTER:.0f})")  # fmt: skip
        add_json_option(parser)

    def execute(self, opts: argparse.Namespace) -> int:
        import asyncio

        from trivia_scraper.db.runs import list_runs
        from trivia_scraper.extensions.checks import check_directory
        from trivia_scraper.processes import Processes, crawl_each, make_crawl_command

        self.check_publishers(opts.publishers)
        arguments = parse_spider_arguments(opts.spargs)
        is_dry = check_crawl(self.settings, arguments).dry_run
        check_directory("LOG_DIR", self.setting("LOG_DIR"))
        job = str(arguments.setdefault("_job", f"all-{utc_now():%Y%m%dT%H%M%SZ}"))
        logs = Path(self.setting("LOG_DIR"))
        try:
            logs.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"the logs cannot be written: {error}.") from None
        crawls = crawl_each(
            dict.fromkeys(opts.publishers) or self.publishers(),
            lambda publisher: make_crawl_command(publisher, arguments, opts.set),
            Processes(time_limit=opts.time_limit, kill_after=opts.kill_after),
            logs=logs,
            jobs=opts.jobs,
            report=_report_end,
        )
        done = asyncio.run(crawls)
        newest_last = [] if is_dry else reversed(self.open_store(writes=True).read(list_runs, job_id=job))
        runs = {row["publisher"]: row for row in newest_last}
        rows = [_build_row(crawl, runs.get(crawl.publisher), opts.time_limit) for crawl in done]
        if opts.json:
            show_json(rows)
        else:
            for row in rows:
                row["duration"] = _format_duration(row["seconds"])
                row["images"] = {IMAGE_STATUSES[status]: number for status, number in (row["images"] or {}).items()}
            show_table(rows, ("publisher", "verdict", "events", "images", "duration", "reasons"), "")
        return _worst(_exit_code(crawl) for crawl in done)


def _worst(codes: Iterable[int]) -> int:
    """Return the worst exit code. Usage errors of some publishers are failures, because the others were crawled."""
    found = set(codes)
    return FAILED if USAGE in found and found != {USAGE} else max(found, key=WORST_LAST.index)


def _exit_code(crawl: Crawl) -> int:
    return crawl.ended.exit_code if crawl.ended and crawl.ended.exit_code in WORST_LAST else FAILED


def _build_row(crawl: Crawl, run: Mapping[str, Any] | None, time_limit: float | None) -> dict[str, Any]:
    counts = run["counts"] if run else {}
    reasons = list(run["reasons"]) if run else []
    ended = crawl.ended
    if ended is None:
        verdict, reasons = "not started", ["the command was stopped before this crawl started"]
    elif ended.exit_code == ALREADY_RUNNING:
        verdict, reasons = "already running", ["another process is crawling this publisher"]
    elif ended.killed:
        verdict = "killed"
    elif run is None and crawl.stopped:
        verdict, reasons = "interrupted", ["stopped before its run began"]
    elif run is None and ended.exit_code == OK:
        verdict, reasons = "passed", ["a dry run, which stores nothing"]
    elif run is None:
        verdict, reasons = "failed", [ended.last_line or "it ended without a run and without a message"]
    else:
        verdict = run["verdict"] if run["verdict"] != "running" else "killed"
    if ended and ended.over_limit:
        reasons.insert(0, f"it took longer than {time_limit:g} seconds")
    images = {status: counts[f"images/{status}"] for status in IMAGE_STATUSES if f"images/{status}" in counts}
    return {
        "publisher": crawl.publisher,
        "verdict": verdict,
        "exit_code": _exit_code(crawl),
        "run": run["id"] if run else None,
        "events": counts.get("events/stored", 0) if run else None,
        "images": images if run else None,
        "seconds": round(crawl.seconds, 1),
        "reasons": reasons,
        "log": str(crawl.log),
    }


def _report_end(crawl: Crawl) -> None:
    """Report on standard error that a crawl has ended, while others still run."""
    if crawl.ended:
        how = "passed" if crawl.ended.exit_code == OK else f"ended with exit code {_exit_code(crawl)}"
        print(f"{crawl.publisher} {how} after {_format_duration(crawl.seconds)}; see {crawl.log}.", file=sys.stderr)


def _format_duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
