"""`scrapy queue`: crawls on many machines, from a queue in the store's PostgreSQL."""

from __future__ import annotations

import argparse
import logging
import socket
from pathlib import Path
from typing import Any

import scrapy.exceptions
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.conf import arglist_to_dict

from trivia_scraper.cli.command import ProjectCommand, complain
from trivia_scraper.cli.logging import WithoutTraceback
from trivia_scraper.cli.tables import add_json_option, show_json, show_table
from trivia_scraper.errors import FAILED, OK, BusyError, UsageError
from trivia_scraper.formatting import counted
from trivia_scraper.options import option

ACTIONS = ("schema", "worker", "plan", "status", "cancel")
MISSING = "it needs procrastinate and psycopg: pip install 'procrastinate==3.10.0' 'psycopg[binary]'."


class Command(ProjectCommand):
    name = "queue"

    def syntax(self) -> str:
        return (
            "schema | worker [--jobs N] [--name NAME] [-s NAME=VALUE] | plan [PUBLISHER ...] [-a NAME=VALUE] | "
            "status [--json] | cancel PUBLISHER"
        )

    def short_desc(self) -> str:
        return "Crawl on many machines: make the queue's tables, work, plan, show, cancel"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-a", dest="spargs", action="append", default=[], metavar="NAME=VALUE",
                            help="set an argument of the spider (may be repeated)")  # fmt: skip
        parser.add_argument("--jobs", type=int, default=2, metavar="N", help="crawls at once (default: 2)")
        parser.add_argument("--name", help="of the worker, in its log (default: the machine's)")
        add_json_option(parser)

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        try:
            opts.arguments = arglist_to_dict(opts.spargs)
        except ValueError:
            raise scrapy.exceptions.UsageError("Invalid -a value, use -a NAME=VALUE", print_help=False) from None

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        action, *names = args or [""]
        if action not in ACTIONS:
            raise UsageError(f"it takes {', '.join(ACTIONS)}, not {action or 'nothing'}.")
        if action != "plan" and len(names) != (action == "cancel"):
            raise UsageError(f"{action} takes {'one publisher' if action == 'cancel' else 'no name'}.")
        publishers = self._publishers()
        for name in names:
            if name not in publishers:
                raise UsageError(f"there is no publisher {name!r}; there are {', '.join(publishers)}.")
        try:
            from trivia_scraper.queue.jobs import Queue  # an optional part
        except ImportError:
            return complain(self.name, MISSING, FAILED)
        queue = Queue(self.setting("DATABASE_URL"))
        if action == "schema":
            self.open_store()  # the store's tables, too
            print("The queue has its tables." if queue.make_tables() else "The queue had its tables already.")
        elif action == "worker":
            return self._work(queue, opts)
        elif action == "status":
            return self._show(queue.jobs(), opts)
        elif action == "cancel":
            print(f"Cancelled {counted(queue.cancel(names[0]), f'jobs of {names[0]}')}.")
        else:
            return self._plan(queue, list(dict.fromkeys(names)) or publishers, opts.arguments)
        return OK

    def _publishers(self) -> list[str]:
        assert self.settings is not None
        return sorted(get_spider_loader(self.settings).list())

    def _plan(self, queue: Any, names: list[str], arguments: dict[str, str]) -> int:
        from trivia_scraper.queue.cron import check_arguments

        check_arguments(arguments)
        exit_code = OK
        for name in names:
            try:
                print(queue.plan(name, arguments), flush=True)
            except BusyError as error:
                exit_code = complain(self.name, error, error.exit_code)
        return exit_code

    def _work(self, queue: Any, opts: argparse.Namespace) -> int:
        from trivia_scraper.queue.cron import read_plans
        from trivia_scraper.queue.worker import Options, Worker

        assert self.settings is not None
        if opts.jobs < 1:
            raise UsageError(f"--jobs takes a whole number, 1 or more, not {opts.jobs}.")
        by_the_clock = read_plans(self.setting("QUEUE_PLANS"), self._publishers())
        options = Options(
            name=opts.name or socket.gethostname(),
            jobs=opts.jobs,
            logs=Path(self.setting("LOG_DIR")),
            time_limit=option("QUEUE_TIME_LIMIT").value(self.settings),
            kill_after=option("QUEUE_KILL_AFTER").value(self.settings),
            stalled_after=option("QUEUE_STALLED_AFTER").value(self.settings),
            extra=[word for setting in opts.set for word in ("-s", setting)],
        )
        self.open_store()  # says what is wrong with the database before anything waits for it
        self._log()
        worker = Worker(queue, options, by_the_clock)
        if not queue.run(worker.run()):
            return complain(self.name, "the worker ended by itself; its log says why.", FAILED)
        return OK

    def _log(self) -> None:
        from trivia_scraper.queue.worker import EXPECTED

        logging.basicConfig(
            level=self.setting("LOG_LEVEL"), format=self.setting("LOG_FORMAT"), datefmt="%Y-%m-%d %H:%M:%S"
        )
        for handler in logging.getLogger().handlers:
            handler.addFilter(WithoutTraceback(*EXPECTED))
        logging.getLogger("procrastinate.periodic").setLevel(logging.WARNING)

    def _show(self, jobs: list[dict[str, Any]], opts: argparse.Namespace) -> int:
        if opts.json:
            show_json(jobs)
        else:
            columns = ("publisher", "job", "status", "attempts", "not_before")
            show_table(jobs, columns, "The queue is empty.")
        return FAILED if any(job["status"] == "failed" for job in jobs) else OK
