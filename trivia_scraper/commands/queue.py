"""`scrapy queue`: crawl on many machines, with a job queue in the project's PostgreSQL database."""

from __future__ import annotations

import argparse
import logging
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from trivia_scraper.cli.arguments import parse_spider_arguments
from trivia_scraper.cli.command import (
    VerbCommand,
    add_publishers,
    add_spider_arguments,
    complain,
    whole_number,
)
from trivia_scraper.cli.tables import add_json_option, show_rows
from trivia_scraper.errors import FAILED, OK, BusyError, NotFoundError, missing_part
from trivia_scraper.formatting import format_count
from trivia_scraper.options import check_settings, option, value_of

if TYPE_CHECKING:
    from trivia_scraper.queue.jobs import Queue


class Command(VerbCommand):
    name = "queue"
    usage = "schema|worker|plan|status|cancel [options]"
    purpose = "Crawl on many machines: create the job queue, run workers, add, list and cancel jobs"

    def add_verbs(self) -> None:
        from trivia_scraper.spiders.arguments import SpiderArguments

        self.add_verb("schema", self._schema)
        worker = self.add_verb("worker", self._run_worker)
        worker.add_argument("--jobs", type=whole_number(), default=2, metavar="N",
                            help="number of crawls at the same time (default: 2)")  # fmt: skip
        worker.add_argument("--name", help="name of the worker in its log (default: the machine's name)")
        plan = self.add_verb("plan", self._plan, "[PUBLISHER ...] [options]")
        add_publishers(plan)
        add_spider_arguments(plan, SpiderArguments.model_fields)
        status = self.add_verb("status", self._status)
        add_json_option(status)
        cancel = self.add_verb("cancel", self._cancel, "PUBLISHER")
        cancel.add_argument("publisher", metavar="PUBLISHER")

    def _queue(self) -> Queue:
        try:
            from trivia_scraper.queue.jobs import Queue  # an optional part
        except ImportError:
            raise missing_part("the queue", "queue") from None
        return Queue(self.setting("DATABASE_URL"))

    def _schema(self, opts: argparse.Namespace) -> int:
        """Create the queue's tables in the database."""
        queue = self._queue()
        self.open_store(make=True)  # creates the project's tables too
        made = queue.run(queue.make_tables(), new=True)
        print("The queue's tables were created." if made else "The queue's tables already exist.")
        return OK

    def _plan(self, opts: argparse.Namespace) -> int:
        """Queue a crawl of each publisher."""
        self.check_publishers(opts.publishers)
        names = dict.fromkeys(opts.publishers) or self.publishers()
        queue, arguments = self._queue(), parse_spider_arguments(opts.spargs)
        from trivia_scraper.queue.cron import check_arguments

        check_arguments(arguments)
        exit_code = OK
        for name in names:
            try:
                print(queue.run(queue.plan(name, arguments)), flush=True)
            except BusyError as error:
                exit_code = complain(self.name, error, error.exit_code)
        return exit_code

    def _status(self, opts: argparse.Namespace) -> int:
        """List waiting, running and failed jobs. Exit code 1 if a job failed."""
        queue = self._queue()
        jobs = queue.run(queue.jobs())
        show_rows(opts, jobs, ("publisher", "job", "status", "attempts", "not_before"), "The queue is empty.")
        return FAILED if any(job["status"] == "failed" for job in jobs) else OK

    def _cancel(self, opts: argparse.Namespace) -> int:
        """Cancel the waiting and running jobs of a publisher. Exit code 1 if it has no such job."""

        queue, store = self._queue(), self.open_store(writes=True)
        self.check_stored_publishers([opts.publisher], store)
        cancelled = queue.run(queue.cancel(opts.publisher))
        if not cancelled:
            raise NotFoundError(f"no job of {opts.publisher} is waiting or running.")
        print(f"Cancelled {format_count(cancelled, f'jobs of {opts.publisher}')}.")
        return OK

    def _run_worker(self, opts: argparse.Namespace) -> int:
        """Run the queue's jobs until stopped."""
        queue = self._queue()
        check_settings(self.settings, [option(name) for name in ("LOG_LEVEL", "LOG_FORMAT", "LOG_DIR")])
        from trivia_scraper.queue.cron import read_cron_entries
        from trivia_scraper.queue.worker import Worker, WorkerOptions

        cron_entries = read_cron_entries(self.setting("QUEUE_PLANS"), self.publishers())
        options = WorkerOptions(
            name=opts.name or socket.gethostname(),
            jobs=opts.jobs,
            logs=Path(self.setting("LOG_DIR")),
            time_limit=value_of(self.settings, "QUEUE_TIME_LIMIT"),
            kill_after=value_of(self.settings, "QUEUE_KILL_AFTER"),
            stalled_after=value_of(self.settings, "QUEUE_STALLED_AFTER"),
            settings=opts.set,
        )
        self.open_store(make=True)  # reports a faulty database before the worker starts
        self._set_up_log()
        worker = Worker(queue, options, cron_entries)
        if not queue.run(worker.run()):
            return complain(self.name, "the worker ended without being stopped; its log says why.", FAILED)
        return OK

    def _set_up_log(self) -> None:
        from trivia_scraper.cli.logging import WithoutTraceback
        from trivia_scraper.queue.worker import EXPECTED_ERRORS

        logging.basicConfig(
            level=self.setting("LOG_LEVEL"), format=self.setting("LOG_FORMAT"), datefmt="%Y-%m-%d %H:%M:%S"
        )
        for handler in logging.getLogger().handlers:
            handler.addFilter(WithoutTraceback(*EXPECTED_ERRORS))
        logging.getLogger("procrastinate.periodic").setLevel(logging.WARNING)
