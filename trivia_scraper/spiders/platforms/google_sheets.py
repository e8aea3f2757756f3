"""Google Sheets that are published as CSV ("File > Share > Publish to web"), or any other CSV file with a header.

Each row is a venue with a text about its nights (`when`), or a single night (`date` and `time`). `start_urls` has the
URL that ends in "output=csv". It redirects to googleusercontent.com, so `allowed_domains` must include that.
"""

import csv
import io

from scrapy.http import TextResponse

from trivia_scraper.parsing import text
from trivia_scraper.parsing.schedule import read_start
from trivia_scraper.spiders.base import ListingError, make_performer
from trivia_scraper.spiders.platforms.entries import EntriesSpider

FIELDS = (
    *("id", "venue", "title", "when", "date", "time", "address", "street", "city", "region", "postcode", "country"),
    *("latitude", "longitude", "phone", "website", "fee", "host", "image", "description", "url"),
)


class GoogleSheetsSpider(EntriesSpider):
    columns: dict[str, str] = {}
    """Field of FIELDS -> header of its column, if that is not the name of the field. Case is ignored."""

    def entries(self, response):
        """Yield each row as {field: value}. Raise ListingError if the venue's column or one of `columns` is missing."""
        body = response.text if isinstance(response, TextResponse) else response.body.decode("utf-8-sig", "replace")
        rows = csv.reader(io.StringIO(body.replace("\0", "")), strict=True)
        try:
            headers = [(text.clean(each) or "").casefold() for each in next(rows, [])]
            wanted = {field: self.columns.get(field, field).casefold() for field in FIELDS}
            missing = [
                header
                for field, header in wanted.items()
                if header not in headers and field in {"venue", *self.columns}
            ]
            if missing:
                raise ListingError(
                    f"the sheet {response.url} has no column {missing[0]!r}; it has {', '.join(headers)[:200]}"
                )
            places = {field: headers.index(header) for field, header in wanted.items() if header in headers}
            for row in rows:
                values = {field: row[number] for field, number in places.items() if number < len(row)}
                if any(map(text.clean, values.values())):
                    yield values
        except csv.Error as error:
            raise ListingError(f"the sheet {response.url} is not CSV: {error}") from None

    def id_of(self, entry, venue):
        return text.clean(entry.get("id")) or super().id_of(entry, venue)

    def venue_of(self, entry):
        parts = ("street", "city", "region", "postcode", "country", "phone", "website")
        return self.make_venue(
            entry.get("venue"),
            entry.get("address"),
            point=(entry.get("latitude"), entry.get("longitude")),
            **{field: entry.get(field) for field in parts},
        )

    def nights_of(self, entry, timezone, today):
        day, clock = text.clean(entry.get("date")), text.clean(entry.get("time"))
        if start := read_start(day, timezone):
            written = self.find_nights([f"{start[0]:%A} {clock or ''}"], timezone)
            return [(start[0], start[1] or text.first(night.start_time for night in written))]
        return self.find_nights([entry.get("when"), f"{day or ''} {clock or ''}"], timezone)

    def host_of(self, entry):
        return make_performer(text.clean(entry.get("host")))

    def images_of(self, entry):
        return [entry.get("image")]
