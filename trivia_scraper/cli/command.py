"""The base classes of the commands: one sentence and exit code per error, verbs, and the project's database."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from scrapy.commands import ScrapyCommand, ScrapyHelpFormatter
from scrapy.settings import BaseSettings, Settings

from trivia_scraper.cli.arguments import explain_spider_arguments, name_value_pairs, refuse_bare_arguments
from trivia_scraper.cli.tables import escape_unknown_letters
from trivia_scraper.errors import FAILED, INTERRUPTED, USAGE, DatabaseError, OutputError, TriviaError, UsageError
from trivia_scraper.formatting import plain
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
    return f"-o and -O take a file whose name ends in {formats}, or FILE:FORMAT, and not {found['given']!r}"


# What argparse says -> what a person reads.
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
# A word that is longer was pasted by mistake, and a path is not.
_LONG_WORD = re.compile(r"(\S{200})\S{300,}")
# What Python makes of bytes that are not text.
_SURROGATE = re.compile("[\ud800-\udfff]")
# settings.py derives others from them before the command line is read.
_ENVIRONMENT_ONLY = ("TRIVIA_HOME", "CONTACT_URL", "FEEDS_DIR")
_NEAR_OPTION = 0.8


def open_closed_streams() -> None:
    """Open standard streams that the caller closed, as cron does. The next file that is opened would get their number,
    and what is written to them."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


@contextmanager
def refusing(command: str) -> Iterator[None]:
    """End with one sentence, and the error's exit code, on a TriviaError."""
    try:
        yield
    except TriviaError as error:
        sys.exit(complain(command, error, error.exit_code))


def check_words(args: Iterable[str], opts: argparse.Namespace) -> None:
    """Refuse bytes that are not text, and files that Scrapy could not write, of which it would find out too late.

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
    """A command that returns its exit code from `execute`, or raises a TriviaError.

    Scrapy imports the module of every command whenever it starts. So the modules of commands import what they need
    inside their methods: `scrapy version` would take twice as long otherwise.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}
    name: str
    usage = ""
    """The words and options after the name, for the help."""
    purpose = ""
    """One line for the list of all commands."""
    details = ""
    """Text of the help, if the purpose is not enough."""
    takes_publishers = False
    """Whether it takes names of publishers as words. Options may be written between them."""
    settings: Settings
    """Set before a command is executed."""

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
        """Declare options and words."""

    def execute(self, opts: argparse.Namespace) -> int:
        raise NotImplementedError

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        open_closed_streams()
        with refusing(self.name):
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
                raise UsageError(self._superfluous(args[0], opts))
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

    def _superfluous(self, word: str, opts: argparse.Namespace) -> str:
        return superfluous(word, self.name, self.parser)

    def setting(self, name: str) -> Any:
        return self.settings[name]

    def publishers(self) -> list[str]:
        """Return the names of the project's spiders, sorted."""
        from scrapy.spiderloader import get_spider_loader

        return sorted(get_spider_loader(self.settings).list())

    def check_publishers(self, names: Iterable[str], stored: Iterable[str] = ()) -> None:
        """Refuse a name that is neither a spider's nor one of the stored publishers. Raises UsageError.

        stored: empty for what is to be crawled. A publisher whose spider was removed still has runs and events.
        """
        known = {*self.publishers(), *stored}
        for name in names:
            check_name("publisher", name, known)

    def open_files(self, store: Store, *, writes: bool = False) -> FileStore:
        """Open the images of a database. Raises RefusedError for those of another one, and StorageError, if it `writes`
        also for a store that is read-only."""
        from trivia_scraper.db.store_identity import check_match, read_recorded
        from trivia_scraper.images.storage import open_file_store

        place = self.setting("IMAGES_STORE")
        files = open_file_store(place, make=False, writes=writes, settings=self.settings)
        if not value_of(self.settings, "ADOPT_IMAGES_STORE"):
            check_match(store.read(read_recorded), files, f"IMAGES_STORE {place}")
        return files

    def open_store(self, *, writes: bool = False, make: bool = False) -> Store:
        """Open the project's database until the command ends.

        It is only read, makes no file, and must have been crawled into. writes: it must be there and of this version.
        make: it is made or upgraded where it has to be. Raises DatabaseError.
        """
        from trivia_scraper.db.connect import refusal
        from trivia_scraper.db.engine import Store
        from trivia_scraper.db.runs import any_was_made

        store = Store(self.setting("DATABASE_URL"), make=make, writes=writes or make)
        self._opened.enter_context(closing(store))
        if not store.writes and not store.read(any_was_made):
            raise refusal("never crawled", store.url)
        return store

    def open_filled_store(self) -> Store:
        """Open the database for a command that regenerates its output. Refuse an empty one: DATABASE_URL is probably
        mistyped.

        Raises DatabaseError, also when no event is stored.
        """
        from trivia_scraper.db.queries import any_is_stored

        store = self.open_store()
        if not store.read(any_is_stored):
            raise DatabaseError(
                f"no event is stored in {store.url}, so nothing was written; is that the database that TRIVIA_HOME or "
                "DATABASE_URL should name?"
            )
        return store


class CheckedCommand(ScrapyCommand):
    """Base class beside one of Scrapy's own commands, which refuses wrong options and settings in one sentence."""

    name: str

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        self.parser = parser
        parser.error = partial(refuse, self.name)  # type: ignore[method-assign]

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        open_closed_streams()
        with refusing(self.name):
            check_setting_names(self.settings, opts.set)
            check_words(args, opts)
            for word in args:
                if word.startswith("-"):
                    raise UsageError(superfluous(word, self.name, self.parser))
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
        """Declare each verb by `add_verb`."""
        raise NotImplementedError

    def add_verb(
        self, verb: str, execute: Callable[[argparse.Namespace], int], syntax: str = "[options]"
    ) -> argparse.ArgumentParser:
        """Return the verb's parser. The docstring of `execute` is its help.

        Scrapy's own options may be written before the verb or after it.
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
        # argparse has no public way to change the defaults of options that Scrapy declares. Left alone, those of the
        # verb's parser would replace what is written before the verb.
        for action in parser._actions:
            action.default = argparse.SUPPRESS
        # -s may be given on both sides of the verb. Two lists, because the second would replace the first.
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
            raise UsageError(f"add one of its commands: {verbs}; `scrapy {self.name} -h` explains them.")
        exit_code: int = opts.execute(opts)
        return exit_code

    def _superfluous(self, word: str, opts: argparse.Namespace) -> str:
        if opts.verb is None:
            return super()._superfluous(word, opts)
        parser = self._verbs.choices[opts.verb]
        if word.partition("=")[0] in _options_of(parser):
            return f"write {word} after the command: `scrapy {self.name} {opts.verb} {word}`."
        return superfluous(word, f"{self.name} {opts.verb}", parser)


def refuse(command: str, message: str) -> NoReturn:
    """End with one sentence on what the parser found wrong. It replaces argparse's usage and half a sentence."""
    for pattern, words in _REWORDED:
        message = pattern.sub(words, message)
    end = "." if " takes " in message else f"; `scrapy {command} -h` shows what it takes."
    if found := _WRONG_CHOICE.search(message):
        known = re.findall(r"[\w-]+", found["known"])
        message, end = f"there is no command {found['given']!r}", suggestion(found["given"], known)
    sys.exit(complain(command, f"{message}{end}", USAGE))


def superfluous(word: str, command: str, parser: argparse.ArgumentParser) -> str:
    """Return the sentence about a word or an option that the command does not take."""
    if not word.startswith("-"):
        return f"{word!r} is one word too many; `scrapy {command} -h` shows what it takes."
    option = word.partition("=")[0]
    nearest = difflib.get_close_matches(option, _options_of(parser), 1, _NEAR_OPTION)
    hint = f"did you mean {nearest[0]}?" if nearest else f"`scrapy {command} -h` shows what it takes."
    return f"`scrapy {command}` has no option {option}; {hint}"


def _options_of(parser: argparse.ArgumentParser) -> Iterable[str]:
    """Return the options, like --json. argparse has no public list of them."""
    return parser._option_string_actions


def require_option(command: str, option: str, value: object) -> None:
    """Raise UsageError when an option was not given. argparse would do so before it finds a misspelt one."""
    if value is None:
        raise UsageError(f"it needs {option}; `scrapy {command} -h` shows what it takes.")


def suggestion(given: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about a name that is not known: the nearest one, or all of them."""
    names = sorted(known)
    nearest = difflib.get_close_matches(given, names, 1)
    return f"; did you mean {nearest[0]!r}?" if nearest else f"; there are {', '.join(names)}."


def as_typed(opts: argparse.Namespace, names: Iterable[str]) -> str:
    """Return those of the options that were given, as they are typed."""
    words = []
    for name in names:
        given = getattr(opts, name)
        values = given if isinstance(given, list) else [given]
        words += [f"--{name}" if value is True else f"--{name} {value}" for value in values if value]
    return " ".join(words)


def check_name(what: str, given: str, known: Iterable[str]) -> str:
    """Return the name. Raises UsageError when it is not known, with the nearest one."""
    names = sorted(known)
    if given in names:
        return given
    raise UsageError(f"there is no {what} {given!r}{suggestion(given, names)}")


def check_setting_names(settings: BaseSettings, given: Iterable[str]) -> None:
    """Refuse a word of `-s` that is not NAME=VALUE, a setting that only the environment can change, a mapping that is
    not JSON, and a name that is nearly one of Scrapy's or of this project's settings.

    Other unknown names may belong to a package that gives them no default. Raises UsageError.
    """
    for name, value in name_value_pairs("-s", given).items():
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
    """Add the option -a to a command that crawls the publishers it names. fields: of SpiderArguments."""
    add_repeatable(parser, "-a", "NAME=VALUE", "set an argument of every spider", dest="spargs")
    parser.set_defaults(spider_fields=fields)
    explain_spider_arguments(parser, fields)


def add_repeatable(parser: argparse.ArgumentParser, option: str, metavar: str, meaning: str, **more: Any) -> None:
    """Add an option whose values are collected in a list."""
    help_ = f"{meaning} (may be repeated)"
    parser.add_argument(option, action="append", default=[], metavar=metavar, help=help_, **more)


def one_of(*names: str) -> Callable[[str], str]:
    """Return the argparse type of an option that takes one of these names."""

    def check(text: str) -> str:
        if text not in names:
            raise argparse.ArgumentTypeError(f"takes {', '.join(names)}, not {text!r}")
        return text

    return check


def whole_number(least: int = 1, most: int | None = None) -> Callable[[str], int]:
    """Return the argparse type of an option that takes a whole number."""
    bounds = f"{least} or more" if most is None else f"{least} to {most}"

    def check(text: str) -> int:
        digits = text.isascii() and text.isdigit() and len(text) < 18  # what a database can compare with a row's number
        if not digits or int(text) < least or (most is not None and int(text) > most):
            raise argparse.ArgumentTypeError(f"takes a whole number, {bounds}, not {text!r}")
        return int(text)

    return check


def file_name(text: str) -> str:
    """Return the path that an option takes. An empty one would be the working directory."""
    if not text:
        raise argparse.ArgumentTypeError("takes the name of a file, not ''")
    return text


def seconds(text: str) -> float:
    """Return the seconds that an option takes: more than 0, and finite."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"takes seconds, more than 0, not {text!r}")
    return number


def complain(command: str, sentence: object, exit_code: int) -> int:
    """Print the sentence on standard error, on one line and with very long words cut; return the exit code."""
    text = _LONG_WORD.sub(r"\1…", plain(str(sentence)).replace("\n", " ").replace("\r", " "))
    with suppress(OSError):  # a full disk, or a reader that has ended: the exit code says it too
        print(f"scrapy {command}: {text}", file=sys.stderr, flush=True)
    return exit_code
