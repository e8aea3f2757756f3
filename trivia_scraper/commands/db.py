"""`scrapy db`: is the database what this version wants, and if not, make it so; what it once could not take; and all
that is in it, in a file for another one."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from scrapy.spiderloader import get_spider_loader
from sqlalchemy.exc import SQLAlchemyError

from trivia_scraper.cli.command import ProjectCommand, complain
from trivia_scraper.cli.tables import add_json_option, show_json
from trivia_scraper.db.connect import explained
from trivia_scraper.db.dump import DumpError, dump, load
from trivia_scraper.db.engine import Store, look
from trivia_scraper.db.locks import nobody_crawls
from trivia_scraper.db.spill import Spilled, SpillError, replay, spilled
from trivia_scraper.errors import ALREADY_RUNNING, FAILED, OK, BusyError, DatabaseError, UsageError

SENTENCES = {
    "current": "The database {database} is at revision {revision}, which is this version's.",
    "empty": "The database {database} has no tables yet; `scrapy db upgrade` makes them, as does the first crawl.",
    "behind": "The database {database} is at revision {revision}, behind this version's {newest}: `scrapy db upgrade`.",
    "newer": "The database {database} is at revision {revision}, which this version does not know; update this one.",
}


class Command(ProjectCommand):
    name = "db"

    def syntax(self) -> str:
        return "upgrade|check|replay FILE|dump FILE|load FILE [options]"

    def short_desc(self) -> str:
        return "Upgrade or check the database, move it, or load events that it could not take"

    def long_desc(self) -> str:
        return (
            "upgrade: to this version's revision; an SQLite file is first copied beside itself. Every command that "
            "opens the database does the same. "
            "check: says what upgrade would find, and changes nothing; exit code 0 when nothing is to be done, else 1. "
            "replay FILE: stores the events of a file that a run left in SPILL_DIR; twice does no harm. "
            "dump FILE: writes every row into a file that both SQLite and PostgreSQL can be filled from. "
            "load FILE: fills an empty database of the same revision with it, in one transaction."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--while-crawling", action="store_true", help="dump: one moment's rows, whoever crawls")
        add_json_option(parser)

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        verb, *rest = args or [""]
        verbs: dict[str, Callable[..., int]] = {
            "upgrade": self._upgrade,
            "check": self._check,
            "replay": self._replay,
            "dump": self._dump,
            "load": self._load,
        }
        if verb not in verbs or len(rest) != (verb in {"replay", "dump", "load"}):
            raise UsageError(f"it takes {self.syntax()}, not {' '.join(args) or 'nothing'}.")
        if opts.while_crawling and verb != "dump":
            raise UsageError(f"--while-crawling means nothing to {verb}.")
        return verbs[verb](opts, *rest)

    def _upgrade(self, opts: argparse.Namespace) -> int:
        store = self.open_store()
        done = store.upgraded
        facts: dict[str, Any] = {"database": store.url, "before": done.before, "after": done.after, "copy": done.copy}
        if opts.json:
            show_json(facts)
        elif done.before == done.after:
            print(SENTENCES["current"].format(database=store.url, revision=done.after))
        else:
            copied = f"; as it was before, it is in {done.copy}" if done.copy else ""
            print(f"The database {store.url} went from revision {done.before or 'none'} to {done.after}{copied}.")
        return OK

    def _check(self, opts: argparse.Namespace) -> int:
        facts = look(self.setting("DATABASE_URL"))
        if opts.json:
            show_json(facts)
        else:
            print(SENTENCES[facts["state"]].format(**facts))
        return OK if facts["state"] == "current" else FAILED

    def _replay(self, opts: argparse.Namespace, file: str) -> int:
        store = self.open_store()
        counts = {"loaded": 0, "newer": 0, "refused": 0}
        try:
            with nobody_crawls(store):
                for found in spilled(Path(file)):
                    counts[self._store_again(store, found)] += 1
        except SpillError as error:
            return complain(self.name, f"{error} {counts['loaded']} events before it were loaded.", FAILED)
        except BusyError as error:
            return complain(self.name, error, ALREADY_RUNNING)
        except OSError as error:
            return complain(self.name, f"{file} cannot be read: {error.strerror}.", FAILED)
        if opts.json:
            show_json(counts)
        else:
            told = f"{counts['loaded']} events were loaded, {counts['newer']} had been read again since"
            print(f"{told}, {counts['refused']} were refused again. The next run visits their venues.")
        return FAILED if counts["refused"] else OK

    def _store_again(self, store: Store, found: Spilled) -> str:
        try:
            return "loaded" if store.run(replay, found) else "newer"
        except (DatabaseError, SQLAlchemyError) as error:
            key = f"{found.event.publisher} {found.event.publisher_id}"
            complain(self.name, f"{key} is refused again: {explained(error)}.", FAILED)
            return "refused"

    def _dump(self, opts: argparse.Namespace, file: str) -> int:
        store = self.open_store()
        try:
            with nullcontext() if opts.while_crawling else nobody_crawls(store):
                counts = store.read(dump, Path(file))
        except BusyError as error:
            return complain(self.name, f"{error} --while-crawling takes the rows of this moment.", ALREADY_RUNNING)
        except OSError as error:
            return complain(self.name, f"{file} cannot be written: {error.strerror}.", FAILED)
        return self._tell(opts, store, counts, f"were written to {file}", "")

    def _load(self, opts: argparse.Namespace, file: str) -> int:
        assert self.settings is not None
        store = self.open_store()
        try:
            with nobody_crawls(store, get_spider_loader(self.settings).list()):
                counts = store.run(load, Path(file))
        except BusyError as error:
            return complain(self.name, error, ALREADY_RUNNING)
        except DumpError as error:
            return complain(self.name, f"Nothing was loaded into {store.url}: {error}", FAILED)
        except OSError as error:
            return complain(self.name, f"{file} cannot be read: {error.strerror or error}.", FAILED)
        return self._tell(opts, store, counts, f"of {file} were loaded", "; `scrapy images verify` looks at the latter")

    def _tell(self, opts: argparse.Namespace, store: Store, counts: dict[str, int], done: str, then: str) -> int:
        if opts.json:
            show_json({"database": store.url, "rows": counts})
        else:
            several = f"{counts['venues']} venues, {counts['events']} events and {counts['images']} pictures"
            print(f"{sum(counts.values())} rows {done}, with {several}{then}.")
        return OK
