"""Publishers whose site is WordPress: pages of cards, each of which leads to a venue's own page.

Set `start_urls`, `allowed_domains`, `country`, and the selectors below. `cards` reads a page of them, `venue_requests`
asks for the venues' pages; wordpress_archive.py does both for a list of many pages.
"""

from urllib.parse import unquote, urlsplit

from scrapy.http import TextResponse

from trivia_scraper.parsing import text, urls
from trivia_scraper.spiders.base import ListingError, PublisherSpider


class WordPressSpider(PublisherSpider):
    allowed_domains: list[str]
    cards_in: str
    """What holds the cards, also when there are none; a page without it is no page of the listing."""
    card: str
    card_title: str
    venue_folder: str
    """The part of every venue page's address after which come those that its id is made of."""
    id_parts = 1
    """So many, counted from the end."""

    def venue_name(self, title):
        """The venue's name in a card's title; None when there is none."""
        return title

    def card_facts(self, card):
        """What else a card says: keywords for `read_venue`, beside `title` and `picture`."""
        return {}

    def cards(self, response):
        """(address, title, keywords for `read_venue`) of each card. Raises ListingError on any other page."""
        if not isinstance(response, TextResponse):
            raise ListingError(f"the listing {response.url} is no text")
        found = response.css(self.card)
        if not found and not response.css(self.cards_in):
            raise ListingError(f"the listing {response.url} is no page of venues")
        for card in found:
            # WooCommerce marks how many products there are.
            title = " ".join(card.css(self.card_title).xpath(".//text()[not(ancestor::mark)]").getall())
            picture = next(iter(self.picture_urls(response, card.css("img"))), None)
            yield card.xpath("descendant-or-self::a/@href").get(), title, {"picture": picture} | self.card_facts(card)

    def venue_requests(self, response, entries, **kwargs):
        """One per venue, however many cards it has on this page."""
        seen = set()
        for link, words, facts in entries:
            title = text.clean(words) or ""
            parts = urlsplit(urls.web_link(urls.absolute(response.url, link)) or "") if link else urlsplit("")
            url, publisher_id = parts._replace(query="", fragment="").geturl(), self.venue_id(parts)
            name = text.clean(self.venue_name(title))
            if not publisher_id or not name:
                self.reject(publisher_id or link or response.url, "no_name" if publisher_id else "no_id", words)
            elif publisher_id not in seen:
                yield self.venue_request(response, url, publisher_id, name, title=title, **facts, **kwargs)
                seen.add(publisher_id)

    def venue_id(self, parts):
        """None for an address that is no venue's page of this site."""
        if (parts.hostname or "").removeprefix("www.") not in self.allowed_domains:
            return None
        path = list(filter(None, (text.clean(unquote(part)) for part in parts.path.split("/"))))
        below = path[path.index(self.venue_folder) + 1 :] if self.venue_folder in path else []
        return "/".join(below[-self.id_parts :]) if len(below) >= self.id_parts else None
