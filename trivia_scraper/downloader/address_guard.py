"""Refuse requests to anything but public http and https addresses, also for each hop of a redirect.

A host name is checked by its address at the moment of connecting. So a name that is public at the first look-up and
private at the next one is refused too.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import socket
from collections.abc import Container
from functools import lru_cache
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.resolver import CachingThreadedResolver
from scrapy.utils.misc import load_object
from scrapy.utils.request import referer_str
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import DNSLookupError

from trivia_scraper.formatting import without_credentials
from trivia_scraper.options import value_of

logger = logging.getLogger(__name__)
_LOCAL_SUFFIXES = ("localhost", ".localhost", ".local", ".internal")
# Names that are not on the public internet: reserved (RFC 6761, 8375, 9476, ICANN) or common in private networks.
_INTERNAL_SUFFIXES = (
    *(".alt", ".home.arpa", ".invalid", ".onion", ".test"),
    *(".corp", ".home", ".intranet", ".lan", ".localdomain", ".mail", ".private"),
    *(".consul", ".fritz.box", ".svc"),
)
_HOST_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# Networks of IANA's special-purpose address registries that some versions of Python call global. Some can be reached
# from everywhere, like anycast relays and AS112, but none of them has a web site.
_SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24",  # protocol assignments: PCP and TURN anycast, NAT64 discovery
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # multicast relays
            "192.88.99.0/24",  # 6to4 relays
            "192.175.48.0/24",  # AS112
            "2001::/23",  # protocol assignments, with Teredo, ORCHID, benchmarking
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)
_REFUSALS = ("refused_url", "refused_address")
_REMEMBERED = 1000  # refusals
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # the last 32 bits are an IPv4 address


class RequestRefusedError(IgnoreRequest):
    """A request that is not sent, or a redirect that is not followed. `reason` is a reason of images/policy.py."""

    def __init__(self, reason: str, found: str) -> None:
        super().__init__(found)
        self.reason = reason


class AddressGuard:
    def __init__(self, crawler: Crawler) -> None:
        self.allowed = frozenset(value_of(crawler.settings, "PRIVATE_HOSTS_ALLOWED"))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressGuard:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        check_url(request.url, self.allowed)

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Log a refused page without an errback. Scrapy does not log IgnoreRequest; pipelines log theirs."""
        refused = isinstance(exception, RequestRefusedError) and exception.reason in _REFUSALS
        if refused and request.errback is None and request.callback is not NO_CALLBACK:
            shown = without_credentials(request.url)[:200]
            logger.warning("Refused <%s %s> (referer: %s): %s", request.method, shown, referer_str(request), exception)


def check_url(url: str, allowed: Container[str] = ()) -> None:
    """Raise RequestRefusedError unless the URL is http(s) and its host may be public or is in `allowed`."""
    shown = repr(without_credentials(url)[:200])
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise RequestRefusedError("refused_url", f"{shown} is not a URL: {error}") from None
    if parts.scheme.lower() not in {"http", "https"} or not host:
        raise RequestRefusedError("refused_url", f"{shown} is not an http(s) URL")
    if host in allowed:
        return
    if host.endswith(_LOCAL_SUFFIXES) or not _is_public_literal(host):
        raise RequestRefusedError("refused_address", f"{host} is not a public address")
    if "@" in parts.netloc:
        raise RequestRefusedError("refused_url", f"{shown} contains credentials")
    if ":" not in host and (len(host) > 253 or not _HOST_NAME.fullmatch(host)):
        raise RequestRefusedError("refused_url", f"{shown} has no valid host name")


def check_proxied_name(url: str, allowed: Container[str] = ()) -> None:
    """Raise RequestRefusedError for a host name that may be internal to a proxy's network.

    Only the proxy looks the name up, so its address cannot be checked here.
    """
    host = (urlsplit(url).hostname or "").rstrip(".")
    is_internal = host.endswith(_INTERNAL_SUFFIXES) or "." not in host
    if is_internal and host not in allowed and ":" not in host:
        raise RequestRefusedError(
            "refused_address", f"{host} is not a public name, and behind a proxy its address cannot be checked"
        )


def is_public(address: str) -> bool:
    """Return whether an IP address is public: not loopback, private, link-local, shared, multicast or reserved.

    Mapped, 6to4 and NAT64 addresses are checked by the IPv4 address inside them. Teredo addresses are never public.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if embedded is not None:
            ip = embedded
        elif ip not in _GLOBAL_UNICAST:
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _SPECIAL)


@lru_cache(maxsize=256)
def _is_public_literal(host: str) -> bool:
    """Return False for a literal address that is not public, in any spelling that resolvers accept.

    Examples: "127.1", "0x7f000001", "2130706433", "[::1]". Host names are not looked up and give True.
    """
    try:
        return is_public(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return is_public(socket.inet_ntoa(socket.inet_aton(host)))
    except (OSError, ValueError):
        return True


class PublicResolver(CachingThreadedResolver):
    """Scrapy's resolver, but it returns only public addresses.

    While SANDBOX_SERVER is set, it looks up only the name of that server, because all requests are sent there.
    """

    refused: dict[str, str] = {}
    """Name -> address of the latest refusals. Twisted reports them only as "no results"."""

    allowed: frozenset[str]
    """Host names that may have private addresses."""

    only: str | None = None
    """The only host name that is looked up. None: no restriction."""

    @classmethod
    def ensure_installed(cls, crawler: Crawler) -> None:
        """Install the resolver if the settings name it and it is not installed yet.

        Scrapy installs it in CrawlerProcess and AsyncCrawlerProcess, but not if a script runs the reactor itself.
        """
        from twisted.internet import reactor

        installed: Any = reactor
        named = load_object(crawler.settings["TWISTED_DNS_RESOLVER"])
        if issubclass(named, cls) and not isinstance(installed.resolver, cls):
            named.from_crawler(crawler, installed).install_on_reactor()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        resolver = super().from_crawler(crawler, reactor)
        resolver.allowed = frozenset(value_of(crawler.settings, "PRIVATE_HOSTS_ALLOWED"))
        if server := crawler.settings["SANDBOX_SERVER"]:
            resolver.only = urlsplit(server).hostname or ""
        return resolver

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:
        if self.only is not None and name != self.only:
            return fail(DNSLookupError(f"{name} is not looked up while SANDBOX_SERVER is set"))
        return super().getHostByName(name, timeout).addCallback(self._judge, name)

    def _judge(self, address: str, name: str) -> str:
        if name in self.allowed or name == self.only or is_public(address):
            return address
        if len(self.refused) >= _REMEMBERED:
            self.refused.clear()
        self.refused[name] = address
        raise DNSLookupError(f"{name} has the address {address}, which is not public")
