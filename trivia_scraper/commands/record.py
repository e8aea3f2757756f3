"""`scrapy record`: record pages of a publisher, for the tests of its spider and for the sandbox."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from trivia_scraper.cli.command import VerbCommand, add_repeatable, complain, require_option
from trivia_scraper.commands.sandbox import require_checkout
from trivia_scraper.errors import FAILED, OK, UsageError
from trivia_scraper.formatting import format_count, replace_controls

if TYPE_CHECKING:
    from sandbox.recorded import Case

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_CASE = re.compile(r"[a-z0-9][a-z0-9_-]*")
_URL = re.compile(r"https?://[^/\s]+\S*")
MOST_LISTED = 5


class Command(VerbCommand):
    name = "record"
    usage = "fetch|show|accept [options]"
    purpose = "Record pages of a publisher, and review what its spider reads from them"

    def add_verbs(self) -> None:
        fetch = self.add_verb("fetch", self._fetch, "URL ... --publisher KEY [options]")
        fetch.add_argument("urls", nargs="+", metavar="URL", help="address of a page")
        fetch.add_argument("--publisher", metavar="KEY", help="name of the publisher's spider")
        add_repeatable(fetch, "--case", "NAME", "name of the page's folder; for several pages, in their order")
        fetch.add_argument("--body", metavar="TEXT", help="send this by POST: JSON or a form")
        fetch.add_argument("--errors", action="store_true", help="record answers with an error status too")
        for verb, execute in (("show", self._show), ("accept", self._accept)):
            parser = self.add_verb(verb, execute, "KEY | KEY/CASE ...")
            parser.add_argument("cases", nargs="+", metavar="KEY[/CASE]", help="a publisher, or one of its pages")
            if verb == "show":
                whole = "show all values of pages that are new, not one line per event"
                parser.add_argument("--all", action="store_true", help=whole)

    def _fetch(self, opts: argparse.Namespace) -> int:
        """Fetch pages politely and record them whole; warn of personal data in them."""
        require_checkout()
        require_option("record fetch", "--publisher", opts.publisher)
        _check(_KEY, "--publisher takes a publisher's key in small letters", [opts.publisher])
        _check(_CASE, "--case takes small letters, digits, - and _", opts.case)
        _check(_URL, "an address begins with https:// or http://", opts.urls)
        if len(opts.case) > len(opts.urls):
            raise UsageError("--case was given more often than there are addresses.")
        with _as_usage_error():
            return self._record(opts)

    def _record(self, opts: argparse.Namespace) -> int:
        from scrapy.crawler import AsyncCrawlerProcess

        from sandbox import recorded
        from sandbox.page_fetcher import PageFetcher, Target
        from sandbox.recorder import link, spider_class
        from trivia_scraper.clock import utc_now
        from trivia_scraper.downloader.handler import check_handlers
        from trivia_scraper.options import OF_SCRAPY, check_settings
        from trivia_scraper.spiders.base import PublisherSpider

        check_settings(self.settings, OF_SCRAPY)
        check_handlers(self.settings)
        spider = spider_class(opts.publisher)
        (spider or PublisherSpider).update_settings(self.settings)
        folder = recorded.PAGES / opts.publisher
        starts = [*getattr(spider, "start_urls", [])]
        country = getattr(spider, "country", None)
        target = Target(folder, opts.urls, opts.body, opts.case, starts, country, utc_now().date(), _say, opts.errors)
        process = AsyncCrawlerProcess(self.settings)
        crawler = process.create_crawler(PageFetcher)
        process.crawl(crawler, target=target)
        process.start()
        if spider is None:
            name = opts.publisher
            _say(f"no spider is called {name}; `scrapy genspider -t publisher {name} SITE` makes one")
        else:
            for line in link(folder):
                _say(line)
        fetcher: Any = crawler.spider
        return OK if fetcher and fetcher.recorded == len(opts.urls) else FAILED

    def _show(self, opts: argparse.Namespace) -> int:
        """Run the spider on recorded pages, and show how the result differs from the expected one."""
        require_checkout()
        from sandbox.recorder import find_unrecorded, show

        def print_lines(case: Case) -> None:
            sys.stdout.writelines(replace_controls(line) for line in show(case, whole=opts.all))

        cases = self._cases(opts.cases)
        exit_code = self._each(cases, print_lines)
        if any("/" not in word for word in opts.cases) and (missing := find_unrecorded(cases)):
            more = f" and {len(missing) - MOST_LISTED} more" if len(missing) > MOST_LISTED else ""
            pages = format_count(len(missing), "pages requested but not recorded")
            print(replace_controls(f"{pages}: {', '.join(missing[:MOST_LISTED])}{more}"))
        return exit_code

    def _accept(self, opts: argparse.Namespace) -> int:
        """Save what the spider makes of recorded pages as the expected result."""
        require_checkout()
        from sandbox.recorder import accept

        return self._each(self._cases(opts.cases), accept)

    def _cases(self, words: list[str]) -> list[Case]:
        from sandbox import recorded
        from sandbox.recorder import find_cases

        with _as_usage_error():
            return find_cases(words, recorded.PAGES)

    def _each(self, cases: list[Case], work: Callable[[Case], None]) -> int:
        """Call `work` for each page, and report pages that cannot be read."""
        exit_code = OK
        for case in cases:
            try:
                with _as_usage_error():
                    work(case)
            except UsageError as error:
                exit_code = complain(self.name, error, FAILED)
        return exit_code


def _say(line: str) -> None:
    print(replace_controls(line), flush=True)


@contextmanager
def _as_usage_error() -> Iterator[None]:
    from sandbox.publisher import Refused

    try:
        yield
    except Refused as refused:
        raise UsageError(str(refused)) from None


def _check(pattern: re.Pattern[str], rule: str, words: list[str]) -> None:
    """Raise UsageError for a word that the pattern does not match."""
    for word in words:
        if not pattern.fullmatch(word):
            raise UsageError(f"{rule}, not {word!r}.")
