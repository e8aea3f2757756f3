"""Publishers whose venue finder is by storelocatorwidgets.com. One JSONP response lists all stores. They have no pages.

A spider sets `start_urls` to the account's URL below cdn.storelocatorwidgets.com/json/. The account is `data-uid` of
the script `storelocatorscript` on the publisher's finder page. The spider also sets `finder` to that page, `country`
and `event_name`, and defines `store_nights`.
"""

import json

from trivia_scraper.items import Fee
from trivia_scraper.parsing import text
from trivia_scraper.parsing.fees import read_fee_of_schedule
from trivia_scraper.spiders.base import ListingError, PublisherSpider


class StoreLocatorWidgetsSpider(PublisherSpider):
    finder: str
    """URL of the publisher's page that shows the stores."""

    def store_nights(self, publisher_id, store, timezone):
        """Return the Schedules of a store. Reject the store if it has none."""
        raise NotImplementedError

    def read_listing(self, response):
        stores = text.get_nested(self.parse_jsonp(response), "stores")
        if not isinstance(stores, list) or not stores:
            raise ListingError(f"the listing {response.url} names no stores")
        for store in stores:
            yield from self.read_store(store)

    def parse_jsonp(self, response):
        """Return the object that the response passes to its callback. Raise ListingError if there is none."""
        body = response.body.decode("utf-8", "replace")
        try:
            return json.JSONDecoder().raw_decode(body, body.index("{"))[0]
        except RecursionError:
            raise ListingError(f"the listing {response.url} is nested too deeply") from None
        except ValueError:
            raise ListingError(
                f"the listing {response.url} is not JSONP but begins with {response.body[:40]!r}"
            ) from None

    def read_store(self, store):
        """Yield one Event per night."""
        name, publisher_id = (
            text.unescape(text.get_nested(store, "name")),
            text.clean(text.get_nested(store, "storeid")),
        )
        if not name or not publisher_id:
            return self.reject(publisher_id or self.finder, "no_name" if publisher_id else "no_id", name)
        data = text.get_nested(store, "data")
        lines = text.keep_lines(text.get_nested(data, "address")) or ""
        stated = text.unescape(", ".join(filter(None, (line.strip(" ,\t") for line in lines.splitlines()))))
        venue = self.make_venue(
            name,
            stated,
            point=(text.get_nested(data, "map_lat"), text.get_nested(data, "map_lng")),
            phone=text.get_nested(data, "phone"),
            website=text.get_nested(data, "website"),
        )
        words = text.keep_lines(text.get_nested(data, "description")) or ""
        fee = read_fee_of_schedule(words, venue.country)
        fee = Fee() if fee.amount is None else fee
        nights = self.store_nights(publisher_id, store, self.find_zone(venue, store.get("timezone")))
        yield from self.make_events(nights, publisher_id, f"{self.finder}#{publisher_id}", venue, fee=fee)
