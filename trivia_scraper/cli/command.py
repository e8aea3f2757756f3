"""Base classes of the commands: errors as one sentence with an exit code, verbs, access to the database."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from scrapy.commands import ScrapyCommand, ScrapyHelpFormatter
from scrapy.settings import BaseSettings, Settings

from trivia_scraper.cli.arguments import explain_spider_arguments, parse_pairs, refuse_bare_arguments
from trivia_scraper.cli.tables import escape_unknown_letters
from trivia_scraper.errors import FAILED, INTERRUPTED, USAGE, DatabaseError, OutputError, TriviaError, UsageError
from trivia_scraper.formatting import replace_controls
from trivia_scraper.options import (
    OF_SCRAPY,
    OTHERS_SETTINGS,
    check_settings,
    nearest_setting,
    unwritable_file,
    value_of,
)

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from trivia_scraper.db.engine import Store
    from trivia_scraper.images.storage.base import FileStore

_WRONG_CHOICE = re.compile(r"invalid choice: '(?P<given>.*)' \(choose from (?P<known>.*)\)")


def _name_formats(found: re.Match[str]) -> str:
    formats = found["formats"].replace("'", "")
    return f"-o and -O take a file whose name ends in {formats}, or FILE:FORMAT, not {found['given']!r}"


# Pattern of a message of argparse or Scrapy -> the message that the user gets instead.
_REWORDED: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(r"^Unrecognized output format '(?P<given>.*)'\. Set a supported one \(\((?P<formats>.*?)\)\) .*$"),
        _name_formats,
    ),
    (re.compile(r"^argument ([^:]+): expected (one|at least one) argument$"), r"\1 needs a value"),
    (re.compile(r"^argument ([^:]+): ignored explicit argument (.*)$"), r"\1 takes no value, not \2"),
    (re.compile(r"^argument ([^:]+): takes "), r"\1 takes "),
    (re.compile(r"^the following arguments are required: "), "it needs "),
)
# Longer words were pasted by mistake. Paths are shorter.
_LONG_WORD = re.compile(r"(\S{200})\S{300,}")
# Python decodes bytes that are not text to these.
_SURROGATE = re.compile("[\ud800-\udfff]")
# settings.py derives other settings from these before Scrapy reads the command line.
_ENVIRONMENT_ONLY = ("TRIVIA_HOME", "CONTACT_URL", "FEEDS_DIR")
_NEAR_OPTION = 0.8


def open_closed_streams() -> None:
    """Open standard streams that the caller closed, as cron does.

    Otherwise the next file that is opened would get the number of such a stream, and its output.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


@contextmanager
def exit_on_error(command: str) -> Iterator[None]:
    """Print the sentence of a TriviaError, and end the process with its exit code."""
    try:
        yield
    except TriviaError as error:
        sys.exit(complain(command, error, error.exit_code))


def check_words(args: Iterable[str], opts: argparse.Namespace) -> None:
    """Refuse arguments that are not text, and files that cannot be written. Scrapy would notice those too late.

    Raises UsageError, OutputError.
    """
    for value in [*args, *vars(opts).values()]:
        for word in value if isinstance(value, list) else [value]:
            if isinstance(word, str) and not word.isascii() and _SURROGATE.search(word):
                raise UsageError(f"{word!r} is not text in this locale's encoding; try LC_ALL=C.UTF-8.")
    for option in ("pidfile", "profile"):
        path = getattr(opts, option)
        try:
            why = path and unwritable_file(path)
        except OSError as error:
            why = error.strerror
        if why:
            raise OutputError(f"--{option} {path} cannot be written: {why}.")


class ProjectCommand(ScrapyCommand):
    """A command whose `execute` returns the exit code or raises a TriviaError.

    Scrapy imports the modules of all commands at every start, so they import other modules inside their methods.
    Otherwise `scrapy version` would take twice as long.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}
    name: str
    usage = ""
    """Arguments and options, as the help shows them after the command's name."""
    purpose = ""
    """One line for the list of all commands."""
    details = ""
    """Text of the help, if one line is not enough."""
    takes_publishers = False
    """Whether the arguments are names of publishers. Options may be written between them."""
    settings: Settings
    """Scrapy sets them before it runs the command."""

    def __init__(self) -> None:
        super().__init__()
        self._opened = ExitStack()

    def syntax(self) -> str:
        return self.usage

    def short_desc(self) -> str:
        return self.purpose

    def long_desc(self) -> str:
        return self.details or self.purpose

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        self.parser = parser
        parser.error = partial(refuse, self.name)  # type: ignore[method-assign]
        if self.takes_publishers:
            add_publishers(parser)
        self.add_arguments(parser)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's options and arguments."""

    def execute(self, opts: argparse.Namespace) -> int:
        raise NotImplementedError

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        open_closed_streams()
        with exit_on_error(self.name):
            check_setting_names(self.settings, opts.set)
            check_words(args, opts)
            super().process_options(args, opts)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        escape_unknown_letters()
        try:
            if "spider_fields" in opts:
                refuse_bare_arguments([*args, *opts.publishers], opts.spider_fields)
            if self.takes_publishers:
                opts.publishers = [*opts.publishers, *(word for word in args if not word.startswith("-"))]
                args = [word for word in args if word.startswith("-")]
            if args:
                raise UsageError(self._describe_unexpected(args[0], opts))
            self.exitcode = self.execute(opts)
            sys.stdout.flush()
        except BrokenPipeError:  # The reader closed the pipe; that is not an error.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            self.exitcode = complain(self.name, "interrupted.", INTERRUPTED)
        except TriviaError as error:
            self.exitcode = complain(self.name, error, error.exit_code)
        except OSError as error:
            what = "standard output cannot be written" if error.filename is None else f"{error.filename} cannot be used"
            self.exitcode = complain(self.name, f"{what}: {error.strerror or error}.", FAILED)
        finally:
            self._opened.close()

    def _describe_unexpected(self, word: str, opts: argparse.Namespace) -> str:
        return describe_unexpected(word, self.name, self.parser)

    def setting(self, name: str) -> Any:
        return self.settings[name]

    def publishers(self) -> list[str]:
        """Return the names of the project's spiders, sorted."""
        from scrapy.spiderloader import get_spider_loader

        return sorted(get_spider_loader(self.settings).list())

    def check_publishers(self, names: Iterable[str], stored: Iterable[str] = ()) -> None:
        """Refuse an unknown publisher. Raises UsageError.

        stored: publishers in the database, for commands that read it. A publisher whose spider was removed still has
        runs and events.
        """
        known = {*self.publishers(), *stored}
        for name in names:
            check_publisher(name, known)

    def check_stored_publishers(self, names: Iterable[str], store: Store) -> None:
        """Refuse a publisher that has neither a spider nor a run. Raises UsageError."""
        from trivia_scraper.db.runs import read_publishers_with_runs

        self.check_publishers(names, store.read(read_publishers_with_runs))

    def open_files(self, store: Store, *, writes: bool = False) -> FileStore:
        """Open the image store of a database.

        Raises RefusedError if the store belongs to another database, and StorageError if it cannot be used.
        """
        from trivia_scraper.db.store_identity import check_match, read_recorded
        from trivia_scraper.images.storage import open_file_store

        place = self.setting("IMAGES_STORE")
        files = open_file_store(place, make=False, writes=writes, settings=self.settings)
        if not value_of(self.settings, "ADOPT_IMAGES_STORE"):
            check_match(store.read(read_recorded), files, f"IMAGES_STORE {place}")
        return files

    def open_store(self, *, writes: bool = False, make: bool = False) -> Store:
        """Open the project's database until the command ends. Raises DatabaseError.

        By default the database is only read, and at least one crawl must have written to it.
        writes: the database may be written; it must exist and have this version's tables.
        make: create the database if it is missing, upgrade it if it is old.
        """
        from trivia_scraper.db.connect import make_refusal
        from trivia_scraper.db.engine import Store
        from trivia_scraper.db.runs import has_runs

        store = Store(self.setting("DATABASE_URL"), make=make, writes=writes or make)
        self._opened.enter_context(closing(store))
        if not store.writes and not store.read(has_runs):
            raise make_refusal("never crawled", store.url)
        return store

    def open_filled_store(self) -> Store:
        """Open the database for a command that replaces its output.

        Raises DatabaseError, also if no event is stored, because then DATABASE_URL is probably mistyped.
        """
        from trivia_scraper.db.queries import has_events

        store = self.open_store()
        if not store.read(has_events):
            raise DatabaseError(
                f"no event is stored in {store.url}, so nothing was written; check TRIVIA_HOME and DATABASE_URL."
            )
        return store


class CheckedCommand(ScrapyCommand):
    """A mixin for Scrapy's own commands. It refuses wrong options and settings with one sentence."""

    name: str

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        self.parser = parser
        parser.error = partial(refuse, self.name)  # type: ignore[method-assign]

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        open_closed_streams()
        with exit_on_error(self.name):
            check_setting_names(self.settings, opts.set)
            check_words(args, opts)
            for word in args:
                if word.startswith("-"):
                    raise UsageError(describe_unexpected(word, self.name, self.parser))
            super().process_options(args, opts)
            if self.requires_crawler_process:
                from trivia_scraper.downloader.handler import check_handlers

                check_settings(self.settings, OF_SCRAPY)
                check_handlers(self.settings)


class VerbCommand(ProjectCommand):
    """A command whose first word is a verb with a parser of its own: `scrapy images verify --json`."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        self._verbs = parser.add_subparsers(
            dest="verb", metavar="COMMAND", title="Commands", prog=f"scrapy {self.name}"
        )
        self.add_verbs()

    def add_verbs(self) -> None:
        """Declare the verbs; call `add_verb` for each."""
        raise NotImplementedError

    def add_verb(
        self, verb: str, execute: Callable[[argparse.Namespace], int], syntax: str = "[options]"
    ) -> argparse.ArgumentParser:
        """Add a verb and return its parser. The docstring of `execute` is the verb's help.

        Scrapy's own options may be written before or after the verb.
        """
        description = " ".join((execute.__doc__ or "").split())
        parser = self._verbs.add_parser(
            verb,
            help=description,
            description=description,
            usage=f"scrapy {self.name} {verb} {syntax}",
            formatter_class=ScrapyHelpFormatter,
            conflict_handler="resolve",
        )
        ScrapyCommand.add_options(self, parser)
        # Otherwise a default of this parser would replace an option that was written before the verb. argparse has no
        # public way to change the defaults of the options that Scrapy has declared.
        for action in parser._actions:
            action.default = argparse.SUPPRESS
        # -s may be written on both sides of the verb. With one list, the second option would replace the first.
        parser.add_argument("-s", "--set", dest="set_after", action="append", default=[], metavar="NAME=VALUE",
                            help="set/override setting (may be repeated)")  # fmt: skip
        parser.set_defaults(execute=execute)
        parser.error = partial(refuse, f"{self.name} {verb}")  # type: ignore[method-assign]
        return parser

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        opts.set = [*opts.set, *getattr(opts, "set_after", [])]
        super().process_options(args, opts)

    def execute(self, opts: argparse.Namespace) -> int:
        if opts.verb is None:
            verbs = ", ".join(self._verbs.choices)
            raise UsageError(f"add a command: {verbs}; see `scrapy {self.name} -h`.")
        exit_code: int = opts.execute(opts)
        return exit_code

    def _describe_unexpected(self, word: str, opts: argparse.Namespace) -> str:
        if opts.verb is None:
            return super()._describe_unexpected(word, opts)
        parser = self._verbs.choices[opts.verb]
        if word.partition("=")[0] in _options_of(parser):
            return f"write {word} after the command: `scrapy {self.name} {opts.verb} {word}`."
        return describe_unexpected(word, f"{self.name} {opts.verb}", parser)


def refuse(command: str, message: str) -> NoReturn:
    """End the process with one sentence about the parser's error, instead of argparse's usage text."""
    for pattern, words in _REWORDED:
        message = pattern.sub(words, message)
    end = "." if " takes " in message else f"; see `scrapy {command} -h`."
    if found := _WRONG_CHOICE.search(message):
        known = re.findall(r"[\w-]+", found["known"])
        message, end = f"there is no command {found['given']!r}", suggest(found["given"], known)
    sys.exit(complain(command, f"{message}{end}", USAGE))


def describe_unexpected(word: str, command: str, parser: argparse.ArgumentParser) -> str:
    """Return the sentence about an argument or option that the command does not accept."""
    if not word.startswith("-"):
        return f"{word!r} is an unexpected argument; see `scrapy {command} -h`."
    option = word.partition("=")[0]
    nearest = difflib.get_close_matches(option, _options_of(parser), 1, _NEAR_OPTION)
    hint = f"did you mean {nearest[0]}?" if nearest else f"see `scrapy {command} -h`."
    return f"`scrapy {command}` has no option {option}; {hint}"


def _options_of(parser: argparse.ArgumentParser) -> Iterable[str]:
    """Return the parser's options, like --json. argparse has no public list of them."""
    return parser._option_string_actions


def require_option(command: str, option: str, value: object) -> None:
    """Raise UsageError if an option is missing. argparse would report that before it finds a misspelt option."""
    if value is None:
        raise UsageError(f"it needs {option}; see `scrapy {command} -h`.")


def suggest(given: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown name: the nearest known name, or all of them."""
    names = sorted(known)
    nearest = difflib.get_close_matches(given, names, 1)
    return f"; did you mean {nearest[0]!r}?" if nearest else f"; choose from {', '.join(names)}."


def format_options(opts: argparse.Namespace, names: Iterable[str]) -> str:
    """Return the options that were given, as the user types them."""
    words = []
    for name in names:
        given = getattr(opts, name)
        values = given if isinstance(given, list) else [given]
        words += [f"--{name}" if value is True else f"--{name} {value}" for value in values if value]
    return " ".join(words)


def check_publisher(name: str, known: Collection[str]) -> None:
    """Raise UsageError if a publisher is unknown, and suggest the nearest known one."""
    if name not in known:
        raise UsageError(f"there is no publisher {name!r}{suggest(name, known)}")


def check_setting_names(settings: BaseSettings, given: Iterable[str]) -> None:
    """Check the values of `-s`. Raises UsageError.

    Refuses words that are not NAME=VALUE, settings that only the environment can change, mappings that are not JSON,
    and misspelt names of known settings. Other unknown names pass: they may belong to a package without defaults.
    """
    for name, value in parse_pairs("-s", given).items():
        if name in _ENVIRONMENT_ONLY:
            raise UsageError(f"-s {name} has no effect; set it in the environment: {name}={value} scrapy ...")
        if isinstance(settings.get(name), BaseSettings):
            _check_json(name, value)
        if name in settings or name.startswith(OTHERS_SETTINGS):
            continue
        if nearest := nearest_setting(name, settings):
            raise UsageError(f"there is no setting {name}; did you mean {nearest}?")


def _check_json(name: str, value: str) -> None:
    try:
        found = json.loads(value)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UsageError(f"the setting {name} takes a JSON object, not {value!r}.")


def add_publishers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("publishers", nargs="*", default=[], metavar="PUBLISHER", help="only these (default: all)")


def add_spider_arguments(parser: argparse.ArgumentParser, fields: Mapping[str, FieldInfo]) -> None:
    """Add the option -a and list the spider arguments in the help. fields: SpiderArguments.model_fields."""
    add_repeatable(parser, "-a", "NAME=VALUE", "set an argument of every spider", dest="spargs")
    parser.set_defaults(spider_fields=fields)
    explain_spider_arguments(parser, fields)


def add_repeatable(parser: argparse.ArgumentParser, option: str, metavar: str, meaning: str, **more: Any) -> None:
    """Add an option whose values are collected in a list."""
    help_ = f"{meaning} (may be repeated)"
    parser.add_argument(option, action="append", default=[], metavar=metavar, help=help_, **more)


def one_of(*names: str) -> Callable[[str], str]:
    """Return an argparse type that accepts only these names."""

    def check(text: str) -> str:
        if text not in names:
            raise argparse.ArgumentTypeError(f"takes {', '.join(names)}, not {text!r}")
        return text

    return check


def whole_number(least: int = 1, most: int | None = None) -> Callable[[str], int]:
    """Return an argparse type that accepts whole numbers from `least` to `most`."""
    bounds = f"{least} or more" if most is None else f"{least} to {most}"

    def check(text: str) -> int:
        digits = text.isascii() and text.isdigit() and len(text) < 18  # 18 digits fit into a database's integers
        if not digits or int(text) < least or (most is not None and int(text) > most):
            raise argparse.ArgumentTypeError(f"takes a whole number, {bounds}, not {text!r}")
        return int(text)

    return check


def file_name(text: str) -> str:
    """Return a path from the command line. Refuse an empty one, which would mean the working directory."""
    if not text:
        raise argparse.ArgumentTypeError("takes the name of a file, not ''")
    return text


def seconds(text: str) -> float:
    """Return a number of seconds from the command line: more than 0, and finite."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"takes seconds, more than 0, not {text!r}")
    return number


def complain(command: str, sentence: object, exit_code: int) -> int:
    """Print the sentence on one line of standard error, with very long words cut. Return the exit code."""
    text = _LONG_WORD.sub(r"\1…", replace_controls(str(sentence)).replace("\n", " ").replace("\r", " "))
    with suppress(OSError):  # the disk is full or the reader has ended; the caller still gets the exit code
        print(f"scrapy {command}: {text}", file=sys.stderr, flush=True)
    return exit_code
