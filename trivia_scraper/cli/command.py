"""What the commands share: the store of the project's settings, options that are not silently ignored, and output for
people on a terminal, for pipes, and for programs."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text
from scrapy.commands import ScrapyCommand

from trivia_scraper.clock import iso, utc_now
from trivia_scraper.db.engine import Store, StoreError
from trivia_scraper.db.events import any_is_stored
from trivia_scraper.exports.publishing import BeingPublishedError, PublishingError
from trivia_scraper.images.storage.base import FileStoreError
from trivia_scraper.inert import plain
from trivia_scraper.spiders.arguments import ArgumentError
from trivia_scraper.whole_file import BeingWrittenError, OutputError

# On a terminal: what is no longer than this is not broken; between columns; more than any table takes.
_WORD, _GAP, _UNBOUNDED = 20, 2, 100_000
_THIS_YEAR = timedelta(days=300)
_DIGEST = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28,52}\b")
OK, FAILED, USAGE, ALREADY_RUNNING = 0, 1, 2, 75  # 75: EX_TEMPFAIL of sysexits.h
INTERRUPTED = 130  # as a shell has it of what Ctrl-C ended


class UsageMistake(ValueError):
    """What was typed is not a command. Its text is one sentence."""


class ProjectCommand(ScrapyCommand):
    """A command that returns its exit code from `execute` and may raise UsageMistake, StoreError, FileStoreError,
    PublishingError or OutputError."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}
    name: str

    def __init__(self) -> None:
        super().__init__()
        self._stores: list[Store] = []

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if sys.stdout is None:  # closed by whoever started this
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - it is needed until the process ends
        try:
            # Scrapy's parser hands unknown options over as if they were words.
            if unknown := [word for word in args if word.startswith("-")]:
                raise UsageMistake(f"there is no option {unknown[0]}; `scrapy {self.name} -h` lists them.")
            self.exitcode = self.execute(args, opts)
            sys.stdout.flush()
        except BrokenPipeError:  # `| head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            self.exitcode = complain(self.name, "interrupted.", INTERRUPTED)
        except (UsageMistake, ArgumentError) as mistake:
            self.exitcode = complain(self.name, mistake, USAGE)
        except (BeingPublishedError, BeingWrittenError) as error:
            self.exitcode = complain(self.name, error, ALREADY_RUNNING)
        except (StoreError, FileStoreError, PublishingError, OutputError) as error:
            self.exitcode = complain(self.name, error, FAILED)
        except OSError as error:
            self.exitcode = complain(self.name, f"the output cannot be written: {error.strerror}.", FAILED)
        finally:
            for store in self._stores:
                store.close()

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        raise NotImplementedError

    def setting(self, name: str) -> Any:
        assert self.settings is not None
        return self.settings[name]

    def open_store(self) -> Store:
        """It is closed when the command ends."""
        self._stores.append(Store(self.setting("DATABASE_URL")))
        return self._stores[-1]

    def open_filled_store(self) -> Store:
        """For what is made anew of all that is stored: of a database that was misspelled nothing would be left of it.

        Raises StoreError when no event is stored.
        """
        store = self.open_store()
        if not store.read(any_is_stored):
            raise StoreError(
                f"no event is stored in {store.url}, so nothing was written; is that the database that TRIVIA_HOME or "
                "DATABASE_URL should name?"
            )
        return store


def complain(command: str, sentence: object, exit_code: int) -> int:
    print(f"scrapy {command}: {sentence}", file=sys.stderr)
    return exit_code


def add_json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def show_json(value: Any) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1, default=_as_text)
    print()


def show_table(
    rows: Sequence[Mapping[str, Any]], columns: Iterable[str], nothing: str, narrow: Mapping[str, str] | None = None
) -> None:
    """A table on a terminal; one line of tab-separated values per row elsewhere. `nothing` is said when there are no
    rows. A terminal that the table does not fit gets short times and digests, and of the columns those of `narrow`
    (column -> heading), when it is given."""
    names = list(columns)
    if not rows:
        print(nothing)
    elif sys.stdout.isatty():
        console = Console()
        headings = {name: name.replace("_", " ") for name in names}
        table = _table(rows, headings, console.width, _cell)
        if console.measure(table, options=console.options.update(width=_UNBOUNDED)).maximum > console.width:
            table = _table(rows, _with_zone(rows, narrow or headings), console.width, _short)
        console.print(table, markup=False)
    else:
        for row in rows:
            print("\t".join(_cell(row.get(name)) for name in names))


def _table(
    rows: Sequence[Mapping[str, Any]], headings: Mapping[str, str], width: int, cell: Callable[[Any], str]
) -> Table:
    """Columns of short values keep each in one line, where that leaves room for the others."""
    cells = [[cell(row.get(name)) for name in headings] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(headings.values(), *cells, strict=True)]
    needed = sum(min(each, _WORD) + _GAP for each in widths)
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for heading, each in zip(headings.values(), widths, strict=True):
        table.add_column(heading, overflow="fold", no_wrap=each <= _WORD and needed <= width)
    for line in cells:
        table.add_row(*map(Text, line))
    return table


def _with_zone(rows: Sequence[Mapping[str, Any]], headings: Mapping[str, str]) -> dict[str, str]:
    return {
        name: f"{heading} (UTC)" if any(isinstance(row.get(name), datetime) for row in rows) else heading
        for name, heading in headings.items()
    }


def _short(value: Any) -> str:
    """As `_cell`, for where there is little room."""
    if isinstance(value, datetime):
        return f"{value:%d %b %H:%M}" if abs(utc_now() - value) < _THIS_YEAR else f"{value:%d %b %Y}"
    return _DIGEST.sub(r"\1", _cell(value))


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{key}={each}" for key, each in value.items())
    if isinstance(value, list):
        return "; ".join(map(_cell, value))
    return "-" if value is None or value == "" else " ".join(plain(str(_as_text(value))).split())


def _as_text(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else str(value)
