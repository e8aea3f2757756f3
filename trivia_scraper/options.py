"""Declarations of the project's settings: default, allowed values, meaning.

settings.py takes the defaults from here, crawls and commands check values here, and docs/settings.md is generated from
here. images/options.py declares the settings of the image pipeline.
"""

from __future__ import annotations

import codecs
import difflib
import json
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from math import isfinite
from pathlib import Path
from typing import Any

from scrapy.settings import BaseSettings, iter_default_settings
from scrapy.utils.conf import build_component_list
from scrapy.utils.misc import load_object

from trivia_scraper.errors import UsageError
from trivia_scraper.items import FIELDS

Parse = Callable[[Any], Any]
_HOST = re.compile(r"[\w.:-]+")
_CONTACT = re.compile(r"https?://[0-9A-Za-z\[][!-~]*|mailto:[!-~]+@[!-~]+")
_MOST = 10**9
MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Option:
    """One setting."""

    name: str
    default: Any
    takes: str
    """Allowed values, as errors and the docs describe them: "seconds, more than 0"."""
    parse: Parse
    """Converts a value to its type. Raises ValueError or TypeError if the value is not allowed."""
    meaning: str
    variable: bool = False
    """Whether an environment variable of the same name sets it."""

    def value(self, settings: BaseSettings) -> Any:
        """Return the setting, or its default, converted to its type. Raises UsageError, which shows the value."""
        given = settings[self.name] if self.name in settings else self.default  # noqa: SIM401 - get would take None for unset
        try:
            return self.parse(given)
        except UsageError:
            raise
        except (OSError, TypeError, ValueError):  # OSError: a path is too long
            shown = given.copy_to_dict() if isinstance(given, BaseSettings) else given
            raise UsageError(f"the setting {self.name} takes {self.takes}, not {shown!r}.") from None


def number(least: float = 0, most: float = _MOST, *, above: bool = False) -> Parse:
    """Return a parser of finite numbers from `least` to `most`. above: `least` itself is not allowed."""

    def parse(value: Any) -> float:
        found = float(value)
        if not isfinite(found) or not least <= found <= most or (above and found == least):
            raise ValueError
        return found

    return parse


def _whole(least: int, most: int | None = None) -> Parse:
    """Return a parser of whole numbers."""

    def parse(value: Any) -> int:
        found = int(value)
        if found != float(value) or found < least or (most is not None and found > most):
            raise ValueError
        return found

    return parse


FLAG_WORDS = dict.fromkeys(("true", "1", "yes", "on"), True) | dict.fromkeys(("false", "0", "no", "off"), False)
"""What users type for a spider argument that is true or false, in small letters."""


def flag(value: Any) -> bool:
    """Parse a flag as Scrapy's `getbool` does. Raises ValueError."""
    return BaseSettings({"flag": value}).getbool("flag")


def hosts(value: Any) -> list[str]:
    """Parse host names and addresses: a list, a text in JSON, or a text with commas. Raises ValueError, TypeError."""
    if isinstance(value, str) and value:
        value = json.loads(value) if value.startswith("[") else value.split(",")
    found = [str(host).strip().lower() for host in value or ()]
    if not all(map(_HOST.fullmatch, found)):
        raise ValueError
    return found


def text(value: Any) -> str:
    """Return a text: "" for a setting that is not set."""
    return str(value or "")


def _file(value: Any) -> str:
    if value and Path(value).is_dir():
        raise ValueError
    return text(value)


def unwritable_directory(path: str | os.PathLike[str]) -> str | None:
    """Return why a directory can neither be written nor created, or None. Create nothing. Raises OSError."""
    existing = Path(path).absolute()
    while not existing.exists():
        existing = existing.parent
    if not existing.is_dir():
        return f"{existing} is not a directory"
    return None if os.access(existing, os.W_OK | os.X_OK) else f"{existing} is not writable"


def unwritable_file(path: str | os.PathLike[str]) -> str | None:
    """Return why a file in an existing directory cannot be written, or None. Create nothing. Raises OSError."""
    file = Path(path)
    if file.is_dir():
        return f"{file} is a directory"
    if not file.parent.is_dir():
        return f"{file.parent} is not a directory"
    existing, needed = (file, os.W_OK) if file.exists() else (file.parent, os.W_OK | os.X_OK)
    return None if os.access(existing, needed) else f"{existing} is not writable"


def directory(value: Any) -> str:
    """Return the path of a directory. Raises ValueError if it is empty, which would mean the working directory."""
    if not value:
        raise ValueError
    return text(value)


def _contact(value: Any) -> str:
    if value and not _CONTACT.fullmatch(value):
        raise ValueError
    return text(value)


def one_of(*values: Any) -> Parse:
    """Return a parser that accepts only these values."""

    def parse(value: Any) -> Any:
        if value not in values:
            raise ValueError
        return value

    return parse


def _user_agent(value: Any) -> str:
    if value and not (isinstance(value, str) and value.isascii() and value.isprintable()):
        raise ValueError
    return text(value)


def mapping(value: Any) -> dict[str, Any]:
    """Parse a mapping, or a text in JSON. Raises ValueError, TypeError."""
    return dict(json.loads(value) if isinstance(value, str) else value or {})


def days(name: str, default: float, meaning: str) -> Option:
    """Declare a setting in days."""
    return Option(name, default, f"days, 0 to {MOST_DAYS}", number(0, MOST_DAYS), meaning)


def seconds(name: str, default: float, meaning: str) -> Option:
    """Declare a setting in seconds, more than 0."""
    return Option(name, default, "seconds, more than 0", number(0, above=True), meaning)


def amount(name: str, default: float | None, meaning: str) -> Option:
    """Declare a setting that takes a number, 0 or more."""
    return Option(name, default, "a number, 0 or more", number(), meaning)


def share(name: str, default: float, meaning: str) -> Option:
    """Declare a setting that takes a share, 0 to 1."""
    return Option(name, default, "a share, 0 to 1", number(0, 1), meaning)


def count(name: str, default: int | None, meaning: str, least: int = 1) -> Option:
    """Declare a setting that takes a whole number."""
    return Option(name, default, f"a whole number, {least} or more", _whole(least, _MOST), meaning)


def _coverage(value: Any) -> dict[str, float]:
    shares = {field: float(each) for field, each in mapping(value).items()}
    if not (shares.keys() <= FIELDS.keys() and all(0 <= each <= 1 for each in shares.values())):
        raise ValueError
    return shares


def _hours_by_publisher(value: Any) -> dict[str, float | None]:
    hours = {publisher: None if each is None else float(each) for publisher, each in mapping(value).items()}
    if not all(each is None or 0 < each < float("inf") for each in hours.values()):
        raise ValueError
    return hours


OPTIONS = (
    days(
        "SKIP_IF_UPDATED_WITHIN_DAYS",
        5,
        "Days until a venue's page is read again. `force_update` and `force_refresh_images` read it in every run.",
    ),
    share(
        "MAX_DROPPED_VENUES",
        0.5,
        "Share of dropped venues above which a run fails. Some listed venues have no quiz; if it is half of them, the "
        "format of the listing has probably changed.",
    ),
    share("MAX_FAILED_PAGES", 0.1, "Share of failed pages above which a run fails."),
    share(
        "MAX_GONE_PAGES",
        0.5,
        "Share of missing pages (HTTP 404 or 410) above which a run fails, for publishers that list venues without "
        "pages. Ignored in runs with `limit` or `venue` of fewer than ten venues.",
    ),
    share("MAX_FAILED_IMAGES", 0.2, "Share of failed images above which a run fails."),
    share(
        "MAX_SHRINK",
        0.4,
        "Share of venues by which a listing may be shorter than in the last good run. A shorter one fails the run, so "
        "that an incomplete listing does not mark venues as missing.",
    ),
    count("MIN_LISTED", 1, "Minimum number of venues in a listing. A shorter one fails the run.", least=0),
    Option(
        "MIN_COVERAGE",
        {"name": 0.9, "weekday": 0.9, "address": 0.5, "start_time": 0.5},
        f'shares of 0 to 1 by field ({", ".join(FIELDS)}), like {{"address": 0.9}}',
        _coverage,
        "Share of events that must have a field, by field. A publisher's file raises the share of a field that its "
        "pages always have.",
    ),
    share(
        "MAX_COVERAGE_DROP",
        0.3,
        "How far the share of events with a field may fall below its median in the last good runs. A larger fall fails "
        "the run. A fall by more than half of this is a warning, and so is a larger one of a selector or key. Room "
        "is left for chance: if usually 79% of 130 events have a fee, less than 57% is a warning, and less than 42% "
        "fails the run. This detects pages that have a new layout.",
    ),
    count("GONE_AFTER_RUNS", 3, "An event is gone after this many complete, clean runs without it."),
    amount("RETRY_AFTER_MAX", 120, "Longest pause, in seconds, after a 429 or 503 response with Retry-After."),
    count(
        "RETRY_AFTER_TIMES",
        3,
        "Pauses in a row that a host may ask for. If it asks for more, it gets no more requests in this run.",
        least=0,
    ),
    amount(
        "STOP_GRACE",
        5,
        "Seconds that running requests get to finish when a crawl is stopped. Waiting requests are dropped. After "
        "that, feeds get the same time, but at least 1 and at most 10 seconds.",
    ),
    count(
        "PAGE_MAXSIZE",
        4 * 1024 * 1024,
        "Maximum size of a page or listing in bytes, compressed and decompressed. The largest listing has 1.1 MB.",
    ),
    Option(
        "PRIVATE_HOSTS_ALLOWED",
        [],
        "host names and addresses, separated by commas or as a list in JSON",
        hosts,
        "Hosts that may be private or local, for example a proxy.",
    ),
    seconds(
        "QUEUE_TIME_LIMIT", 36_000, "Seconds that a job may take. Then it is stopped, so that a crawl cannot hang."
    ),
    seconds(
        "QUEUE_KILL_AFTER",
        60,
        "Seconds after QUEUE_TIME_LIMIT, or after its worker was stopped, until a job that still runs is killed.",
    ),
    seconds(
        "QUEUE_STALLED_AFTER",
        60,
        "Seconds without a heartbeat after which a worker counts as dead. Other workers take over its jobs.",
    ),
    days("DECISIONS_KEPT_DAYS", 90, "Days that decisions about images are kept for `scrapy images explain VENUE`."),
    days("PAST_PICTURES_KEPT_DAYS", 90, "Days that thumbnails of replaced images are kept for the pages about runs."),
    days(
        "REPLACED_IMAGES_DAYS",
        30,
        "Days that files of replaced images are kept for `scrapy images restore`, at most PAST_PICTURES_KEPT_DAYS. 0: "
        "not kept.",
    ),
    count(
        "REPLACED_IMAGES_MAX_MB",
        1000,
        "Maximum size of the files of replaced images, in megabytes. The oldest are removed first. 0: not kept.",
        least=0,
    ),
    days("HISTORY_KEPT_DAYS", 1095, "Days that changes are kept. The newest change of each field is kept longer."),
    days(
        "RUNS_KEPT_DAYS",
        730,
        "Days that runs are kept. Runs that are still needed are kept longer: for comparison with later runs, or "
        "because a change or an event names them.",
    ),
    days("LOGS_KEPT_DAYS", 90, "Days that log files are kept."),
    days("FEEDS_KEPT_DAYS", 365, "Days that feeds are kept."),
    days(
        "SPILL_KEPT_DAYS",
        30,
        "Days that spilled events are kept after a later run has read them again, even if you replayed them.",
    ),
    days("SUPERSEDED_KEPT_DAYS", 7, "Days that image files are kept when no event shows them and no row names them."),
    Option(
        "ADOPT_IMAGES_STORE",
        False,
        "True or False",
        flag,
        "Use an image store that is empty or belongs to another database. Set it for one crawl, which writes this "
        "database's id into the store.",
    ),
    seconds("ALERT_TIMEOUT", 10, "Seconds for sending an alert. Alerts delay the end of a crawl by at most this time."),
    Option(
        "EXPECTED_EVERY_HOURS",
        {"*": 36},
        'hours by publisher, like {"*": 36, "pubquiz": 200, "inquizition": null}',
        _hours_by_publisher,
        "Maximum hours between the ends of two good runs, by publisher, for `scrapy health` and METRICS_FILE. `*` "
        "means all other publishers that ever ran. null: no run is expected. The default fits daily crawls.",
    ),
)
# Settings that settings.py computes from the environment and $TRIVIA_HOME. The code that opens them checks their
# values, which may contain secrets.
PLACES = (
    Option(
        "IMAGES_STORE", "$TRIVIA_HOME/images", "a directory or s3://bucket/prefix/", text, "Image files.", variable=True
    ),
    Option(
        "DATABASE_URL",
        "sqlite:///$TRIVIA_HOME/trivia.db",
        "sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE",
        text,
        "Events, venues, runs and the ledger of images.",
        variable=True,
    ),
    Option(
        "FEEDS_DIR",
        "$TRIVIA_HOME/feeds",
        "a directory, only from the environment",
        directory,
        "Feeds: one file in JSON Lines per run.",
        variable=True,
    ),
    Option(
        "SPILL_DIR",
        "$TRIVIA_HOME/spill",
        "a directory",
        directory,
        "Events that could not be stored. `scrapy db replay FILE` stores them.",
    ),
    Option(
        "CATALOGUE_DIR",
        "$TRIVIA_HOME/catalogue",
        "a directory",
        directory,
        "The catalogue's web site. `scrapy catalogue -o DIR` writes it elsewhere.",
    ),
    Option(
        "LOG_DIR",
        "$TRIVIA_HOME/log",
        "a directory",
        directory,
        "Logs of `scrapy crawl-all`, `scrapy queue worker` and `scrapy demo`. A crawl logs to standard error.",
    ),
    Option(
        "METRICS_FILE",
        "",
        "a file",
        _file,
        "Health of all publishers as Prometheus metrics, written after every run. Empty: not written.",
        variable=True,
    ),
    Option(
        "ALERT_URLS",
        "",
        "Apprise URLs, separated by white space or commas",
        text,
        "Receivers of alerts when a publisher fails or passes again. The URLs contain secrets.",
        variable=True,
    ),
    Option(
        "QUEUE_PLANS",
        "[]",
        'a list like [{"publisher": "quizmeisters", "cron": "30 3 * * *", "arguments": {}}]',
        text,
        "Schedule of `scrapy queue worker`: which publishers to crawl and when, in UTC.",
        variable=True,
    ),
    Option(
        "CONTACT_URL",
        "",
        "an http, https or mailto address in ASCII, only from the environment",
        _contact,
        "Contact address for publishers, sent in the User-Agent.",
        variable=True,
    ),
    Option(
        "SANDBOX_SERVER",
        "",
        "an address like http://127.0.0.1:8800",
        text,
        "Server that gets all requests instead of the publishers (`scrapy sandbox`). No request leaves the machine "
        "while it is set.",
        variable=True,
    ),
)


def _log_level(value: Any) -> int:
    if isinstance(value, int):
        return value
    # Not logging's own list, because libraries add levels like TRACE to it.
    if value not in {"NOTSET", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL"}:
        raise ValueError
    return logging.getLevelNamesMapping()[value]


def _log_format(value: Any) -> str:
    logging.Formatter(value).format(logging.makeLogRecord({}))  # raises ValueError, also for an unknown field
    return text(value)


def _log_file(value: Any) -> Path | None:
    if not value:
        return None
    if unwritable_file(value):
        raise ValueError
    return Path(value)


def _encoding(value: Any) -> str | None:
    try:
        return codecs.lookup(value).name if value else None
    except LookupError:
        raise ValueError from None


def _enabled(value: Any) -> bool:
    return bool(one_of(True)(flag(value)))


def _unless_none(parse: Parse) -> Parse:
    return lambda value: None if value is None else parse(value)


def _each(parse: Parse) -> Parse:
    """Return a parser of a list, or a text with commas, that parses each element."""
    return lambda value: [parse(each) for each in BaseSettings({"list": value}).getlist("list")]


def _slots(value: Any) -> dict[str, Any]:
    """Parse DOWNLOAD_SLOTS. Raises ValueError, TypeError."""
    parsers = {"concurrency": _whole(1), "delay": number(), "randomize_delay": flag, "throttle": _unless_none(flag)}
    return {
        slot: {name: parsers.get(name, _same)(each) for name, each in dict(facts).items()}
        for slot, facts in mapping(value).items()
    }


def _same(value: Any) -> Any:
    return value


OTHERS_SETTINGS = ("SPIDERMON_", "AWS_", "FILES_", "CONCURRENT_REQUESTS_PER_IP")
"""Prefixes of known settings that have no default: those of other packages, and some of Scrapy's."""
_MISSPELT = 0.85
"""Similarity from which on an unknown name counts as a misspelt setting."""


def nearest_setting(name: str, known: Iterable[str]) -> str | None:
    """Return the known setting that was probably meant by the misspelt `name`, or None."""
    return next(iter(difflib.get_close_matches(name.upper(), list(known), 1, _MISSPELT)), None)


def load_component(name: str, value: Any) -> Any:
    """Return the object whose import path is the value. Raises UsageError if it cannot be imported."""
    try:
        return load_object(value) if isinstance(value, str) else value
    except (ImportError, NameError, ValueError) as error:
        raise UsageError(f"{name} names something that cannot be imported: {error}.") from None


def _component(name: str, default: Any) -> Option:
    """Declare a setting that takes the import path of a class or function. Its default is not checked."""

    def parse(value: Any) -> Any:
        return value if value is None or value == default else load_component(name, value)

    return Option(name, default, "the import path of a class", parse, "")


def _components(name: str) -> Option:
    """Declare a setting like ITEM_PIPELINES: import path -> order, or null."""

    def parse(value: Any) -> list[Any]:
        orders = mapping(value)
        try:
            listed = build_component_list(orders)
        except ValueError as error:
            raise UsageError(f"{name} has a wrong value: {error}.") from None
        for each in orders:  # Scrapy also imports disabled components
            load_component(name, each)
        return [load_component(name, each) for each in listed]

    return Option(name, {}, "import paths with their order", parse, "")


def _components_by_name(name: str) -> Option:
    """Declare a setting like DOWNLOAD_HANDLERS: name -> import path, or null."""

    def parse(value: Any) -> dict[str, Any]:
        return {key: load_component(name, each) for key, each in mapping(value).items()}

    return Option(name, {}, "names with import paths", parse, "")


def _modules(name: str, default: Any) -> Option:
    """Declare a setting that takes import paths of modules. Its default is not checked."""

    def parse(value: Any) -> list[str]:
        names: list[str] = BaseSettings({"list": value}).getlist("list")
        for each in names if value != default else ():
            try:
                import_module(each)
            except ImportError as error:
                raise UsageError(f"{name} names something that cannot be imported: {error}.") from None
        return names

    return Option(name, default, "import paths of modules", parse, "")


_ASYNCIO_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
_LEVELS = "DEBUG, INFO, WARNING, ERROR or CRITICAL"
_CODES = "HTTP status codes, separated by commas"
_TLS_VERSIONS = ("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_STRICTER = (
    amount("DOWNLOAD_DELAY", None, "Seconds between two requests to one site."),
    amount("DOWNLOAD_TIMEOUT", None, "Seconds for one page."),
    amount("DNS_TIMEOUT", None, "Seconds for looking up a name."),
    count("RETRY_TIMES", None, "Retries of a request.", least=0),
    amount("LOGSTATS_INTERVAL", None, "Seconds between two lines of progress."),
    Option("USER_AGENT", None, "text in ASCII", _user_agent, "Name of the crawler."),
    Option("LOG_LEVEL", None, _LEVELS, _log_level, "Lowest level that is logged."),
    Option("RETRY_GIVE_UP_LOG_LEVEL", None, _LEVELS, _log_level, "Level of the log line about the last retry."),
    Option("DEFAULT_DROPITEM_LOG_LEVEL", None, _LEVELS, _log_level, "Level of the log line about a dropped item."),
    Option("LOG_FILE", None, "the path of a file that can be written", _log_file, "The file of the log."),
    Option("LOG_FORMAT", None, "a format of Python's logging, like %(levelname)s: %(message)s", _log_format, ""),
    *(
        Option(name, None, "the name of an encoding", _encoding, "")
        for name in ("LOG_ENCODING", "FEED_EXPORT_ENCODING")
    ),
    Option(
        "TWISTED_REACTOR",
        None,
        f"{_ASYNCIO_REACTOR}, which runs need",
        one_of(_ASYNCIO_REACTOR),
        "The event loop.",
    ),
    Option(
        "TWISTED_REACTOR_ENABLED", None, "True, because the download handler needs Twisted", _enabled, "The event loop."
    ),
    *(count(name, 1, "Requests at once.") for name in ("CONCURRENT_REQUESTS", "CONCURRENT_REQUESTS_PER_DOMAIN")),
    count("CONCURRENT_REQUESTS_PER_IP", 0, "Requests at once.", least=0),
    count("CONCURRENT_ITEMS", 100, "Items of a page that are processed at once."),
    count("REACTOR_THREADPOOL_MAXSIZE", 10, "Threads for looking up names."),
    seconds("MEMUSAGE_CHECK_INTERVAL_SECONDS", 60, "Seconds between two checks of the memory."),
    Option("AUTOTHROTTLE_TARGET_CONCURRENCY", 1.0, "a number, more than 0", number(above=True), ""),
    Option("FEED_EXPORT_INDENT", 0, "a whole number", _unless_none(_whole(-1)), ""),
    Option("TELNETCONSOLE_ENABLED", None, "True or False", flag, "A port for debugging."),
    Option("TELNETCONSOLE_PORT", [], "two ports, separated by a comma", _each(_whole(0, 65_535)), "Its ports."),
    *(
        Option(name, [], _CODES, _each(_whole(100, 599)), "")
        for name in ("RETRY_HTTP_CODES", "HTTPCACHE_IGNORE_HTTP_CODES")
    ),
    *(
        Option(
            name,
            None,
            f"{', '.join(_TLS_VERSIONS[:-1])} or {_TLS_VERSIONS[-1]}",
            _unless_none(one_of(*_TLS_VERSIONS)),
            "",
        )
        for name in ("DOWNLOAD_TLS_MIN_VERSION", "DOWNLOAD_TLS_MAX_VERSION")
    ),
    Option("DOWNLOADER_CLIENT_TLS_METHOD", "TLS", "TLS", one_of("TLS"), "DOWNLOAD_TLS_MIN_VERSION replaces it."),
    Option("DOWNLOAD_SLOTS", {}, 'limits by host, like {"a.example": {"concurrency": 1, "delay": 3}}', _slots, ""),
    *map(_components, ("ADDONS", "DOWNLOADER_MIDDLEWARES", "EXTENSIONS", "ITEM_PIPELINES", "SPIDER_MIDDLEWARES")),
    *map(_components_by_name, ("DOWNLOAD_HANDLERS", "FEED_EXPORTERS", "FEED_STORAGES")),
    Option(
        "RETRY_EXCEPTIONS", [], "import paths of exceptions", _each(partial(load_component, "RETRY_EXCEPTIONS")), ""
    ),
    *(_component(name, None) for name in ("ASYNCIO_EVENT_LOOP", "FEED_URI_PARAMS")),
    _component("DOWNLOADER_CLIENTCONTEXTFACTORY", "SENTINEL"),
    _modules("SPIDER_MODULES", []),
    _modules("HTTPCACHE_DBM_MODULE", "dbm"),
)


def _by_default(but: Iterable[str]) -> Iterator[Option]:
    """Declare Scrapy's settings whose default is a number, a flag or an import path, except those in `but`."""
    for name, default in iter_default_settings():
        if name in but:
            continue
        if isinstance(default, bool):
            yield Option(name, default, "True or False", flag, "")
        elif isinstance(default, int):
            least = -_MOST if "PRIORITY" in name else 0
            takes = "a whole number" if least else "a whole number, 0 or more"
            yield Option(name, default, takes, _whole(least), "")
        elif isinstance(default, float):
            yield Option(name, default, "a number, 0 or more", number(), "")
        elif isinstance(default, str) and default.startswith("scrapy."):
            yield _component(name, default)


# Scrapy's settings. A wrong value would cause a traceback in the log of a crawl.
OF_SCRAPY = (*_STRICTER, *_by_default([each.name for each in _STRICTER]))


def option(name: str) -> Option:
    """Return the declaration of a setting."""
    return next(each for each in (*OPTIONS, *PLACES, *OF_SCRAPY) if each.name == name)


def value_of(settings: BaseSettings, name: str) -> Any:
    """Return the value of a declared setting, converted to its type. Raises UsageError."""
    return option(name).value(settings)


def check_settings(settings: BaseSettings, options: Iterable[Option]) -> None:
    """Raise UsageError for the first value that is not allowed."""
    for each in options:
        each.value(settings)
