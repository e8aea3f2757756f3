"""Publishers whose venues are a WordPress archive: pages of one list, each with a link to the next.

When there is no such page, or its theme has no such cards any more, the archive's feed is read, which every WordPress
has and which names less. Set what WordPressSpider asks for; `start_urls` has the archive's first page alone.
"""

from scrapy.http import TextResponse
from scrapy.selector import Selector
from scrapy.spidermiddlewares.httperror import HttpError

from trivia_scraper.spiders.base import ListingError
from trivia_scraper.spiders.platforms.wordpress import WordPressSpider


class WordPressArchiveSpider(WordPressSpider):
    def read_listing(self, response, feed_page=0, before=()):
        """before: where the page before this one led to."""
        try:
            entries = list(self.feed_items(response) if feed_page else self.cards(response))
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
        request, error = failure.request, failure.value
        page = request.cb_kwargs.get("feed_page", 0)
        gone = isinstance(error, HttpError) and error.response.status in {404, 410}
        if gone and request.url in self.start_urls:
            yield self.feed_request()
        elif not gone or page < 2:  # later ones are past the feed's end
            yield from super().listing_failed(failure)

    def feed_request(self):
        self._count("listing/read_from_feed")
        self.logger.warning("the listing %s shows no venues; its feed is read instead", self.start_urls[0])
        return self.listing_request(f"{self.start_urls[0]}feed/", feed_page=1)

    def feed_items(self, response):
        """(address, title, nothing else) of each item of an RSS page. Raises ListingError."""
        if not isinstance(response, TextResponse):
            raise ListingError(f"the listing {response.url} is no text")
        for item in Selector(text=response.text, type="xml").xpath("//item"):
            yield item.xpath("string(link)").get(), item.xpath("string(title)").get(), {}
