"""An image pipeline whose threads never end once they have an image, like a decoder that hangs."""

from __future__ import annotations

import time
from pathlib import Path

from trivia_scraper.images.records import ImageWork
from trivia_scraper.images.validate import CheckedImage
from trivia_scraper.pipelines.images import VenueImagesPipeline


class StuckImagesPipeline(VenueImagesPipeline):
    def may_replace(self, work: ImageWork, image: CheckedImage) -> bool:
        Path(self.crawler.settings["SPILL_DIR"]).with_name("stuck").touch()
        while True:
            time.sleep(0.01)
