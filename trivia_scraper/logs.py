"""Log lines about items: one line each, never the whole item."""

from __future__ import annotations

from typing import Any

from scrapy import Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure


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


def _with(message: str, result: LogFormatterResult, item: Any) -> LogFormatterResult:
    name = f"{item.publisher} {item.publisher_id}" if hasattr(item, "publisher_id") else type(item).__name__
    result["msg"], result["args"] = message, {"item": name}
    return result
