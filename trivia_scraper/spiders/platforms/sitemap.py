"""Sites whose sitemap lists the venues' pages.

Combine SitemapSpider with a class that reads such a page, like JsonLdPageSpider, or define `read_venue`.
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

MOST_URLS = 50_000
"""URLs in one sitemap, by the sitemap protocol."""
MOST_BYTES = 10 * 1024 * 1024
"""Bytes of a decompressed sitemap."""
GZIP = b"\x1f\x8b"


class SitemapSpider(PublisherSpider):
    page_path: str
    """Regular expression for the path of a venue's page. Its first group is the id: "/pubs/([^/]+)/?"."""
    sitemap_path = ""
    """Regular expression that selects sitemaps of an index by their URLs. By default, all are read."""

    def read_listing(self, response):
        kind, addresses = self.parse_sitemap(response)
        if not addresses or len(addresses) > MOST_URLS:
            number = f"more than {MOST_URLS:,}" if addresses else "no"
            raise ListingError(f"the sitemap {response.url} names {number} pages")
        if kind == "sitemapindex":
            named = [url for url in dict.fromkeys(addresses) if re.search(self.sitemap_path, url)]
            if not named:
                raise ListingError(f"the index {response.url} names no sitemaps of venues")
            yield from self.request_listing_pages(response, [(url, {}) for url in named])
            return
        for url in addresses:
            if publisher_id := self.page_id(url):
                yield self.request_venue(response, url, publisher_id, publisher_id.replace("-", " "))
            else:
                self._count("dropped/other_page")

    def page_id(self, url):
        """Return the id in the URL of a venue's page, or None for any other page."""
        page, path = self.split_own_url(url)
        found = re.fullmatch(self.page_path, urlsplit(page).path)
        return text.clean(unquote(found[1])) if path and found else None

    def parse_sitemap(self, response):
        """Return type and URLs of a sitemap, which may be compressed. Raise ListingError if it cannot be read."""
        body = response.body
        try:
            if body[:2] == GZIP:
                with gzip.GzipFile(fileobj=BytesIO(body)) as file:
                    body = file.read(MOST_BYTES + 1)
            if len(body) > MOST_BYTES:
                raise ListingError(f"the sitemap {response.url} has more than {MOST_BYTES:,} bytes")
            check_markup(body.decode("utf-8", "replace"), "xml")
            sitemap = Sitemap(body)
            return sitemap.type, [text.clean(each.get("loc")) or "" for each in islice(sitemap, MOST_URLS + 1)]
        except (EOFError, OSError, zlib.error, LxmlError, StopIteration):
            raise ListingError(f"the sitemap {response.url} is not complete XML") from None
