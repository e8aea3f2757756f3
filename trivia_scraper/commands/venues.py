"""`scrapy venues`: which venues are one, of two publishers or of one, and which are not."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from trivia_scraper.cli.command import ProjectCommand, complain
from trivia_scraper.cli.tables import add_json_option, show_json, show_table
from trivia_scraper.clock import utc_now
from trivia_scraper.db import image_ledger, venue_matching
from trivia_scraper.db.distinct_venues import decided, distinguish
from trivia_scraper.db.locks import nobody_crawls
from trivia_scraper.db.venue_merges import Outcome, merge
from trivia_scraper.db.venue_unmerges import Key, unmatch, unmerge
from trivia_scraper.errors import ALREADY_RUNNING, FAILED, OK, BusyError, RefusedError, UsageError
from trivia_scraper.formatting import counted
from trivia_scraper.images.crash_points import Step, reached
from trivia_scraper.images.storage import open_file_store


class Command(ProjectCommand):
    name = "venues"

    def syntax(self) -> str:
        return (
            "duplicates|matches [--json] | merge KEPT GONE | unmerge GONE | unmatch PUBLISHER/ID | distinct ONE OTHER"
        )

    def short_desc(self) -> str:
        return "Show and settle which venues are one, of two publishers or of one"

    def long_desc(self) -> str:
        return (
            "duplicates: pairs of venues that may be one, for you to settle. "
            "matches: venues that were taken for one by name and place. "
            "merge KEPT GONE: the second venue's events and pictures go to the first, which keeps its slug and folder. "
            "unmerge GONE: takes that back. "
            "unmatch PUBLISHER/ID: what was matched by name and place is a venue of its own. "
            "distinct ONE OTHER: they are two, and are not listed again."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_json_option(parser)

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        verb, *rest = args or [""]
        verbs: dict[str, tuple[int, Callable[..., int]]] = {
            "duplicates": (0, self._duplicates),
            "matches": (0, self._matches),
            "merge": (2, self._merge),
            "unmerge": (1, self._unmerge),
            "unmatch": (1, self._unmatch),
            "distinct": (2, self._distinct),
        }
        taken, execute = verbs.get(verb, (-1, self._duplicates))
        if len(rest) != taken:
            raise UsageError(f"it takes {self.syntax()}, not {' '.join(args) or 'nothing'}.")
        if opts.json and taken:
            raise UsageError(f"--json means nothing to {verb}.")
        try:
            return execute(opts, *rest) if taken == 0 else execute(*rest)
        except UsageError as error:
            raise UsageError(str(error)) from None
        except BusyError as error:
            return complain(self.name, error, ALREADY_RUNNING)
        except RefusedError as error:
            return complain(self.name, error, FAILED)

    def _duplicates(self, opts: argparse.Namespace) -> int:
        def pairs(connection: Connection) -> list[venue_matching.Pair]:
            return venue_matching.undecided(connection, decided(connection))

        rows = [asdict(pair) for pair in self.open_store().read(pairs)]
        columns = ("first", "second", "first_publishers", "second_publishers", "distance", "likeness", "postcode")
        return _show(rows, columns, "No two venues look like one.", opts)

    def _matches(self, opts: argparse.Namespace) -> int:
        rows = self.open_store().read(venue_matching.matches)
        columns = ("venue", "publisher", "id", "likeness", "distance")
        return _show(rows, columns, "No venue was matched by name and place.", opts)

    def _merge(self, kept: str, gone: str) -> int:
        done = self._carry_out(merge, kept, gone)
        print(f"{gone} went into {kept}: {_counted(done)}. `scrapy venues unmerge {gone}` takes it back.")
        return OK

    def _unmerge(self, gone: str) -> int:
        done = self._carry_out(unmerge, gone)
        print(f"{gone} is a venue of its own again: {_counted(done)}.")
        return OK

    def _unmatch(self, key: str) -> int:
        publisher, slash, publisher_id = key.partition("/")
        if not slash:
            raise UsageError(f"unmatch takes PUBLISHER/ID as `scrapy venues matches` shows them, not {key}.")
        done = self._carry_out(unmatch, Key(publisher, publisher_id))
        print(f"{key} is now the venue {done.slug}: {_counted(done)}. The next crawl of {publisher} reads its page.")
        return OK

    def _distinct(self, one: str, other: str) -> int:
        self.open_store().run(distinguish, one, other, utc_now())
        print(f"{one} and {other} are two venues.")
        return OK

    def _carry_out(self, function: Callable[..., Outcome], *words: Any) -> Outcome:
        """Copies, then rows, then the old files go."""
        store, files = self.open_store(), open_file_store(self.setting("IMAGES_STORE"))
        try:
            with nobody_crawls(store):
                done = store.run(function, files, *words, utc_now())
        except OSError as error:
            raise RefusedError(f"nothing was changed, because a picture could not be copied: {error}.") from None
        for path in done.moves.placed:
            reached(Step.LEDGER, path)
        for path, why in store.run(image_ledger.remove_unnamed, files, done.moves.superseded):
            complain(self.name, f"{path} could not be removed, which `scrapy images prune` does: {why}.", OK)
        return done


def _counted(done: Outcome) -> str:
    return f"{counted(done.events, 'events')} and {counted(len(done.moves.placed), 'files of pictures')} moved"


def _show(rows: list[dict[str, Any]], columns: tuple[str, ...], nothing: str, opts: argparse.Namespace) -> int:
    if opts.json:
        show_json(rows)
    else:
        show_table(rows, columns, nothing)
    return OK
