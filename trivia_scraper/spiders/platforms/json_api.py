"""JSON APIs, by GET or POST: a list of dates, series or venues, at any place in the answer.

Set `start_urls`, `entries_at` and, for POST, `listing_data`; then override the hooks of EntriesSpider.
"""

from trivia_scraper.parsing import text
from trivia_scraper.spiders.base import ListingError
from trivia_scraper.spiders.platforms.entries import EntriesSpider


class JsonApiSpider(EntriesSpider):
    listing_headers = {"Accept": "application/json"}
    entries_at: tuple[str, ...] = ()
    """Keys that lead to the list of entries, from outside to inside; none if the answer is the list."""

    def entries(self, response):
        found = text.get_nested(self.parse_json(response), *self.entries_at)
        if not isinstance(found, list):
            raise ListingError(f"the listing {response.url} has no list at {'.'.join(self.entries_at) or 'its top'}")
        yield from text.list_objects(found)
