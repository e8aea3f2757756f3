"""The base class of the commands: opens the database, turns errors into exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from scrapy.commands import ScrapyCommand

from trivia_scraper.db.engine import Store
from trivia_scraper.db.events import any_is_stored
from trivia_scraper.errors import (
    FAILED,
    INTERRUPTED,
    DatabaseError,
    TriviaError,
    UsageError,
)


class ProjectCommand(ScrapyCommand):
    """A command that returns its exit code from `execute`, or raises a TriviaError."""

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
                raise UsageError(f"there is no option {unknown[0]}; `scrapy {self.name} -h` lists them.")
            self.exitcode = self.execute(args, opts)
            sys.stdout.flush()
        except BrokenPipeError:  # `| head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            self.exitcode = complain(self.name, "interrupted.", INTERRUPTED)
        except TriviaError as error:
            self.exitcode = complain(self.name, error, error.exit_code)
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

        Raises DatabaseError when no event is stored.
        """
        store = self.open_store()
        if not store.read(any_is_stored):
            raise DatabaseError(
                f"no event is stored in {store.url}, so nothing was written; is that the database that TRIVIA_HOME or "
                "DATABASE_URL should name?"
            )
        return store


def complain(command: str, sentence: object, exit_code: int) -> int:
    print(f"scrapy {command}: {sentence}", file=sys.stderr)
    return exit_code
