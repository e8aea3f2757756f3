"""The limit on bytes of headers."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientFactory
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._newclient import Request
from twisted.web.client import HTTPConnectionPool, ResponseFailed
from twisted.web.http_headers import Headers

from trivia_scraper.downloader.headers import MOST_HEADER_BYTES, HeadersTooLargeError, bound_headers


class Connection:
    """A connection of a bounded pool on which one request was sent."""

    def __init__(self) -> None:
        pool: Any = HTTPConnectionPool(reactor=None)
        pool._factory = _LenientHTTP11ClientFactory
        bound_headers(pool)
        self.protocol: Any = pool._factory(lambda protocol: None, "").buildProtocol(None)
        self.transport = StringTransport()
        self.protocol.makeConnection(self.transport)
        self.results: list[Any] = []
        self.ask()

    def ask(self) -> None:
        request = Request(b"GET", b"/", Headers({b"Host": [b"a.example"]}), None, persistent=True)
        self.protocol.request(request).addBoth(self.results.append)

    def receive(self, data: bytes) -> Any:
        """Return the result of the last request, if there is one."""
        self.protocol.dataReceived(data)
        return self.results[-1] if self.results else None


def is_refused(result: Any) -> bool:
    failed = isinstance(result, Failure) and isinstance(result.value, ResponseFailed)
    return failed and isinstance(result.value.reasons[0].value, HeadersTooLargeError)


def headers(size: int) -> bytes:
    return b"".join(b"X-%06d: %s\r\n" % (number, b"a" * 90) for number in range(size // 102))


@pytest.mark.parametrize("chunk", [100, 5000, 10**6])
def test_headers_without_end_are_refused(chunk: int) -> None:
    connection = Connection()
    data = b"HTTP/1.1 200 OK\r\n" + headers(5 * MOST_HEADER_BYTES)
    received = 0
    while not is_refused(connection.receive(data[received : received + chunk])):
        received += chunk
        assert received < len(data)
    assert received <= MOST_HEADER_BYTES + 2048
    assert connection.transport.disconnecting


@pytest.mark.parametrize(
    "data", [b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n", b"HTTP/1.1 102 Processing\r\n\r\n", b"HTTP/1.1 200 OK\na\n"]
)
def test_interim_answers_and_lines_without_a_name_count(data: bytes) -> None:
    assert is_refused(Connection().receive(data * 20_000))


def test_body_is_not_counted_as_headers() -> None:
    head = b"HTTP/1.1 200 OK\r\n" + headers(MOST_HEADER_BYTES - 2000)
    response = Connection().receive(head + b"Content-Length: 1000000\r\n\r\n" + b"a" * 10**6)
    assert response.code == 200
    assert response.length == 10**6
    assert response.headers.hasHeader("X-000500")


def test_answers_without_a_body_are_complete() -> None:
    connection = Connection()
    assert connection.receive(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\nmore than was asked for").code == 304
    connection.ask()
    assert connection.receive(b"HTTP/1.1 204 No Content\r\n\r\n").code == 204
