"""Publishers whose venue finder is storelocatorwidgets.com's: one JSONP answer lists every store, which has no page.

Set `start_urls` to the account's address below cdn.storelocatorwidgets.com/json/ (the id is `data-uid` of the script
`storelocatorscript` on the publisher's own finder page), `finder` to that page, `country`, `event_name`, and
`store_nights`.
"""

import json

from trivia_scraper.items import Fee
from trivia_scraper.parsing import text
from trivia_scraper.parsing.fees import read_fee_of_schedule
from trivia_scraper.spiders.base import ListingError, PublisherSpider


class StoreLocatorWidgetsSpider(PublisherSpider):
    finder: str
    """The publisher's page that shows the stores."""

    def store_nights(self, publisher_id, store, timezone):
        """Return the Schedules of a store. Reject it when it has none."""
        raise NotImplementedError

    def read_listing(self, response):
        stores = text.inside(self.jsonp(response), "stores")
        if not isinstance(stores, list) or not stores:
            raise ListingError(f"the listing {response.url} names no stores")
        for store in stores:
            yield from self.read_store(store)

    def jsonp(self, response):
        """Return the object with which the answer calls its callback, whatever is around it."""
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
        name, publisher_id = text.plain(text.inside(store, "name")), text.clean(text.inside(store, "storeid"))
        if not name or not publisher_id:
            return self.reject(publisher_id or self.finder, "no_name" if publisher_id else "no_id", name)
        data = text.inside(store, "data")
        lines = text.lines(text.inside(data, "address")) or ""
        stated = text.plain(", ".join(filter(None, (line.strip(" ,\t") for line in lines.splitlines()))))
        venue = self.venue(
            name,
            stated,
            point=(text.inside(data, "map_lat"), text.inside(data, "map_lng")),
            phone=text.inside(data, "phone"),
            website=text.inside(data, "website"),
        )
        words = text.lines(text.inside(data, "description")) or ""
        fee = read_fee_of_schedule(words, venue.country)
        fee = Fee() if fee.amount is None else fee
        nights = self.store_nights(publisher_id, store, self.zone_of(venue, store.get("timezone")))
        yield from self.events(nights, publisher_id, f"{self.finder}#{publisher_id}", venue, fee=fee)
