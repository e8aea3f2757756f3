"""Counts of what a spider's selectors and keys match on its publisher's pages."""

from __future__ import annotations

import pickle
from typing import Any

from parsel import Selector
from scrapy.http import HtmlResponse, Request, TextResponse

from trivia_scraper.parsing import text
from trivia_scraper.spiders.base import PublisherSpider, get_text, shorten
from trivia_scraper.spiders.matches import _MOST, Matches

PAGE = """<!DOCTYPE html><h1>Fox</h1><ul class="facts"><li><b>Fee</b> $5</li><li>No fee</li></ul>"""


class FoxSpider(PublisherSpider):
    name = "fox"
    country = "AU"
    allowed_domains = ["q.example"]
    start_urls = ["https://q.example/"]

    def read_venue(self, response: Any) -> list[Any]:
        assert get_text(response.css("h1")) == "Fox"
        for fact in response.css(".facts li"):
            fact.css("b").css("::text").get()
        assert not response.css("h1")[1:]
        assert response.css(".host").css(".name").get() is None
        assert response.xpath("string(//h2)").get() == ""
        assert response.xpath("//h1\n   /text()").get() == "Fox"
        return []


def visit(spider: PublisherSpider, url: str, body: str = PAGE) -> None:
    list(spider._visit(HtmlResponse(url, body=body.encode(), encoding="utf-8", request=Request(url))))


def test_selectors_are_counted_per_page() -> None:
    spider = FoxSpider()
    visit(spider, "https://q.example/1")
    visit(spider, "https://q.example/2", PAGE.replace('"facts"', '"facts-new"'))
    assert spider.matches.counts == {
        "pages/h1": [2, 2],  # used twice on each page
        "pages/.facts li": [2, 1],
        "pages/.facts li > b": [1, 1],  # one of two elements of the first page has it
        "pages/.host": [2, 0],  # .name is not looked for without it
        "pages/string(//h2)": [2, 0],
        "pages///h1 /text()": [2, 2],
    }
    assert spider.matches.first_without["pages/.facts li"] == "https://q.example/2"
    assert ".facts li > b" not in " ".join(spider.matches.first_without)


def test_selector_that_matches_after_a_miss_counts_once() -> None:
    spider = FoxSpider()
    visit(spider, "https://q.example/1", PAGE.replace("<li><b>Fee</b> $5</li>", "<li>$5</li><li><b>Fee</b></li><li>"))
    visit(spider, "https://q.example/2", PAGE.replace("<b>Fee</b>", ""))
    assert spider.matches.counts["pages/.facts li > b"] == [2, 1]
    assert spider.matches.first_without["pages/.facts li > b"] == "https://q.example/2"


def test_selectors_inside_elements_of_listing_are_counted_per_element() -> None:
    spider = FoxSpider()
    spider.read_listing = spider.read_venue
    body = PAGE.replace("<h1>", "<b>Quiz</b><h1>").encode()
    list(spider.parse(HtmlResponse("https://q.example/", body=body, encoding="utf-8")))
    assert spider.matches.counts["elements/.facts li > b"] == [2, 1]
    assert spider.matches.first_without["elements/.facts li > b"] == "https://q.example/"


def test_selector_is_named_after_its_element() -> None:
    matches = Matches()
    tree = matches.watched(Selector(text=PAGE), "https://q.example/")
    tree.css("li").css("b")
    tree.css("ul").css("li").css("b")
    tree.css("h1").css("b")
    assert [name for name in matches.counts if name.endswith(" b")] == [
        "pages/li > b",
        "pages/ul > li > b",
        "pages/h1 > b",
    ]


def test_watched_page_selects_what_scrapy_selects() -> None:
    response = HtmlResponse("https://q.example/", body=PAGE.encode(), encoding="utf-8")
    plain = response.replace()
    Matches().watch_page(response)
    for query in ("li", "li b::text", "[class=facts]::attr(class)", "none"):
        assert response.css(query).getall() == plain.css(query).getall()
    assert response.xpath("//li[contains(., $what)]", what="No").getall() == ["<li>No fee</li>"]
    assert response.css("li").re_first(r"\$\d") == "$5"


def test_keys_of_listing_are_counted_per_object() -> None:
    spider = FoxSpider()
    body = b'[{"name": "Fox", "lat": 0, "at": {"zip": ""}}, {"name": "", "at": [{"zip": "1"}]}]'
    for entry in spider.parse_json(TextResponse("https://q.example/", body=body)):
        entry.get("name")
        entry.get("lat")
        (place,) = text.as_list(entry.get("at"))
        place.get("zip", "-")
    counts = {"keys/name": [2, 1], "keys/lat": [2, 1], "keys/at": [2, 2], "keys/at.zip": [2, 1]}
    assert spider.matches.counts == counts


def test_counted_object_is_otherwise_a_dict() -> None:
    entry = Matches().watched_objects("https://q.example/")({"id": 1, "long": "x" * 1000})
    assert entry == {"id": 1, "long": "x" * 1000}
    assert len(shorten(entry)) < 400
    assert type(pickle.loads(pickle.dumps(entry))) is dict
    assert shorten(entry) == shorten(dict(entry))


def test_point_elsewhere_contradicts_the_country() -> None:
    spider = FoxSpider()
    spider.make_venue("Fox", point=("-35.27", "149.13"))
    spider.make_venue("Fox", point=("51.5", "-0.1"))
    spider.make_venue("Fox", country="NZ", point=("-36.8", "174.7"))  # stated by the page
    spider.make_venue("Fox")
    assert spider.matches.counts == {"constants/country": [2, 1]}


def test_address_confirms_or_contradicts_the_country() -> None:
    spider = FoxSpider()
    for address in ("15/3 Pittards Rd, Buderim, Queensland, 4556", "1 High St, Leeds LS1 4DY", "40 Elm St", None):
        spider.make_venue("Fox", address, country="AU")
    assert spider.matches.counts == {"constants/country": [2, 1]}
    spider.make_venue("Fox", "15/3 Pittards Rd, Buderim, Queensland, 4556", point=("51.5", "-0.1"))
    assert spider.matches.counts == {"constants/country": [3, 1]}


def test_names_are_bounded() -> None:
    rest: list[None] = []
    matches = Matches(lambda: rest.append(None))
    tree = matches.watched(Selector(text=PAGE), "https://q.example/")
    for number in range(_MOST // 2):
        tree.css(f"h1, .c{number}{'x' * 500}").css(f".d{'x' * 500}")
    for _ in range(7):
        tree.css("h1")
    matches.watched_objects("https://q.example/")({}).get("name")
    assert (len(matches.counts), len(rest)) == (_MOST, 2)
    assert max(map(len, matches.counts)) < 200
