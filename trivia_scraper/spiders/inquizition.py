"""Inquizition (Britain, mostly London): one storelocatorwidgets listing, without pages or images.

Id: `storeid`. Names and postcodes repeat; there are three White Horses. `description` is the schedule, and `filters`
lists its days. An additional day there is an additional night. If the days disagree, that is counted and the text is
kept. Every quiz costs £2.50, as the site says once for all.
"""

import calendar
from dataclasses import replace

from trivia_scraper.items import Fee
from trivia_scraper.parsing import text
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
            self.logger.warning("days differ: %s: %r, but filters %r", publisher_id, said, filters)
        elif nights and more:
            nights += [
                replace(night, raw=nights[0].raw) for night in self.nights(publisher_id, [" and ".join(more)], timezone)
            ]
        return nights
