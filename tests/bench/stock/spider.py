"""The listing, every venue's page, every page's image."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response


class VenuesSpider(Spider):
    name = "venues"

    def __init__(self, server: str, **arguments: str) -> None:
        super().__init__(**arguments)
        self.server = server
        self.start_urls = [self.local("https://storerocket.io/api/user/kDJ3BbK4mn/locations")]

    def local(self, url: str) -> str:
        """Where the local server keeps it: asked for straight away, with no handler in between."""
        return f"{self.server}/{url.removeprefix('https://')}"

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Request]:
        for location in json.loads(response.body)["results"]["locations"]:
            yield Request(self.local(location["url"]), self.parse_venue, cb_kwargs={"name": location["name"]})

    def parse_venue(self, response: Response, name: str) -> Iterator[dict[str, Any]]:
        urls = response.css("img.venue-photo::attr(src)").getall()
        yield {"name": name, "url": response.url, "image_urls": [self.local(url) for url in urls]}
