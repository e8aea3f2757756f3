"""Names are judged by the address that they lead to, at the moment of connecting: a name that is public when it is
asked first and private when it is asked again gains nothing."""

from __future__ import annotations

from typing import Any

from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from trivia_scraper.downloader.address_guard import is_public

_REMEMBERED = 1000


class PublicResolver(CachingThreadedResolver):
    """Scrapy's resolver, which refuses to hand out an address that is not public.

    While SANDBOX_SERVER is set it refuses nothing: every request then goes to that one address, which the operator
    chose.
    """

    refused: dict[str, str] = {}
    """Name -> address, of the latest refusals; Twisted passes only "no results" on."""

    def __init__(self, reactor: ReactorBase, cache_size: int, timeout: float, allowed: frozenset[str] | None) -> None:
        super().__init__(reactor, cache_size, timeout)
        self.allowed = allowed

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> PublicResolver:
        settings = crawler.settings
        return cls(
            reactor,
            settings.getint("DNSCACHE_SIZE") if settings.getbool("DNSCACHE_ENABLED") else 0,
            settings.getfloat("DNS_TIMEOUT"),
            None if settings["SANDBOX_SERVER"] else frozenset(settings.getlist("PRIVATE_HOSTS_ALLOWED")),
        )

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:
        return super().getHostByName(name, timeout).addCallback(self._judge, name)

    def _judge(self, address: str, name: str) -> str:
        if self.allowed is None or name in self.allowed or is_public(address):
            return address
        if len(self.refused) >= _REMEMBERED:
            self.refused.clear()
        self.refused[name] = address
        raise DNSLookupError(f"{name} leads to {address}, which is not public")
