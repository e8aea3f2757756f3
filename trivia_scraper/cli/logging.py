"""Log lines about items: one line each, never the whole item, and a traceback only for faults in the code."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from sqlalchemy.exc import SQLAlchemyError
from twisted.python.failure import Failure

from trivia_scraper.db.connect import describe_error
from trivia_scraper.errors import DatabaseError, TriviaError
from trivia_scraper.formatting import format_count
from trivia_scraper.items import Event

logger = logging.getLogger(__name__)


MOST_LINES = 10
"""Log lines per reason. A listing can have half a million entries without a quiz. The run's counts have all of them."""


class FewLines:
    """Counts log lines by reason, and admits only the first ones of each."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def admits(self, reason: str) -> bool:
        self._seen[reason] += 1
        return self._seen[reason] <= MOST_LINES

    def log_rest(self, log: logging.Logger | logging.LoggerAdapter[logging.Logger]) -> None:
        """Log how many lines of each reason were omitted."""
        for reason, seen in self._seen.items():
            if seen > MOST_LINES:
                number, _, lines = format_count(seen - MOST_LINES, "lines").partition(" ")
                log.info("%s: %s more %s not shown", reason, number, lines)


class ShortLogFormatter(LogFormatter):
    def __init__(self) -> None:
        self._drops = FewLines()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        formatter = cls()
        crawler.signals.connect(formatter.spider_closed, signals.spider_closed)
        return formatter

    def spider_closed(self) -> None:
        self._drops.log_rest(logger)

    def scraped(self, item: Any, response: Any, spider: Spider) -> LogFormatterResult:
        return _reworded(super().scraped(item, response, spider), "scraped: %(item)s", item)

    def dropped(  # type: ignore[override]
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult | None:
        reason = str(exception).partition(":")[0]
        if not self._drops.admits(f"dropped: {reason}"):
            return None
        message = f"dropped: {exception}".replace("%", "%%")
        return _reworded(super().dropped(item, exception, response, spider), message, item)

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return _reworded(super().item_error(item, exception, response, spider), "not stored: %(item)s", item)


class WithoutTraceback(logging.Filter):
    """Logs errors of the environment, like a full disk or a locked database, in one line without a traceback.

    more: further classes of such errors.
    """

    def __init__(self, *more: type[BaseException]) -> None:
        super().__init__()
        self.expected: tuple[type[BaseException], ...] = (SQLAlchemyError, DatabaseError, OSError, *more)

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, self.expected):
            record.msg, record.args, record.exc_info = f"{record.getMessage()}: {describe_error(error)}", (), None
        return True


class _WithoutRefusals(logging.Filter):
    """Drops the log records of asyncio and Twisted about an error that `log_refusal` has already logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, TriviaError) and f"{TriviaError.__module__}." not in record.getMessage()


_without_refusals = _WithoutRefusals()


@contextmanager
def log_refusal(publisher: str) -> Iterator[None]:
    """Log a TriviaError that prevents a crawl from starting, then raise it again.

    A script may start a crawl without awaiting it. Then only the log shows the error.
    """
    try:
        yield
    except TriviaError as error:
        logger.error("%s did not start: %s", publisher, error)
        for name in ("asyncio", "twisted"):
            logging.getLogger(name).addFilter(_without_refusals)
        raise


def _reworded(result: LogFormatterResult, message: str, item: Any) -> LogFormatterResult:
    name = f"{item.publisher} {item.publisher_id}" if isinstance(item, Event) else type(item).__name__
    result["msg"], result["args"] = message, {"item": name}
    return result
