"""Runs real commands in child processes against the sandbox."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sandbox.client import Sandbox
from tests.support import accidents
from tests.support.children import Finished, run_scrapy
from tests.support.filled import begin
from tests.support.sqlite import put_upgraded_database
from tests.support.stored import stored_events, stored_images
from trivia_scraper.clock import utc_now
from trivia_scraper.db import runs
from trivia_scraper.db.engine import Store
from trivia_scraper.db.image_layout import REPLACED
from trivia_scraper.db.image_ledger import select_paths_to_keep
from trivia_scraper.db.replaced_images import read_kept_originals
from trivia_scraper.db.unreferenced_images import Pruned, prune_images
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.verify import Finding, verify

Rows = list[dict[str, Any]]


class Project:
    """The project with its own state directory. database: URL, by default of an SQLite file in that directory."""

    def __init__(self, home: Path, sandbox: str, database: str | None = None) -> None:
        self.home = home
        self.images = home / "images"
        self.database = database or f"sqlite:///{home / 'trivia.db'}"
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"IMAGES_STORE", "DATABASE_URL", "FEEDS_DIR", "ALERT_URLS", "METRICS_FILE"}
        } | {"TRIVIA_HOME": str(home), "SANDBOX_SERVER": sandbox, "PYTHONWARNINGS": "default"}
        if database is not None:
            self.environment["DATABASE_URL"] = database

    def scrapy(self, *words: str, accident: Any = None, **environment: str) -> Finished:
        """Run `scrapy WORDS` in a child process. accident: see accidents.py."""
        return run_scrapy(words, self.environment | environment, accident=accident)

    def crawl(self, *options: str, publisher: str = "quizmeisters", accident: Any = None, **arguments: str) -> Finished:
        """Run `scrapy crawl` with -a arguments, and return its items too. accident: see accidents.py.

        A missing SQLite database is copied from an upgraded one. With `scrapy("crawl", ...)` the crawl creates it.
        """
        if self.database.startswith("sqlite:") and arguments.get("dry_run") != "true":
            put_upgraded_database(Path(self.database.removeprefix("sqlite:///")))
        feed = self.home / "items.jsonl"
        feed.unlink(missing_ok=True)
        given = [word for name, value in arguments.items() for word in ("-a", f"{name}={value}")]
        done = self.scrapy("crawl", publisher, *given, "-o", f"{feed}:jsonlines", *options, accident=accident)
        lines = feed.read_text().splitlines() if feed.exists() else []
        return replace(done, items=[json.loads(line) for line in lines])

    def begin_run(self) -> None:
        """Make a database with a run that has not ended."""
        put_upgraded_database(self.home / "trivia.db")
        with closing(self.store()) as store:
            begin(store, utc_now())

    def store(self) -> Store:
        return Store(self.database)

    def events(self) -> Rows:
        return self._ask(stored_events)

    def ledger(self) -> Rows:
        return self._ask(stored_images)

    def runs(self) -> Rows:
        """Return the runs, newest first."""
        return self._ask(runs.list_runs)

    def files(self) -> dict[str, bytes]:
        """Return every stored image by its path, without kept files of replaced images."""
        return {path: body for path, body in self._originals().items() if not path.startswith(f"{REPLACED}/")}

    def replaced(self) -> dict[str, bytes]:
        """Return every kept file of a replaced image by its path."""
        return {path: body for path, body in self._originals().items() if path.startswith(f"{REPLACED}/")}

    def _originals(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.images).as_posix(): path.read_bytes()
            for path in sorted(self.images.rglob("*"))
            if path.is_file() and "thumbs" not in path.parts and path.name[0] != "."
        }

    def verify(self) -> Finished:
        """Run `scrapy images verify --json`, with a short pause before its second look."""
        return self.scrapy("images", "verify", "--json", accident=accidents.SoonVerified())

    def findings(self) -> list[Finding]:
        """Return what `scrapy images verify` reports, without a process and without a second look."""
        with closing(self.store()) as store:
            rows = [*self.ledger(), *store.read(read_kept_originals)]
            return list(
                verify(rows, LocalFileStore(self.images), lambda paths: store.read(select_paths_to_keep, paths))
            )

    def prune_images(self) -> Pruned:
        """Do what `scrapy images prune` does, without a process."""
        with closing(self.store()) as store:
            return prune_images(store, LocalFileStore(self.images), dry=False)

    def _ask(self, question: Callable[[Connection], Rows]) -> Rows:
        with closing(self.store()) as store:
            return store.read(question)


def image_requests(sandbox: Sandbox) -> list[Any]:
    """Return the requests for shown images since the log was last cleared."""
    shown = {image["url"] for image in sandbox.images()}
    return [request for request in sandbox.requests() if request["url"] in shown]
