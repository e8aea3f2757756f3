"""The queue: makes its tables, plans crawls, lists jobs and cancels them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from psycopg_pool import AsyncNullConnectionPool

from trivia_scraper.db.connect import describe_without_secrets, display_url, get_connect_arguments, parse_url
from trivia_scraper.errors import BusyError, DatabaseError, UsageError

CRAWL, PLAN = "crawl", "plan"
"""Names of the two queues. Each has one task of the same name."""
_CATCH_UP_SECONDS = 3600  # If no worker ran at the time of a cron entry, plan it up to this much later.
_LOCK = 7_281_948  # an arbitrary constant, to make tables, plan, and take jobs of dead workers one at a time
_ENDED = ["failed", "aborted", "cancelled"]
T = TypeVar("T")


class Queue:
    """The queue in the database at `url`. Raises UsageError if that is not PostgreSQL.

    Methods raise DatabaseError if the database cannot be reached.
    """

    def __init__(self, url: str) -> None:
        self.url, self._address = url, parse_url(url)
        if self._address.get_backend_name() != "postgresql":
            raise UsageError("the queue needs PostgreSQL, but DATABASE_URL names SQLite (docs/many-machines.md).")
        _, to_connect = self._address.get_dialect()().create_connect_args(self._address)
        self._to_connect: dict[str, Any] = {**get_connect_arguments(self._address), **to_connect}
        # A new connection each time: a pool takes long to recover when a server restarts.
        self._connector = PsycopgConnector(
            pool_factory=AsyncNullConnectionPool, kwargs=self._to_connect, min_size=0, max_size=4
        )
        self.app = App(connector=self._connector, periodic_defaults={"max_delay": _CATCH_UP_SECONDS})

    def run(self, work: Coroutine[Any, Any, T], *, new: bool = False) -> T:
        """Open the queue and run one of the methods below. new: the tables may be missing."""
        return asyncio.run(self._opened(work, new))

    async def plan(self, publisher: str, arguments: Mapping[str, str], at: datetime | None = None) -> str:
        """Queue a crawl of a publisher. Return the job id of its runs, which includes the time `at`.

        Raises BusyError if a job of the publisher is waiting or running.
        """
        async with self.lock_queue() as connection:
            for job in await self._unended(publisher):
                raise BusyError(
                    f"{job.task_kwargs['job']}, the last job of {publisher}, has not ended (`scrapy queue status`)."
                )
            forget = "DELETE FROM procrastinate_jobs WHERE queue_name = %s AND args->>'publisher' = %s"
            await connection.execute(f"{forget} AND status::text = ANY(%s)", [CRAWL, publisher, _ENDED])
            job_id = f"{publisher}-{at or datetime.now(UTC):%Y%m%dT%H%M%SZ}"
            deferrer = self.app.configure_task(
                CRAWL, queue=CRAWL, lock=publisher, queueing_lock=publisher, connection=connection
            )
            await deferrer.defer_async(publisher=publisher, job=job_id, arguments=dict(arguments))
        return job_id

    @asynccontextmanager
    async def lock_queue(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """Open a transaction that other machines cannot run at the same time."""
        async with self._connector.pool.connection() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            yield connection

    async def _opened(self, work: Coroutine[Any, Any, T], new: bool) -> T:
        try:
            # The pool would report only a timeout. This connection gets the server's error.
            await (await psycopg.AsyncConnection.connect(**self._to_connect)).close()
            async with self.app.open_async():
                if not new and not await self.app.check_connection_async():
                    raise DatabaseError("the queue has no tables yet; make them with `scrapy queue schema`.")
                return await work
        except (psycopg.Error, ConnectorException) as error:
            cause = describe_without_secrets(self._address, error.__cause__ or error)
            raise DatabaseError(f"the queue in {display_url(self._address)} failed: {cause}.") from None
        finally:
            work.close()

    async def make_tables(self) -> bool:
        """Make the tables if they are missing. Return whether they were."""
        async with self.lock_queue():
            if await self.app.check_connection_async():
                return False
            await self.app.schema_manager.apply_schema_async()
            return True

    async def jobs(self) -> list[dict[str, Any]]:
        """Return waiting and running jobs, and each publisher's last job if it failed."""
        return [
            {name: job.task_kwargs.get(name) for name in ("publisher", "job")}
            | {"status": job.status, "attempts": job.attempts, "not_before": job.scheduled_at}
            for job in await self.app.job_manager.list_jobs_async(queue=CRAWL)
        ]

    async def cancel(self, publisher: str) -> int:
        """Cancel waiting jobs of a publisher, and ask running ones to stop. Return their number."""
        ids = [job.id for job in await self._unended(publisher) if job.id is not None]
        return sum([await self.app.job_manager.cancel_job_by_id_async(each, abort=True) for each in ids])

    async def _unended(self, publisher: str) -> list[Job]:
        manager = self.app.job_manager
        found = [*await manager.list_jobs_async(queue=CRAWL, status="doing")]
        found += await manager.list_jobs_async(queue=CRAWL, status="todo")
        return [job for job in found if job.task_kwargs["publisher"] == publisher]
