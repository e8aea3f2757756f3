"""Log lines about items: one line each, never the whole item, and a traceback only where the code is to blame."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from sqlalchemy.exc import SQLAlchemyError
from twisted.python.failure import Failure

from trivia_scraper.db.connect import explained
from trivia_scraper.errors import DatabaseError


class ShortLogFormatter(LogFormatter):
    def scraped(self, item: Any, response: Any, spider: Spider) -> LogFormatterResult:
        return _with("scraped: %(item)s", super().scraped(item, response, spider), item)

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return _with(
            f"dropped: {exception}".replace("%", "%%"), super().dropped(item, exception, response, spider), item
        )

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return _with("not stored: %(item)s", super().item_error(item, exception, response, spider), item)


class WithoutTraceback(logging.Filter):
    """A full disk or a locked database is no mistake in the code: it is told in one line. more: what else is none."""

    def __init__(self, *more: type[BaseException]) -> None:
        super().__init__()
        self.told: tuple[type[BaseException], ...] = (SQLAlchemyError, DatabaseError, OSError, *more)

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, self.told):
            record.msg, record.args, record.exc_info = f"{record.getMessage()}: {explained(error)}", (), None
        return True


def _with(message: str, result: LogFormatterResult, item: Any) -> LogFormatterResult:
    name = f"{item.publisher} {item.publisher_id}" if hasattr(item, "publisher_id") else type(item).__name__
    result["msg"], result["args"] = message, {"item": name}
    return result
