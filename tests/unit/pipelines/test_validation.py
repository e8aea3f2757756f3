"""Invalid values are dropped and counted."""

from __future__ import annotations

import pytest
from scrapy.utils.test import get_crawler

from tests.support.events import event, record
from tests.support.filled import begin
from tests.support.stored import stored_events
from trivia_scraper.db.engine import Store
from trivia_scraper.items import Fee
from trivia_scraper.pipelines.validation import MAX_FEE, NO_PROFILE, NOBODY, ValidatePipeline
from trivia_scraper.spiders.quizmeisters import QuizmeistersSpider


@pytest.mark.parametrize(
    "path", ["", "/", "//", "/sharer.php", "/sharer/sharer.php", "/share", "/dialog/feed", "/home.php"]
)
def test_no_profile_matches_paths_of_the_network(path: str) -> None:
    assert NO_PROFILE.fullmatch(path)


@pytest.mark.parametrize(
    "path", ["/the.bell", "/homestead/", "/shareables", "/p/The-Bell-1/", "/profile.php", "/share/1Abc/"]
)
def test_no_profile_ignores_paths_of_profiles(path: str) -> None:
    assert not NO_PROFILE.fullmatch(path)


@pytest.mark.parametrize("name", ["TBA", "tbc", "T.B.D.", "N/A", "-", "...", "None", "To be announced"])
def test_nobody_matches_placeholders_for_hosts(name: str) -> None:
    assert NOBODY.fullmatch(name)


@pytest.mark.parametrize("name", ["Al", "Nona", "DJ None", "To Be", "Ann A"])
def test_nobody_ignores_names_of_hosts(name: str) -> None:
    assert not NOBODY.fullmatch(name)


@pytest.mark.parametrize(
    "fee", [Fee("$99999999999", 9_999_999_999_900, "AUD"), Fee("?", -1, "AUD"), Fee("5 smiles", 500, "smiles")]
)
def test_invalid_fee_is_unknown_and_counted(store: Store, fee: Fee) -> None:
    crawler = get_crawler()
    crawler.spider = QuizmeistersSpider()
    pipeline = ValidatePipeline(crawler)
    found = pipeline.process_item(event(fee=fee))
    assert found.fee == Fee(fee.raw)
    assert pipeline.stats.get_value("trivia/dropped/fee") == 1
    record(store, begin(store), found)
    kept = pipeline.process_item(event(fee=Fee("1000000", MAX_FEE, "AUD")))
    record(store, begin(store), kept)
    assert store.read(stored_events)[0]["fee"]["amount"] == MAX_FEE


def test_missing_field_is_reported_with_a_venue_page() -> None:
    crawler = get_crawler()
    crawler.spider = spider = QuizmeistersSpider()
    spider.venue_pages = {"with-a-page": "https://q.example/one", "another": "https://q.example/two"}
    pipeline = ValidatePipeline(crawler)
    for publisher_id, url in (("900106", "listing"), ("with-a-page", "one"), ("another", "two"), ("900107", "listing")):
        found = event(publisher_id, performer=None)
        found.source_url = f"https://q.example/{url}"
        pipeline.process_item(found)
    assert spider.pages_without["host"] == {
        "with-a-page": "https://q.example/one",
        "another": "https://q.example/two",
    }
