"""Publishers whose venue finder is a WordPress plugin's own: a page carries a nonce, with which admin-ajax.php answers.

A nonce is good for half a day to a day, and a page cache may hand out an older one. So what is no listing is asked for
once more, with the nonce of a page fetched anew; the second time it fails the run. The answer's status says little:
such plugins send a whole listing with a 500.

Set `start_urls` to the page, and the attributes below.
"""

import re
from urllib.parse import urlencode, urlsplit

from trivia_scraper.spiders.base import ListingError, PublisherSpider

AJAX = "/wp-admin/admin-ajax.php"


class WordPressAjaxSpider(PublisherSpider):
    nonce_pattern: re.Pattern[bytes]
    """Its group is the nonce on the page."""
    listing_query: dict[str, str]
    """What the listing is asked for with, besides `nonce`."""
    listing_mark: bytes
    """What every listing holds, and no refusal."""

    def read_answer(self, response):
        """What the listing names, in its order. Raises ListingError."""
        raise NotImplementedError

    def ajax_url(self, response, query):
        return response.urljoin(f"{AJAX}?{urlencode(query)}")

    def read_listing(self, response, renewed=False):
        """renewed: the listing was refused once, and its nonce fetched anew."""
        if urlsplit(response.url).path != AJAX:
            yield self._answer_request(response, renewed)
        elif self.listing_mark in response.body:
            yield from self.read_answer(response)
        elif renewed:
            found = f"HTTP {response.status}, {response.body[:40]!r}"
            raise ListingError(f"the listing {AJAX} was refused twice, the second time with a new nonce: {found}")
        else:
            yield self._page_again()

    def _answer_request(self, response, renewed):
        found = self.nonce_pattern.search(response.body)
        if found is None:
            raise ListingError(f"the page {response.url} carries no nonce for its listing")
        url = self.ajax_url(response, self.listing_query | {"nonce": found[1].decode("ascii", "replace")})
        request = self.listing_request(url, renewed=renewed)
        request.meta["handle_httpstatus_list"] = [400, 403, 500]
        request.meta["dont_retry"] = True  # with the same nonce
        return request.replace(errback=self._answer_failed)

    def _answer_failed(self, failure):
        if failure.request.cb_kwargs["renewed"]:
            yield from self.listing_failed(failure)
        else:
            yield self._page_again()

    def _page_again(self):
        self._count("listing/nonce_renewed")
        self.logger.info("the listing was refused; its nonce is fetched anew")
        request = self.listing_request(self.start_urls[0], renewed=True)
        request.meta["dont_cache"] = True
        return request
