"""Sites whose sitemap lists the venues' pages. `page_path` says which pages those are, and where the id is.

Combine it with what reads a page: JsonLdPageSpider, or a `read_venue` of the publisher's own.
"""

import gzip
import re
import zlib
from io import BytesIO
from itertools import islice
from urllib.parse import unquote, urlsplit

from lxml.etree import LxmlError
from scrapy.utils.sitemap import Sitemap

from trivia_scraper.downloader.pages import check_markup
from trivia_scraper.parsing import text
from trivia_scraper.spiders.base import ListingError, PublisherSpider

MOST_PAGES = 50_000
"""Addresses in one sitemap, as the protocol has it."""
MOST_SITEMAPS = 200
MOST_BYTES = 10 * 1024 * 1024
"""Of a sitemap when decompressed."""
GZIP = b"\x1f\x8b"


class SitemapSpider(PublisherSpider):
    page_path: str
    """A regular expression for the path of a venue's page; its first group is the id: "/pubs/([^/]+)/?"."""
    sitemap_path = ""
    """A regular expression that addresses of an index's sitemaps contain, if not all of them are of venues."""

    def read_listing(self, response):
        kind, addresses = self.sitemap(response)
        if not addresses or len(addresses) > MOST_PAGES:
            number = f"more than {MOST_PAGES:,}" if addresses else "no"
            raise ListingError(f"the sitemap {response.url} names {number} pages")
        if kind == "sitemapindex":
            named = [url for url in dict.fromkeys(addresses) if re.search(self.sitemap_path, url)]
            if not named or len(named) > MOST_SITEMAPS:
                raise ListingError(f"the index {response.url} names {len(named):,} sitemaps of venues")
            yield from self.listing_requests(response, [(url, {}) for url in named])
            return
        for url in addresses:
            if publisher_id := self.page_id(url):
                yield self.venue_request(response, url, publisher_id, publisher_id.replace("-", " "))
            else:
                self._count("dropped/other_page")

    def page_id(self, url):
        """Return the id in the address of a venue's page; None for another page."""
        page, path = self.own_page(url)
        found = re.fullmatch(self.page_path, urlsplit(page).path)
        return text.clean(unquote(found[1])) if path and found else None

    def sitemap(self, response):
        """Return (type, addresses) of a sitemap, which may be compressed and has a bounded size."""
        body = response.body
        try:
            if body[:2] == GZIP:
                with gzip.GzipFile(fileobj=BytesIO(body)) as file:
                    body = file.read(MOST_BYTES + 1)
            if len(body) > MOST_BYTES:
                raise ListingError(f"the sitemap {response.url} has more than {MOST_BYTES:,} bytes")
            check_markup(body.decode("utf-8", "replace"), "xml")
            sitemap = Sitemap(body)
            return sitemap.type, [text.clean(each.get("loc")) or "" for each in islice(sitemap, MOST_PAGES + 1)]
        except (EOFError, OSError, zlib.error, LxmlError, StopIteration):
            raise ListingError(f"the sitemap {response.url} is not complete XML") from None
