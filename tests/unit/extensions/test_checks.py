"""What is checked before a run."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.settings import Settings

from trivia_scraper.errors import UsageError
from trivia_scraper.extensions.checks import has_component
from trivia_scraper.images.pipeline import FreshImagesPipeline

OWN = "trivia_scraper.pipelines.images.VenueImagesPipeline"


class Derived(FreshImagesPipeline):
    pass


@pytest.mark.parametrize(
    ("pipelines", "found"),
    [
        ({OWN: 200}, True),
        ({Derived: 1}, True),
        ({OWN: None}, False),
        ({"scrapy.pipelines.images.ImagesPipeline": 1}, False),
        ({}, False),
    ],
)
def test_a_component_is_found_by_its_class(pipelines: dict[Any, int | None], found: bool) -> None:
    assert has_component(Settings({"ITEM_PIPELINES": pipelines}), "ITEM_PIPELINES", FreshImagesPipeline) is found


@pytest.mark.parametrize("path", ["no.such.Pipeline", "trivia_scraper.items.NoSuchClass", "nonsense"])
def test_a_component_that_cannot_be_imported_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match=r"^ITEM_PIPELINES names something that cannot be imported: .*\.$"):
        has_component(Settings({"ITEM_PIPELINES": {path: 1}}), "ITEM_PIPELINES", FreshImagesPipeline)
