"""FreshImages: a Scrapy add-on with the protections that live in the downloader.

    ADDONS = {"trivia_scraper.images.addon.FreshImages": 1}

It refuses addresses that are not public, also after redirects; obeys Retry-After; ends a stopped crawl within seconds,
unless JOBDIR is set; and enables FreshImagesPipeline. docs/images.md has the details.
"""

from __future__ import annotations

import logging
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.pipelines.images import ImagesPipeline
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from scrapy.utils.misc import build_from_crawler, load_object

from trivia_scraper.downloader.address_guard import AddressGuard, PublicResolver
from trivia_scraper.downloader.handler import Handler
from trivia_scraper.downloader.redirects import CheckedRedirects
from trivia_scraper.downloader.shutdown import DropWaiting
from trivia_scraper.errors import UsageError
from trivia_scraper.images.pipeline import FreshImagesPipeline
from trivia_scraper.images.settings import is_refresh_forced
from trivia_scraper.options import option, value_of

logger = logging.getLogger(__name__)
_OPTIONS = ("PRIVATE_HOSTS_ALLOWED", "RETRY_AFTER_MAX", "RETRY_AFTER_TIMES", "STOP_GRACE")
_SCHEMES = ("http", "https")
_PIPELINE_PRIORITY = 1


class FreshImages:
    """Changes settings that the project does not set itself. A component that is set to None stays disabled."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def update_settings(self, settings: BaseSettings) -> None:
        """Set defaults and enable components.

        Raises UsageError for an invalid option, and for a forced refresh without the pipeline.
        """
        for name in _OPTIONS:
            settings.set(name, option(name).default, "addon")
            value_of(settings, name)  # an invalid value ends the crawl here instead of failing each request
        if not _enable_pipeline(settings) and is_refresh_forced(self.crawler.spider):
            raise UsageError(
                "force_refresh_images=true would have no effect: ITEM_PIPELINES must enable FreshImagesPipeline, or a "
                "class derived from it."
            )
        settings.setdefault_in_component_priority_dict("DOWNLOADER_MIDDLEWARES", AddressGuard, 20)
        if RedirectMiddleware not in map(load_object, settings.getdict("DOWNLOADER_MIDDLEWARES")):
            settings.setdefault_in_component_priority_dict("DOWNLOADER_MIDDLEWARES", RedirectMiddleware, None)
            settings.setdefault_in_component_priority_dict("DOWNLOADER_MIDDLEWARES", CheckedRedirects, 600)
        if not settings["JOBDIR"]:  # a resumed job would not send the dropped requests again
            settings.setdefault_in_component_priority_dict("DOWNLOADER_MIDDLEWARES", DropWaiting, 1000)
        if settings.getbool("TWISTED_REACTOR_ENABLED"):
            _set_handlers(settings)
            self._choose_resolver(settings)
        else:
            logger.warning(
                "TWISTED_REACTOR_ENABLED is False: host names that resolve to private addresses are not refused, and "
                "Retry-After is ignored."
            )

    def _choose_resolver(self, settings: BaseSettings) -> None:
        if (settings.getpriority("TWISTED_DNS_RESOLVER") or 0) <= SETTINGS_PRIORITIES["addon"]:
            # A CrawlerProcess installs its resolver before it loads add-ons, and a runner installs none.
            self.crawler.signals.connect(self._install_resolver, signals.spider_opened)
        elif not issubclass(load_object(settings["TWISTED_DNS_RESOLVER"]), PublicResolver):
            logger.warning(
                "TWISTED_DNS_RESOLVER is set: host names that resolve to private addresses are not refused. Derive the "
                "class from trivia_scraper.downloader.address_guard.PublicResolver."
            )

    def _install_resolver(self) -> None:
        from twisted.internet import reactor  # the import installs a reactor if the crawl has not done so yet

        resolver: Any = build_from_crawler(PublicResolver, self.crawler, reactor)
        resolver.install_on_reactor()


def _enable_pipeline(settings: BaseSettings) -> bool:
    """Replace ImagesPipeline with FreshImagesPipeline, or add it if the project has no pipeline of either kind.

    Return whether a pipeline that refreshes images is enabled.
    """
    name = "ITEM_PIPELINES"
    enabled = {load_object(each): priority for each, priority in settings.getdict(name).items()}
    classes = {each: priority for each, priority in enabled.items() if isinstance(each, type)}
    if fresh := [priority for each, priority in classes.items() if issubclass(each, FreshImagesPipeline)]:
        return any(priority is not None for priority in fresh)
    if classes.get(ImagesPipeline) is not None:
        settings.replace_in_component_priority_dict(name, ImagesPipeline, FreshImagesPipeline)
        return True
    for each, priority in classes.items():
        if issubclass(each, ImagesPipeline) and priority is not None:
            logger.warning(
                "Derive %s from FreshImagesPipeline instead of ImagesPipeline; until then it does not refresh images.",
                each.__name__,
            )
            return False
    if ImagesPipeline in classes:  # disabled by None
        return False
    settings.setdefault_in_component_priority_dict(name, FreshImagesPipeline, _PIPELINE_PRIORITY)
    return True


def _set_handlers(settings: BaseSettings) -> None:
    """Use our download handler for HTTP and HTTPS if the project has not set its own."""
    handlers = settings.getdict("DOWNLOAD_HANDLERS")
    for scheme in _SCHEMES:
        if handlers.setdefault(scheme, Handler) is not Handler:
            logger.warning(
                "DOWNLOAD_HANDLERS has a handler for %s: it does not limit headers, ignores Retry-After, and makes a "
                "stopped crawl wait for requests in progress.",
                scheme,
            )
    settings.set("DOWNLOAD_HANDLERS", handlers, settings.getpriority("DOWNLOAD_HANDLERS") or 0)
