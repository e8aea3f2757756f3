"""A worker: crawls publishers in child processes, plans crawls by cron entries, and takes jobs of dead workers."""

from __future__ import annotations

import asyncio
import logging
import signal
from asyncio import CancelledError
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from procrastinate import JobContext
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import Job, Status
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from sqlalchemy.exc import SQLAlchemyError

from trivia_scraper.db.connect import describe_error
from trivia_scraper.db.engine import Store
from trivia_scraper.db.runs import read_job_verdicts
from trivia_scraper.errors import ALREADY_RUNNING, OK, BusyError, DatabaseError
from trivia_scraper.processes import Processes, make_crawl_command
from trivia_scraper.queue.cron import CronEntry
from trivia_scraper.queue.jobs import CRAWL, PLAN, Queue

logger = logging.getLogger(__name__)
BUSY_WAIT, BUSY_ATTEMPTS = 60, 300
"""Seconds between attempts while the publisher is already being crawled, and their number: five hours in all."""
DIED_WAIT, DIED_RUNS = 30, 5
"""Seconds until a job is repeated after its crawl or machine died, and the maximum number of its runs."""
_POLL_SECONDS = 2.0
WHOLE = "1/1"
"""The shard of version 0.1.0 that is the whole publisher."""


class CrawlError(RuntimeError):
    """A job's run has not passed. `retry_in`: seconds until the next attempt; None if the job has failed."""

    def __init__(self, message: str, retry_in: int | None = None) -> None:
        super().__init__(message)
        self.retry_in = retry_in


EXPECTED_ERRORS = (CrawlError, JobAborted, CancelledError)
"""Exceptions of jobs that need no traceback in the log."""


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """Options of a worker.

    jobs: number of crawls at once. time_limit: seconds that a crawl may take. kill_after: seconds between asking a
    crawl to stop and killing it. stalled_after: seconds without a heartbeat after which a worker counts as dead.
    settings: NAME=VALUE words for each crawl.
    """

    name: str
    jobs: int
    logs: Path
    time_limit: float
    kill_after: float
    stalled_after: float
    settings: Sequence[str] = ()


class _RetryStrategy(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        seconds = exception.retry_in if isinstance(exception, CrawlError) else None
        return None if seconds is None else RetryDecision(retry_in={"seconds": seconds})


class Worker:
    def __init__(self, queue: Queue, options: WorkerOptions, cron_entries: Sequence[CronEntry]) -> None:
        self.queue, self.options = queue, options
        self.processes = Processes(time_limit=options.time_limit, kill_after=options.kill_after)
        queue.app.task(name=CRAWL, queue=CRAWL, pass_context=True, retry=_RetryStrategy())(self._crawl)
        plan = queue.app.task(name=PLAN, queue=PLAN)(self._plan)
        for entry in cron_entries:
            asked: dict[str, Any] = entry.model_dump(include={"publisher", "arguments"})
            queue.app.periodic(cron=entry.cron, periodic_id=entry.key, task_kwargs=asked)(plan)

    async def run(self) -> bool:
        """Work until SIGINT or SIGTERM, which also stop the crawls. Return False if the database was lost instead."""
        loop, options = asyncio.get_running_loop(), self.options
        # Planning must not wait for a crawl, so it has a separate worker.
        parts = [
            loop.create_task(
                self.queue.app.run_worker_async(
                    queues=[queue],
                    name=options.name,
                    concurrency=concurrency,
                    delete_jobs="successful",  # `scrapy runs` shows them
                    install_signal_handlers=False,
                    listen_notify=False,  # a restart of the server would end its connection, and with it the worker
                    fetch_job_polling_interval=_POLL_SECONDS,
                    update_heartbeat_interval=options.stalled_after / 3,
                    stalled_worker_timeout=options.stalled_after,
                )
            )
            for queue, concurrency in ((CRAWL, options.jobs), (PLAN, 1))
        ]
        parts.append(loop.create_task(self._repeat_jobs_of_dead_workers()))

        def stop() -> None:
            self.processes.stop()
            if self.processes.stops == 1:
                loop.call_later(options.kill_after, self.processes.kill)
                for part in parts:
                    part.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        if not self.processes.stops:
            for part in parts:
                part.cancel()
        for ended in await asyncio.gather(*parts, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended
        return self.processes.stops > 0

    async def _crawl(
        self, context: JobContext, publisher: str, job: str, arguments: dict[str, str], shard: str = WHOLE
    ) -> None:
        """Run a job. shard: only in jobs of version 0.1.0. Such a job fails unless it is the whole publisher."""
        if shard != WHOLE:
            raise CrawlError(
                f"an older version planned shard {shard} of {publisher}, and shards are no longer crawled; "
                f"plan the whole publisher with `scrapy queue plan {publisher}`"
            )
        if (await self._verdicts(publisher, job))[:1] == ["passed"]:
            return  # the worker died before it recorded that
        command = make_crawl_command(publisher, {**arguments, "_job": job}, self.options.settings)
        self.options.logs.mkdir(parents=True, exist_ok=True)
        try:
            with (self.options.logs / f"{publisher}.log").open("a+b") as log:
                ended = await self.processes.run(command, log)
        except CancelledError:
            if context.abort_reason() == AbortReason.USER_REQUEST:
                raise JobAborted("it was cancelled") from None
            raise
        if ended.exit_code == OK:
            return
        if self.processes.stops:
            raise CrawlError("the worker was stopped", retry_in=0)
        if ended.over_limit:
            raise CrawlError(f"it was not done after {self.options.time_limit:g} seconds; {ended.last_line}")
        if ended.exit_code < 0:
            retry_in = DIED_WAIT if len(await self._verdicts(publisher, job)) < DIED_RUNS else None
            raise CrawlError(f"it was killed by signal {-ended.exit_code}", retry_in)
        busy = ended.exit_code == ALREADY_RUNNING and context.job.attempts < BUSY_ATTEMPTS
        raise CrawlError(ended.last_line or f"it ended with exit code {ended.exit_code}", BUSY_WAIT if busy else None)

    async def _verdicts(self, publisher: str, job: str) -> Sequence[str]:
        """Return the verdicts of the runs of a job, newest first."""

        def read() -> Sequence[str]:
            with closing(Store(self.queue.url)) as store:
                return store.read(read_job_verdicts, publisher, job)

        return await asyncio.to_thread(read)

    async def _plan(self, timestamp: int, publisher: str, arguments: dict[str, str], shards: int = 1) -> None:
        """Plan a crawl. shards: only in plans of version 0.1.0, ignored."""
        try:
            await self.queue.plan(publisher, arguments, datetime.fromtimestamp(timestamp, UTC))
        except BusyError as error:
            logger.warning("nothing was planned: %s", error)

    async def _repeat_jobs_of_dead_workers(self) -> None:
        """Repeat the jobs of dead workers. This is not a job itself, because it would wait behind the crawls."""
        manager = self.queue.app.job_manager
        while True:
            try:
                async with self.queue.lock_queue():
                    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self.options.stalled_after):
                        await self._repeat_job(job)
            except (psycopg.Error, ConnectorException, SQLAlchemyError, DatabaseError) as error:
                logger.warning(
                    "the jobs of dead workers could not be read: %s", describe_error(error.__cause__ or error)
                )
            await asyncio.sleep(self.options.stalled_after / 3)

    async def _repeat_job(self, job: Job) -> None:
        manager, asked = self.queue.app.job_manager, job.task_kwargs
        begun = 0
        if job.queue == CRAWL:  # job.attempts also counts attempts while the publisher was busy
            begun = len(await self._verdicts(str(asked["publisher"]), str(asked["job"])))
        is_repeated = begun < DIED_RUNS and job.attempts < BUSY_ATTEMPTS
        if is_repeated:
            await manager.retry_job(job)
        else:
            await manager.finish_job(job, Status.FAILED, delete_job=False)
        what = "is repeated" if is_repeated else f"has failed after {begun} runs"
        logger.warning("%s: its worker died; the job %s", job.call_string, what)
