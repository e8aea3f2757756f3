"""Inquizition (Britain, mostly London): one storelocatorwidgets listing, without pages or images.

Id: `storeid`. Names and postcodes repeat; there are three White Horses. `description` is the schedule, and `filters`
lists its days. A day that only `filters` has is a night too, and its `raw` names the filters. If the days disagree,
that is counted and the text is kept. The listing names hardly any fee.
"""

import calendar
import logging
from dataclasses import replace

from trivia_scraper.parsing import text
from trivia_scraper.parsing.titles import is_not_yet_open
from trivia_scraper.spiders.base import shorten
from trivia_scraper.spiders.platforms.storelocatorwidgets import StoreLocatorWidgetsSpider


class InquizitionSpider(StoreLocatorWidgetsSpider):
    name = "inquizition"
    country = "GB"
    event_name = "Inquizition Trivia at {venue}"
    finder = "https://inquizition.com/find-a-quiz/"
    allowed_domains = ["storelocatorwidgets.com", "inquizition.com"]
    start_urls = ["https://cdn.storelocatorwidgets.com/json/7f3962110f31589bc13cdc3b7b85cfd7"]

    def store_nights(self, publisher_id, store, timezone):
        said = text.keep_lines(text.get_nested(store, "data", "description")) or ""
        filters = store.get("filters")
        tags = [(text.clean(tag) or "").lower() for tag in filters] if isinstance(filters, list) else []
        listed = {number: day for number, day in enumerate(calendar.day_name, 1) if day.lower() in tags}
        if is_not_yet_open(said):
            return self.read_nights(publisher_id, [said], timezone)
        by_filters = f"{' and '.join(listed.values())} {said}"
        nights = self.read_nights(publisher_id, [said, by_filters], timezone)
        days = {night.weekday for night in nights}
        more = [day for number, day in listed.items() if number not in days]
        shown = "; ".join(filter(None, [text.clean(said), f"filters: {', '.join(listed.values())}"]))
        if not days <= listed.keys() and listed:
            self._count("nights/days_differ")
            message = "days differ: %.100s: %s, but filters %s"
            self.log_few(logging.WARNING, "days differ", message, publisher_id, shorten(said), shorten(filters))
        elif nights and more:
            nights += [
                replace(night, raw=shown) for night in self.read_nights(publisher_id, [" and ".join(more)], timezone)
            ]
        if listed and nights and nights[0].raw == text.clean(by_filters):
            nights = [replace(night, raw=shown) for night in nights]
        return nights
