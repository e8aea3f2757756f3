"""Publishers whose site is WordPress: pages of cards, each of which leads to a venue's own page.

Set `start_urls`, `allowed_domains`, `country`, and the selectors below. `cards` reads a page of them, `venue_requests`
requests the venues' pages; WordPressArchiveSpider does both for a list of many pages.
"""

from scrapy.http import TextResponse

from trivia_scraper.images.failures import find_reason
from trivia_scraper.parsing import text, urls
from trivia_scraper.spiders.base import GONE, ListingError, PublisherSpider
from trivia_scraper.spiders.platforms.feed import feed_items


class WordPressSpider(PublisherSpider):
    cards_in: str
    """The element around the cards, which an empty page has too. A page without it is not a page of the listing."""
    card: str
    card_title: str
    venue_folder: str
    """The part of a venue page's address before the parts that its id is made of."""
    id_parts = 1
    """How many parts the id has, counted from the end."""

    def venue_name(self, title):
        """Return the venue's name in a card's title, or None."""
        return title

    def card_facts(self, card):
        """Return what else a card says: keywords for `read_venue`, beside `title` and `image`."""
        return {}

    def cards(self, response):
        """Yield (address, title, keywords for `read_venue`) of each card. Raise ListingError on any other page."""
        if not isinstance(response, TextResponse):
            raise ListingError(f"the listing {response.url} is not text")
        found = response.css(self.card)
        if not found and not response.css(self.cards_in):
            raise ListingError(f"the listing {response.url} is not a page of venues")
        for card in found:
            # WooCommerce marks how many products there are.
            title = " ".join(card.css(self.card_title).xpath(".//text()[not(ancestor::mark)]").getall())
            image = text.first(self.image_urls(response, card.css("img")))
            yield card.xpath("descendant-or-self::a/@href").get(), title, {"image": image} | self.card_facts(card)

    def venue_requests(self, response, entries, **kwargs):
        """Request the page of each venue once, however many cards it has on this page."""
        seen = set()
        for link, words, facts in entries:
            title = text.clean(words) or ""
            url, path = self.own_page(urls.absolute(response.url, link) if link else None)
            publisher_id = self.venue_id(path)
            name = text.clean(self.venue_name(title))
            if not publisher_id or not name:
                self.reject(publisher_id or link or response.url, "no_name" if publisher_id else "no_id", words)
            elif publisher_id not in seen:
                yield self.venue_request(response, url, publisher_id, name, title=title, **facts, **kwargs)
                seen.add(publisher_id)

    def venue_id(self, path):
        """Return the id in a path; None when it does not lead to a venue's page."""
        below = path[path.index(self.venue_folder) + 1 :] if self.venue_folder in path else []
        return "/".join(below[-self.id_parts :]) if len(below) >= self.id_parts else None


class WordPressArchiveSpider(WordPressSpider):
    """Reads an archive: pages of one list, each with a link to the next. `start_urls` has its first page alone.

    When there is no such page, or its theme has no such cards any more, the archive's feed is read, which every
    WordPress has and which names less.
    """

    def read_listing(self, response, feed_page=0, before=()):
        """Read a page of the archive or its feed. before: where the page before this one led to."""
        try:
            entries = list(self.feed_entries(response) if feed_page else self.cards(response))
        except ListingError:
            if feed_page or before:
                raise
            entries = []
        links = [link for link, *_ in entries]
        yield from self.venue_requests(response, entries)
        if links and links == list(before):
            raise ListingError(f"the listing {response.url} shows what the page before it shows")
        if feed_page and not links and not before:
            raise ListingError(f"the listing {response.url} names no venues")
        if not links and not before:
            yield self.feed_request()
        elif links:
            yield from self.listing_requests(response, self.next_page(response, feed_page, links))

    def next_page(self, response, feed_page, links):
        if feed_page:  # it does not say which page is its last
            url = f"{response.url.partition('?')[0]}?paged={feed_page + 1}"
            return [(url, {"feed_page": feed_page + 1, "before": links})]
        urls = response.css("link[rel~=next]::attr(href), a.next::attr(href)").getall()
        return [(url, {"before": links}) for url in urls[:1]]

    def listing_failed(self, failure):
        request = failure.request
        gone = find_reason(failure.value)[0] in GONE
        if gone and request.url in self.start_urls:
            yield self.feed_request()
        elif not gone or request.cb_kwargs.get("feed_page", 0) < 2:  # later ones are past the feed's end
            yield from super().listing_failed(failure)

    def feed_request(self):
        self._count("listing/read_from_feed")
        self.logger.warning("the listing %s shows no venues; its feed is read instead", self.start_urls[0])
        return self.listing_request(f"{self.start_urls[0]}feed/", feed_page=1)

    def feed_entries(self, response):
        """Yield (address, title, no keywords) of each item of the feed."""
        return ((item["url"] or "", item["title"], {}) for item in feed_items(response))
