"""What may be requested: public http and https addresses. Every hop of a redirect passes here too."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Container
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

_LOCAL_SUFFIXES = ("localhost", ".localhost", ".local", ".internal")


class RefusedError(IgnoreRequest):
    """A request that is not sent. `reason` is refused_url, refused_address or robots."""

    def __init__(self, reason: str, found: str) -> None:
        super().__init__(found)
        self.reason = reason


class AddressGuard:
    def __init__(self, crawler: Crawler) -> None:
        self.sandbox = urlsplit(crawler.settings["SANDBOX_SERVER"] or "").netloc
        self.allowed = frozenset(crawler.settings.getlist("PRIVATE_HOSTS_ALLOWED"))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressGuard:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        # The sandbox's own address is the operator's choice; a page cannot choose it.
        if not self.sandbox or urlsplit(request.url).netloc != self.sandbox:
            check_url(request.url, self.allowed)


def check_url(url: str, allowed: Container[str] = ()) -> None:
    """Raises RefusedError for anything but http(s) to a host that can be public, or is one of `allowed`."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise RefusedError("refused_url", f"{url[:200]!r} is no address: {error}") from None
    if parts.scheme.lower() not in {"http", "https"} or not host:
        raise RefusedError("refused_url", f"{url[:200]!r} is not an http(s) address")
    if host in allowed:
        return
    if host.rstrip(".").endswith(_LOCAL_SUFFIXES) or not _is_public_literal(host):
        raise RefusedError("refused_address", f"{host} is not a public address")


def is_public(address: str) -> bool:
    """Whether an IP address may be connected to: not loopback, private, link-local, shared, multicast or reserved."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if embedded is not None:
            return embedded.is_global and not embedded.is_multicast
    return ip.is_global and not ip.is_multicast


def _is_public_literal(host: str) -> bool:
    """Literals in every spelling that a resolver accepts: "127.1", "0x7f000001", "2130706433", "[::1]"."""
    try:
        return is_public(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return is_public(socket.inet_ntoa(socket.inet_aton(host)))
    except (OSError, UnicodeError):
        return True
