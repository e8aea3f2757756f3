"""Bound the headers of responses. Twisted and Scrapy do not, so a single response could fill the memory."""

from __future__ import annotations

from functools import cache
from typing import Any

from twisted.web._newclient import DONE
from twisted.web.client import HTTPConnectionPool

MOST_HEADER_BYTES = 64 * 1024
"""Limit per response, including interim (1xx) responses. By default, servers and proxies send at most 8 to 32 kB."""
_SLICE = 1024
"""Bytes per call of the parser, which copies all unread bytes for each line."""


class HeadersTooLargeError(Exception):
    """The headers of a response are too large. Its connection is closed."""

    def __init__(self) -> None:
        super().__init__(f"the headers of the response are larger than {MOST_HEADER_BYTES // 1024} kB")


def bound_headers(pool: HTTPConnectionPool) -> None:
    """Bound the headers in a connection pool: a request fails with ResponseFailed, caused by HeadersTooLargeError."""
    stock: Any = pool._factory

    class Factory(stock):  # type: ignore[misc]
        noisy = False

        def buildProtocol(self, addr: Any) -> Any:
            protocol: Any = super().buildProtocol(addr)
            protocol.__class__ = _bounded_protocol(protocol.__class__)
            return protocol

    pool._factory = Factory


@cache
def _bounded_protocol(stock: Any) -> Any:
    class Protocol(stock):  # type: ignore[misc]
        def request(self, request: Any) -> Any:
            answer = super().request(request)
            self._parser.__class__ = _bounded_parser(self._parser.__class__)  # Scrapy does the same
            return answer

    return Protocol


@cache
def _bounded_parser(stock: Any) -> Any:
    class Parser(stock):  # type: ignore[misc]
        _header_bytes = 0

        def dataReceived(self, data: bytes) -> None:
            while data and self.line_mode and self.state != DONE:
                self._header_bytes += len(data[:_SLICE])
                if self._header_bytes > MOST_HEADER_BYTES + _SLICE:  # the last slice may have bytes of the body
                    raise HeadersTooLargeError
                super().dataReceived(data[:_SLICE])
                data = data[_SLICE:]
            if data and self.state != DONE:
                super().dataReceived(data)

    return Parser


def is_too_large(error: BaseException) -> bool:
    """Return whether Scrapy's error was caused by HeadersTooLargeError."""
    failures = getattr(error.__cause__, "reasons", ())
    return any(failure.check(HeadersTooLargeError) for failure in failures)
