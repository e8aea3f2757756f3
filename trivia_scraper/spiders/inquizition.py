"""Inquizition (Britain, mostly London): one storelocatorwidgets listing, no pages, no pictures.

Ids: `storeid`; names and postcodes repeat (there are three White Horses). Quirks: `description` is the schedule, and
`filters` lists its days: a day more there is a night more, other days there are counted and the text is kept. Every
quiz costs £2.50, as the site says once for all.
"""

import calendar
import logging
from dataclasses import replace

from trivia_scraper.items import Fee
from trivia_scraper.parsing import text
from trivia_scraper.spiders.base import short_repr
from trivia_scraper.spiders.platforms.storelocatorwidgets import StoreLocatorWidgetsSpider


class InquizitionSpider(StoreLocatorWidgetsSpider):
    name = "inquizition"
    country = "GB"
    event_name = "Inquizition Trivia at {venue}"
    fee = Fee(amount=250, currency="GBP")
    finder = "https://inquizition.com/find-a-quiz/"
    allowed_domains = ["storelocatorwidgets.com", "inquizition.com"]
    start_urls = ["https://cdn.storelocatorwidgets.com/json/7f3962110f31589bc13cdc3b7b85cfd7"]

    def store_nights(self, publisher_id, store, timezone):
        said = text.lines(text.inside(store, "data", "description")) or ""
        filters = store.get("filters")
        tags = [(text.clean(tag) or "").lower() for tag in filters] if isinstance(filters, list) else []
        listed = {number: day for number, day in enumerate(calendar.day_name, 1) if day.lower() in tags}
        nights = self.nights(publisher_id, [said, f"{' and '.join(listed.values())} {said}"], timezone)
        days = {night.weekday for night in nights}
        more = [day for number, day in listed.items() if number not in days]
        if not days <= listed.keys() and listed:
            self._count("nights/days_differ")
            message = "days differ: %.100s: %s, but filters %s"
            self.log_few(logging.WARNING, "days differ", message, publisher_id, short_repr(said), short_repr(filters))
        elif nights and more:
            nights += [
                replace(night, raw=nights[0].raw) for night in self.nights(publisher_id, [" and ".join(more)], timezone)
            ]
        return nights
