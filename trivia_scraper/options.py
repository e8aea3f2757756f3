"""The project's settings: each declared once, with its default, what it takes and what it means.

settings.py takes the defaults from here, crawls and commands check the values here, and docs/settings.md is made from
it. images/options.py declares those of the image pipeline.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from scrapy.settings import BaseSettings, iter_default_settings

from trivia_scraper.errors import UsageError
from trivia_scraper.items import FIELDS

Parse = Callable[[Any], Any]
_HOST = re.compile(r"[\w.:-]+")
_MOST = 10**9
MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Option:
    """One setting."""

    name: str
    default: Any
    takes: str
    """What a value has to be, as an error says it: "seconds, more than 0"."""
    parse: Parse
    """Returns the value in its type. Raises ValueError or TypeError for one that is not allowed."""
    meaning: str
    variable: bool = False
    """Whether an environment variable of the same name sets it."""

    def value(self, settings: BaseSettings) -> Any:
        """Return the setting in its type, or its default if it is not set. Raises UsageError, which shows the value."""
        given = settings[self.name] if self.name in settings else self.default  # noqa: SIM401 - get would take None for unset
        try:
            return self.parse(given)
        except (TypeError, ValueError):
            raise UsageError(f"the setting {self.name} takes {self.takes}, not {given!r}.") from None


def number(least: float = 0, most: float = _MOST, *, above: bool = False) -> Parse:
    """Return a parser of finite numbers from `least`, or above it, to `most`."""

    def parse(value: Any) -> float:
        found = float(value)
        if not isfinite(found) or not least <= found <= most or (above and found == least):
            raise ValueError
        return found

    return parse


def flag(value: Any) -> bool:
    """Return what Scrapy's getbool returns. Raises ValueError."""
    return BaseSettings({"flag": value}).getbool("flag")


def hosts(value: Any) -> list[str]:
    """Return a list of host names and addresses, or the one that a text has as JSON or between commas. Raises
    ValueError, TypeError."""
    if isinstance(value, str) and value:
        value = json.loads(value) if value.startswith("[") else value.split(",")
    found = [str(host).strip().lower() for host in value or ()]
    if not all(map(_HOST.fullmatch, found)):
        raise ValueError
    return found


def text(value: Any) -> str:
    """Return a text, also for a setting that is not set."""
    return str(value or "")


def _file(value: Any) -> str:
    if value and Path(value).is_dir():
        raise ValueError
    return text(value)


def mapping(value: Any) -> dict[str, Any]:
    """Return a dictionary, or the one that a text in JSON holds. Raises ValueError, TypeError."""
    return dict(json.loads(value) if isinstance(value, str) else value or {})


def days(name: str, default: float, meaning: str) -> Option:
    """Declare a number of days."""
    return Option(name, default, f"days, 0 to {MOST_DAYS}", number(0, MOST_DAYS), meaning)


def seconds(name: str, default: float, meaning: str) -> Option:
    """Declare a positive number of seconds."""
    return Option(name, default, "seconds, more than 0", number(0, above=True), meaning)


def amount(name: str, default: float | None, meaning: str) -> Option:
    """Declare a number that is not negative."""
    return Option(name, default, "a number, 0 or more", number(), meaning)


def share(name: str, default: float, meaning: str) -> Option:
    """Declare a share."""
    return Option(name, default, "a share, 0 to 1", number(0, 1), meaning)


def count(name: str, default: int | None, meaning: str, least: int = 1) -> Option:
    """Declare a whole number."""

    def parse(value: Any) -> int:
        found = int(value)
        if found != float(value) or not least <= found <= _MOST:
            raise ValueError
        return found

    return Option(name, default, f"a whole number, {least} or more", parse, meaning)


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
        "A venue's page is read at most this often, unless the run has `force_update` or `force_refresh_images`.",
    ),
    share(
        "MAX_DROPPED_VENUES",
        0.5,
        "Share of dropped venues above which a run fails. Some listed venues have no quiz; when half have none, the "
        "listing has changed its form.",
    ),
    share("MAX_FAILED_PAGES", 0.1, "Share of failed pages above which a run fails."),
    share(
        "MAX_GONE_PAGES",
        0.5,
        "Share of pages that answer 404 above which a run fails, for publishers that list venues without pages. Not "
        "judged in a run of fewer than ten venues.",
    ),
    share("MAX_FAILED_IMAGES", 0.2, "Share of failed images above which a run fails."),
    share(
        "MAX_SHRINK",
        0.4,
        "Share of the venues of the last good run that a listing may lack. A larger loss fails the run: half a listing "
        "must not make half the venues missing.",
    ),
    count("MIN_LISTED", 1, "Fewest venues in a listing. A shorter one fails the run.", least=0),
    Option(
        "MIN_COVERAGE",
        {"name": 0.9, "weekday": 0.9, "address": 0.5, "start_time": 0.5},
        f'shares of 0 to 1 by field ({", ".join(FIELDS)}), like {{"address": 0.9}}',
        _coverage,
        "Shares of the events read that must have a field. A publisher's file raises "
        "the share of a field that its pages always have.",
    ),
    share(
        "MAX_COVERAGE_DROP",
        0.3,
        "How far the share of events that have a field may fall below its mean of the last good runs. A page with a "
        "new layout still answers, and a selector that finds nothing raises nothing.",
    ),
    count("GONE_AFTER_RUNS", 3, "An event is gone after this many complete, clean runs without it."),
    amount("RETRY_AFTER_MAX", 120, "Longest pause in seconds that a 429 or 503 answer can ask for."),
    count("RETRY_AFTER_TIMES", 3, "Pauses in a row after which a host is left alone for the rest of the run.", least=0),
    amount(
        "STOP_GRACE", 5, "Seconds in which requests under way may end when a crawl is stopped; the others are dropped."
    ),
    Option(
        "PRIVATE_HOSTS_ALLOWED",
        [],
        "host names and addresses, separated by commas or as a list in JSON",
        hosts,
        "Host names and addresses that may be private: a proxy's, for example.",
    ),
    seconds(
        "QUEUE_TIME_LIMIT", 36_000, "Seconds that a job may take. A crawl that hangs must not block its publisher."
    ),
    seconds(
        "QUEUE_KILL_AFTER",
        60,
        "Seconds after QUEUE_TIME_LIMIT, or after its worker was stopped, until a job is killed.",
    ),
    seconds(
        "QUEUE_STALLED_AFTER",
        60,
        "After this many seconds without a sign of life, another worker gets a worker's jobs.",
    ),
    days("DECISIONS_KEPT_DAYS", 90, "Days that `scrapy images explain VENUE` can look back."),
    days("PAST_PICTURES_KEPT_DAYS", 90, "Days that thumbnails of replaced images are kept for the pages about runs."),
    days("HISTORY_KEPT_DAYS", 1095, "Days that changes are kept. The newest change of each field stays."),
    days(
        "RUNS_KEPT_DAYS",
        730,
        "Days that runs are kept. Runs that later runs are compared with, or that a change or an event names, stay.",
    ),
    days("LOGS_KEPT_DAYS", 90, "Days that log files are kept."),
    days("FEEDS_KEPT_DAYS", 365, "Days that feeds are kept."),
    days("SPILL_KEPT_DAYS", 30, "Days that spilled events are kept after a later run has read them again."),
    days("SUPERSEDED_KEPT_DAYS", 7, "Days that image files stay when no event shows them and no row names them."),
    seconds(
        "ALERT_TIMEOUT", 10, "Seconds for sending an alert: the most that a receiver can delay the end of a crawl."
    ),
    Option(
        "EXPECTED_EVERY_HOURS",
        {"*": 36},
        'hours by publisher, like {"*": 36, "pubquiz": 200, "inquizition": null}',
        _hours_by_publisher,
        "Hours between the ends of two good runs, by publisher, for `scrapy health` and METRICS_FILE. `*` is every "
        "other publisher that ever ran; null: no run is expected. The default: a daily crawl and half a day of delay.",
    ),
)
# Settings that settings.py computes from the environment and from where state lives, $TRIVIA_HOME. Their values are
# checked by what opens them, and may hold secrets.
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
        text,
        "Feeds: one file in JSON Lines per run.",
        variable=True,
    ),
    Option(
        "SPILL_DIR",
        "$TRIVIA_HOME/spill",
        "a directory",
        text,
        "Events that could not be stored. `scrapy db replay FILE` loads them.",
    ),
    Option(
        "CATALOGUE_DIR",
        "$TRIVIA_HOME/catalogue",
        "a directory",
        text,
        "The web site, if `scrapy catalogue` has no option -o.",
    ),
    Option(
        "LOG_DIR",
        "$TRIVIA_HOME/log",
        "a directory",
        text,
        "Logs of `scrapy crawl-all`, `scrapy queue worker` and `scrapy demo`. A crawl logs to standard error.",
    ),
    Option(
        "METRICS_FILE",
        "",
        "a file",
        _file,
        "The health of all publishers in the text format of Prometheus, written after every run. Empty: not written.",
        variable=True,
    ),
    Option(
        "ALERT_URLS",
        "",
        "Apprise URLs, separated by white space or commas",
        text,
        "Who gets an alert when a publisher fails or passes again. The URLs hold secrets.",
        variable=True,
    ),
    Option(
        "QUEUE_PLANS",
        "[]",
        'a list like [{"publisher": "quizmeisters", "cron": "30 3 * * *", "arguments": {}}]',
        text,
        "When `scrapy queue worker` plans which crawl. Times are in UTC.",
        variable=True,
    ),
    Option(
        "SANDBOX_SERVER",
        "",
        "an address like http://127.0.0.1:8800",
        text,
        "Where all requests are sent instead of to the publishers. Nothing leaves the machine while it is set.",
        variable=True,
    ),
)


def _log_level(value: Any) -> int:
    if isinstance(value, int):
        return value
    try:
        return logging.getLevelNamesMapping()[value]
    except KeyError:
        raise ValueError from None


def _log_file(value: Any) -> Path | None:
    if not value:
        return None
    path = Path(value)
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError
    return path


def _only(needed: Any) -> Parse:
    """Return a parser of one value."""

    def parse(value: Any) -> Any:
        if value != needed:
            raise ValueError
        return value

    return parse


def _enabled(value: Any) -> bool:
    return bool(_only(True)(flag(value)))


def _whole(value: Any) -> int:
    found = int(value)
    if found != float(value):
        raise ValueError
    return found


_ASYNCIO_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
_STRICTER = (
    amount("DOWNLOAD_DELAY", None, "Seconds between two requests to one site."),
    amount("DOWNLOAD_TIMEOUT", None, "Seconds for one page."),
    amount("DNS_TIMEOUT", None, "Seconds for looking up a name."),
    count("RETRY_TIMES", None, "Retries of a request.", least=0),
    amount("LOGSTATS_INTERVAL", None, "Seconds between two lines of progress."),
    Option("LOG_LEVEL", None, "DEBUG, INFO, WARNING, ERROR or CRITICAL", _log_level, "Least level of what is logged."),
    Option("LOG_FILE", None, "the path of a file that can be written", _log_file, "Where the log goes."),
    Option(
        "TWISTED_REACTOR",
        None,
        f"{_ASYNCIO_REACTOR}, which runs are written for",
        _only(_ASYNCIO_REACTOR),
        "The event loop.",
    ),
    Option(
        "TWISTED_REACTOR_ENABLED", None, "True, because the download handler is Twisted's", _enabled, "The event loop."
    ),
    *(count(name, 1, "Requests at once.") for name in ("CONCURRENT_REQUESTS", "CONCURRENT_REQUESTS_PER_DOMAIN")),
    Option("TELNETCONSOLE_ENABLED", None, "True or False", flag, "A port for debugging."),
)


def _by_type_of_default(but: Iterable[str]) -> Iterator[Option]:
    """Declare Scrapy's settings whose default is a number or a flag, without those named `but`."""
    for name, default in iter_default_settings():
        if name in but:
            continue
        if isinstance(default, bool):
            yield Option(name, default, "True or False", flag, "")
        elif isinstance(default, int):
            yield Option(name, default, "a whole number", _whole, "")
        elif isinstance(default, float):
            yield Option(name, default, "a number", number(-_MOST), "")


# Settings of Scrapy's own whose wrong values would be tracebacks in the log of a crawl.
OF_SCRAPY = (*_STRICTER, *_by_type_of_default([each.name for each in _STRICTER]))


def option(name: str) -> Option:
    """Return the declaration of a setting."""
    return next(each for each in (*OPTIONS, *PLACES, *OF_SCRAPY) if each.name == name)


def value_of(settings: BaseSettings, name: str) -> Any:
    """Return a declared setting in its type. Raises UsageError."""
    return option(name).value(settings)


def check_settings(settings: BaseSettings, options: Iterable[Option]) -> None:
    """Raise UsageError for the first value that is not allowed."""
    for each in options:
        each.value(settings)
