"""Publishers whose WordPress site has pages of cards, each of which links to a venue's own page.

A spider sets `start_urls`, `allowed_domains`, `country` and the selectors below. `cards` reads the cards of a page, and
`request_venues` requests the venues' pages. WordPressArchiveSpider does both for a listing of several pages.
"""

from scrapy.http import TextResponse

from trivia_scraper.images.failures import find_reason
from trivia_scraper.parsing import text, urls
from trivia_scraper.spiders.base import GONE, ListingError, PublisherSpider
from trivia_scraper.spiders.platforms.feed import feed_items


class WordPressSpider(PublisherSpider):
    cards_in: str
    """Selector of the element around the cards. An empty page of the listing has it too; other pages do not."""
    card: str
    card_title: str
    venue_folder: str
    """The part of a venue page's URL before the id."""
    id_parts = 1
    """Number of parts at the end of the URL's path that make the id."""

    def venue_name(self, title):
        """Return the venue's name in a card's title, or None."""
        return title

    def card_facts(self, card):
        """Return more facts of a card: keywords for `read_venue`, in addition to `title` and `image`."""
        return {}

    def cards(self, response):
        """Yield URL, title and keywords for `read_venue` of each card. Raise ListingError for any other page."""
        if not isinstance(response, TextResponse):
            raise ListingError(f"the listing {response.url} is not text")
        found = response.css(self.card)
        if not found and not response.css(self.cards_in):
            raise ListingError(f"the listing {response.url} is not a page of venues")
        for card in found:
            # Without <mark>, in which WooCommerce shows the number of products.
            title = " ".join(card.css(self.card_title).xpath(".//text()[not(ancestor::mark)]").getall())
            image = text.first(self.find_image_urls(response, card.css("img")))
            yield card.xpath("descendant-or-self::a/@href").get(), title, {"image": image} | self.card_facts(card)

    def request_venues(self, response, entries, **kwargs):
        """Request the page of each venue once, even if it has several cards on this page."""
        seen = set()
        for link, words, facts in entries:
            title = text.clean(words) or ""
            url, path = self.split_own_url(urls.make_absolute(response.url, link) if link else None)
            publisher_id = self.venue_id(path)
            name = text.clean(self.venue_name(title))
            if not publisher_id or not name:
                self.reject(publisher_id or link or response.url, "no_name" if publisher_id else "no_id", words)
            elif publisher_id not in seen:
                yield self.request_venue(response, url, publisher_id, name, title=title, **facts, **kwargs)
                seen.add(publisher_id)

    def venue_id(self, path):
        """Return the id in a path, or None if it is not the path of a venue's page."""
        below = path[path.index(self.venue_folder) + 1 :] if self.venue_folder in path else []
        return "/".join(below[-self.id_parts :]) if len(below) >= self.id_parts else None


class WordPressArchiveSpider(WordPressSpider):
    """Reads archives: pages of one list, each with a link to the next. `start_urls` has the first page of each.

    If such a page is gone, or no longer has such cards, the archive's feed is read instead. Every WordPress site has
    one, but with fewer facts.
    """

    def read_listing(self, response, feed_page=0, before=()):
        """Read a page of the archive or of its feed. before: the links of the page before this one."""
        try:
            entries = list(self.feed_entries(response) if feed_page else self.cards(response))
        except ListingError:
            if feed_page or before:
                raise
            entries = []
        links = [link for link, *_ in entries]
        yield from self.request_venues(response, entries)
        if links and links == list(before):
            raise ListingError(f"the listing {response.url} repeats the page before it")
        if feed_page and not links and not before:
            raise ListingError(f"the listing {response.url} names no venues")
        if not links and not before:
            yield self.request_feed(self.start_url(response.request) or response.url)
        elif links:
            yield from self.request_listing_pages(response, self.next_page(response, feed_page, links))

    def next_page(self, response, feed_page, links):
        if feed_page:  # a feed does not say which page is its last
            url = f"{response.url.partition('?')[0]}?paged={feed_page + 1}"
            return [(url, {"feed_page": feed_page + 1, "before": links})]
        urls = response.css("link[rel~=next]::attr(href), a.next::attr(href)").getall()
        return [(url, {"before": links}) for url in urls[:1]]

    def listing_failed(self, failure):
        request = failure.request
        gone = find_reason(failure.value)[0] in GONE
        if gone and (url := self.start_url(request)):
            yield self.request_feed(url)
        elif not gone or request.cb_kwargs.get("feed_page", 0) < 2:  # later pages are past the feed's end
            yield from super().listing_failed(failure)

    def start_url(self, request):
        """Return the URL of `start_urls` that led to a request, directly or by redirects, or None."""
        asked = [*request.meta.get("redirect_urls", ()), request.url]
        return next((url for url in asked if url in self.start_urls), None)

    def request_feed(self, url):
        self._count("listing/read_from_feed")
        self.logger.warning("the listing %s shows no venues; its feed is read instead", url)
        return self.request_listing_page(f"{url.rstrip('/')}/feed/", feed_page=1)

    def feed_entries(self, response):
        """Yield URL and title of each item of the feed, with empty keywords, like `cards`."""
        return ((item["url"] or "", item["title"], {}) for item in feed_items(response))
