"""Log lines about items: one line each, never the whole item, and a traceback only where the code is to blame."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scrapy import Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from sqlalchemy.exc import SQLAlchemyError
from twisted.python.failure import Failure

from trivia_scraper.db.connect import explained
from trivia_scraper.errors import DatabaseError, TriviaError
from trivia_scraper.items import Event

logger = logging.getLogger(__name__)


class ShortLogFormatter(LogFormatter):
    def scraped(self, item: Any, response: Any, spider: Spider) -> LogFormatterResult:
        return _reworded(super().scraped(item, response, spider), "scraped: %(item)s", item)

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        message = f"dropped: {exception}".replace("%", "%%")
        return _reworded(super().dropped(item, exception, response, spider), message, item)

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return _reworded(super().item_error(item, exception, response, spider), "not stored: %(item)s", item)


class WithoutTraceback(logging.Filter):
    """Logs an error that is not a mistake in the code, as of a full disk or a locked database, in one line.

    more: other classes of such errors.
    """

    def __init__(self, *more: type[BaseException]) -> None:
        super().__init__()
        self.expected: tuple[type[BaseException], ...] = (SQLAlchemyError, DatabaseError, OSError, *more)

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, self.expected):
            record.msg, record.args, record.exc_info = f"{record.getMessage()}: {explained(error)}", (), None
        return True


class _WithoutRefusals(logging.Filter):
    """Drops what asyncio and Twisted log of an error that nobody awaited, when `logged_refusal` has logged it."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, TriviaError) and f"{TriviaError.__module__}." not in record.getMessage()


_without_refusals = _WithoutRefusals()


@contextmanager
def logged_refusal(publisher: str) -> Iterator[None]:
    """Log the sentence of an error that ends a crawl before it begins, and pass the error on.

    A script may start a crawl without awaiting it; then the log is the only place to find the sentence.
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
