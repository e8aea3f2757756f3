"""`scrapy db`: upgrade, check, dump and load the database, and store events that it refused earlier."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trivia_scraper.cli.command import VerbCommand, complain, file_name
from trivia_scraper.cli.tables import add_json_option, show_facts
from trivia_scraper.errors import FAILED, OK, BusyError, OutputError, TriviaError

if TYPE_CHECKING:
    from trivia_scraper.db.engine import Store
    from trivia_scraper.db.spill import Spilled

SENTENCES = {
    "current": "The database {database} is up to date (revision {revision}).",
    "empty": (
        "The database {database} has no tables: TRIVIA_HOME or DATABASE_URL is wrong, or nothing was crawled yet."
    ),
    "behind": "The database {database} is at revision {revision}; `scrapy db upgrade` brings it to {newest}.",
    "foreign": "The database {database} belongs to another program; DATABASE_URL is wrong.",
    "newer": "The database {database} is at revision {revision}, of a newer version; install that version.",
    "unreleased": "The database {database} is at revision {revision}, of an unreleased version; use a new database.",
}


class Command(VerbCommand):
    name = "db"
    usage = "upgrade|check|replay|dump|load [options]"
    purpose = "Upgrade, check, dump and load the database; store events that it refused earlier"

    def add_verbs(self) -> None:
        upgrade = self.add_verb("upgrade", self._upgrade)
        check = self.add_verb("check", self._check)
        replay = self.add_verb("replay", self._replay, "FILE [options]")
        dump = self.add_verb("dump", self._dump, "FILE [options]")
        dump.add_argument("--while-crawling", action="store_true",
                          help="dump even if a crawl is running; the dump has the rows of one moment")  # fmt: skip
        load = self.add_verb("load", self._load, "FILE [options]")
        for parser in (replay, dump, load):
            parser.add_argument("file", metavar="FILE", type=file_name)
        for parser in (upgrade, check, replay, dump, load):
            add_json_option(parser)

    def _upgrade(self, opts: argparse.Namespace) -> int:
        """Create the database, or upgrade it to this version. An SQLite file is copied first. A crawl does the same."""
        store = self.open_store(make=True)
        done = store.upgraded
        facts: dict[str, Any] = {"database": store.url, "before": done.before, "after": done.after, "copy": done.copy}
        sentence = done.describe(store.url)
        if done.before == done.after:
            sentence = SENTENCES["current"].format(database=store.url, revision=done.after)
        show_facts(opts, facts, sentence)
        return OK

    def _check(self, opts: argparse.Namespace) -> int:
        """Show whether the database needs an upgrade; change nothing. Exit code: 0 up to date, 1 otherwise."""
        from trivia_scraper.db.engine import inspect_schema

        facts = inspect_schema(self.setting("DATABASE_URL"))
        show_facts(opts, facts, SENTENCES[facts["state"]].format(**facts))
        return OK if facts["state"] == "current" else FAILED

    def _replay(self, opts: argparse.Namespace) -> int:
        """Store the events that a run could not store and wrote to a file in SPILL_DIR. It is safe to repeat."""
        from trivia_scraper.db.locks import block_crawls
        from trivia_scraper.db.spill import SpillError, read_spilled

        store = self.open_store(writes=True)
        counts = {"loaded": 0, "newer": 0, "refused": 0}
        try:
            with block_crawls(store):
                for found in read_spilled(Path(opts.file)):
                    counts[self._store_again(store, found)] += 1
        except SpillError as error:
            raise SpillError(f"{error} The {counts['loaded']} events before it were stored.") from None
        except OSError as error:
            raise TriviaError(f"{opts.file} cannot be read: {error.strerror}.") from None
        loaded = f"{counts['loaded']} events were stored, {counts['newer']} skipped because later runs have read them"
        refused = f"{counts['refused']} refused again. The next run visits their venues."
        show_facts(opts, counts, f"{loaded}, {refused}")
        return FAILED if counts["refused"] else OK

    def _store_again(self, store: Store, found: Spilled) -> str:
        from trivia_scraper.db.connect import describe_error
        from trivia_scraper.db.engine import STORE_ERRORS
        from trivia_scraper.db.spill import replay_event

        try:
            return "loaded" if store.run(replay_event, found) else "newer"
        except STORE_ERRORS as error:
            key = f"{found.event.publisher} {found.event.publisher_id}"
            complain(self.name, f"{key} was refused again: {describe_error(error)}.", FAILED)
            return "refused"

    def _dump(self, opts: argparse.Namespace) -> int:
        """Write every row to a file. `scrapy db load` fills an empty SQLite or PostgreSQL database from it."""
        from trivia_scraper.db.dump import dump
        from trivia_scraper.db.locks import block_crawls

        store = self.open_filled_store()
        try:
            with nullcontext() if opts.while_crawling else block_crawls(store):
                counts = store.read(dump, Path(opts.file))
        except BusyError as error:
            raise BusyError(f"{error} With --while-crawling it is dumped anyway.") from None
        except OSError as error:
            raise OutputError(f"{opts.file} cannot be written: {error.strerror}.") from None
        return self._report(opts, store.url, counts, f"were written to {opts.file}")

    def _load(self, opts: argparse.Namespace) -> int:
        """Fill an empty database of the same revision from a dump, in one transaction."""
        from trivia_scraper.db.connect import display_url, is_missing, parse_url
        from trivia_scraper.db.dump import DumpError, check_header, load, load_into_new_file
        from trivia_scraper.db.locks import block_crawls

        file, address = Path(opts.file), parse_url(self.setting("DATABASE_URL"))
        try:
            check_header(file)
            if is_missing(address):
                counts = load_into_new_file(address, file)
            else:
                store = self.open_store(make=True)
                with block_crawls(store, self.publishers()):
                    counts = store.run(load, file)
        except DumpError as error:
            raise DumpError(f"nothing was loaded into {display_url(address)}: {error}") from None
        except OSError as error:
            if error.filename not in {None, opts.file}:  # the new database cannot be created
                raise
            raise TriviaError(f"{opts.file} cannot be read: {error.strerror or error}.") from None
        then = "; `scrapy images verify` checks the files of the images"
        return self._report(opts, display_url(address), counts, f"from {opts.file} were loaded", then)

    def _report(self, opts: argparse.Namespace, url: str, counts: dict[str, int], done: str, then: str = "") -> int:
        several = f"{counts['venues']} venues, {counts['events']} events and {counts['images']} images"
        sentence = f"{sum(counts.values())} rows {done}, including {several}{then}."
        show_facts(opts, {"database": url, "rows": counts}, sentence)
        return OK
