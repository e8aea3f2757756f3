"""RSS and Atom feeds.

FeedSpider reads nights from the items. FeedPageSpider requests the venues' pages to which the items link.
"""

import re

from scrapy.http import TextResponse

from trivia_scraper.parsing import text, urls
from trivia_scraper.parsing.schedule import read_start
from trivia_scraper.parsing.titles import read_title
from trivia_scraper.spiders.base import ListingError, PublisherSpider, parse_markup
from trivia_scraper.spiders.platforms.entries import EntriesSpider

# Items of RSS, Atom and RSS 1.0. Namespaces are ignored, because their prefixes differ.
_ITEMS = "//*[local-name() = 'item' or local-name() = 'entry']"
_IMAGES = (
    "*[local-name() = 'enclosure' and starts-with(@type, 'image/')]/@url",
    ".//*[local-name() = 'content' and (@medium = 'image' or starts-with(@type, 'image/'))]/@url",
    ".//*[local-name() = 'thumbnail']/@url",
)


def feed_items(response):
    """Yield the values of each item of an RSS or Atom feed. Raise ListingError if the response is not a feed."""
    if not isinstance(response, TextResponse):
        raise ListingError(f"the listing {response.url} is not text")
    feed = parse_markup(response.text, "xml")
    if not feed.xpath("/*[local-name() = 'rss' or local-name() = 'feed' or local-name() = 'RDF']"):
        raise ListingError(f"the listing {response.url} is not a feed but begins with {response.body[:40]!r}")
    for item in feed.xpath(_ITEMS):
        named = {child.xpath("local-name()").get(): child for child in reversed(item.xpath("*"))}
        words = {name: child.xpath("string()").get() for name, child in named.items()}
        yield {
            "id": words.get("guid") or words.get("id"),
            "title": words.get("title"),
            "url": _link(item),
            "description": text.first(map(words.get, ("encoded", "content", "description", "summary"))),
            "start": words.get("startdate"),
            "location": words.get("location"),
            "point": (words.get("point") or "").split()[:2],
            "categories": item.xpath("*[local-name() = 'category']/descendant-or-self::*/@term").getall()
            + item.xpath("*[local-name() = 'category']/text()").getall(),
            "images": [url for path in _IMAGES for url in item.xpath(path).getall()],
        }


def _link(item):
    links = item.xpath("*[local-name() = 'link']")
    atom = [
        link.attrib["href"]
        for link in links
        if link.attrib.get("rel", "alternate") == "alternate" and "href" in link.attrib
    ]
    return text.first([*map(text.clean, atom), *(text.clean(link.xpath("string()").get()) for link in links)])


class FeedSpider(EntriesSpider):
    """Reads nights from `ev:startdate` of items, or else from their titles and texts."""

    def entries(self, response):
        yield from feed_items(response)

    def venue_of(self, entry):
        name, _, address = (text.clean(entry["location"]) or "").partition(",")
        point = entry["point"] if len(entry["point"]) == 2 else (None, None)
        return self.make_venue(name or read_title(self.title_of(entry)).name, address.strip() or None, point=point)

    def nights_of(self, entry, timezone, today):
        start = read_start(entry["start"], timezone)
        title, words = self.title_of(entry), self.extract_text(entry["description"])
        return [start] if start else self.find_nights([title], timezone) or self.find_nights([words], timezone, [title])

    def images_of(self, entry):
        return entry["images"] or re.findall(r"""<img\b[^<>]*?\ssrc=["']([^"'<>]+)""", entry["description"] or "")


class FeedPageSpider(PublisherSpider):
    """Requests the page of each item. The venue's id is the last part of the page's URL."""

    def read_listing(self, response):
        found = False
        for item in feed_items(response):
            url, path = self.split_own_url(urls.make_absolute(response.url, item["url"] or ""))
            name = read_title(item["title"]).name
            found = True
            if path and name:
                yield self.request_venue(response, url, path[-1], name)
            else:
                self.reject(item["url"] or response.url, "no_name" if path else "no_id", item["title"])
        if not found:
            raise ListingError(f"the listing {response.url} names no venues")
