"""`scrapy demo`: shows that a forced refresh downloads the images that the publisher changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from sandbox.client import running_sandbox
from trivia_scraper.cli.command import ProjectCommand
from trivia_scraper.clock import utc_now
from trivia_scraper.commands.catalogue import make_file_url
from trivia_scraper.db.queries import Selection, read_stored_events
from trivia_scraper.db.runs import check_source, list_runs
from trivia_scraper.errors import TriviaError
from trivia_scraper.images.storage import open_file_store
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.items import IMAGE_STATUSES
from trivia_scraper.site.build import build

CHANGED_VENUES = 3


class Demo:
    """Crawls a sandbox, changes images there, and crawls again, with the settings of `scrapy demo`."""

    def __init__(self, command: ProjectCommand) -> None:
        self.setting = command.setting
        self.store = command.open_store(make=True)
        # Rich uses 80 columns in a pipe, which would fold every digest.
        self.console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)

    def run(self, scale: str) -> None:
        """Run the demo. Raise TriviaError if a crawl fails or a stored image differs from the served one."""
        self.store.read(check_source, "sandbox")
        files = open_file_store(self.setting("IMAGES_STORE"))
        again = bool(self.store.read(list_runs))
        with running_sandbox(scale) as sandbox:
            self._say("The sandbox serves Quizmeisters at", sandbox.url)
            # The sandbox starts with its first images, and an earlier demo may have stored later ones.
            first = {"force_refresh_images": "true"} if again else {}
            label = "forced refresh, because an earlier demo has crawled" if again else "first crawl"
            self._crawl(sandbox.url, label, **first)
            shown = list(islice(self._heroes(), CHANGED_VENUES))
            before = [_facts(files, each["path"]) for each in shown]
            sandbox.change(each["url"] for each in shown)
            self._say("Changed at the publisher:", f"{len(shown)} images, at the same URLs")
            self._crawl(sandbox.url, "crawl without the flag", force_update="true")
            untouched = before == [_facts(files, each["path"]) for each in shown]
            self._crawl(sandbox.url, "forced refresh", force_refresh_images="true")
            after = [_facts(files, each["path"]) for each in shown]
            served = [_digest(sandbox.served(each["url"])) for each in shown]
        self._show(shown, before, after)
        if not untouched or served != [each["digest"] for each in after]:
            raise TriviaError("a stored image is not what the sandbox serves; please report this.")
        self._say(
            "\nThe crawl without the flag changed no file. After the forced refresh, every file is byte for byte what",
            "the publisher serves now.",
        )
        catalogue = self.setting("CATALOGUE_DIR")
        build(self.store, files, catalogue, base_url=None, now=utc_now())
        newest = self.store.read(list_runs, limit=1)[0]["id"]
        self._say("Catalogue:", make_file_url(catalogue), "(open it in a browser)")
        self._say("Changes:  ", make_file_url(catalogue, f"runs/{newest}.html"), "(the images before and after)")
        self._say("Images:   ", f"{self.setting('IMAGES_STORE')}/venues/")
        self._say("Events:   ", f"{self.store.url}  (scrapy events, scrapy runs, scrapy images status)")
        self._say("Log:      ", str(self._log_file()))

    def _crawl(self, sandbox: str, what: str, **arguments: str) -> None:
        """Run a crawl in its own process, as a person would start it. Raise TriviaError if it fails."""
        given = [word for name, value in arguments.items() for word in ("-a", f"{name}={value}")]
        self._say("$ scrapy crawl quizmeisters", *given, style="bold")
        with self._log_file().open("a") as log:
            command = [sys.executable, "-m", "scrapy", "crawl", "quizmeisters", *given]
            environment = os.environ | {
                "SANDBOX_SERVER": sandbox,
                "IMAGES_STORE": self.setting("IMAGES_STORE"),
                "DATABASE_URL": self.setting("DATABASE_URL"),
            }
            passed = subprocess.run(command, stderr=log, stdout=log, env=environment, check=False).returncode == 0  # noqa: S603
        run = self.store.read(list_runs, limit=1)[0]
        counts: dict[str, int] = run["counts"]
        outcomes = [(name.split("/"), number) for name, number in counts.items() if name.count("/") == 2]
        images = ", ".join(
            f"{number} {IMAGE_STATUSES.get(status, status)}: {reason}"
            for (kind, status, reason), number in outcomes
            if kind == "images"
        )
        self._say(f"  {what}: {run['verdict']}; {counts.get('events/stored', 0)} events; images: {images or 'none'}")
        if not passed:
            raise TriviaError(f"a crawl failed; read {self._log_file()}.")

    def _heroes(self) -> Iterator[dict[str, Any]]:
        """Yield the hero image of each venue, except those that an earlier venue shows too."""
        seen: set[str] = set()
        selection = Selection(publishers=frozenset(["quizmeisters"]))
        for event in self.store.read(lambda connection: list(read_stored_events(connection, selection))):
            for image in event.images:
                if image.kind == "hero" and image.path and image.url not in seen:
                    seen.add(image.url)
                    yield {"venue": event.venue.slug, "path": image.path, "url": image.url}

    def _show(self, shown: list[dict[str, Any]], before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
        table = Table(title="The forced refresh, before and after", title_justify="left", show_lines=True)
        for column in ("venue, file", "state", "bytes", "written (UTC)", "sha256"):
            table.add_column(column, overflow="fold")
        for image, old, new in zip(shown, before, after, strict=True):
            both = [f"{old[fact]}\n{new[fact]}" for fact in ("bytes", "written", "digest")]
            table.add_row(f"{image['venue']}\n{image['path'].rpartition('/')[2]}", "before\nafter", *both)
        self.console.print(table)

    def _say(self, *words: str, style: str | None = None) -> None:
        self.console.print(*words, style=style, markup=False, soft_wrap=True)

    def _log_file(self) -> Path:
        path = Path(self.setting("LOG_DIR")) / "demo.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def _facts(files: FileStore, path: str) -> dict[str, Any]:
    stat = files.stat(path)
    if stat is None:
        return {"bytes": 0, "written": "-", "digest": "missing"}
    written = datetime.fromtimestamp((stat.modified_ns or 0) / 1e9, UTC)
    return {"bytes": stat.bytes, "written": f"{written:%H:%M:%S}", "digest": _digest(files.read(path) or b"")}


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:12]
