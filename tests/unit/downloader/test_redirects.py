"""Allowed and refused redirects."""

from __future__ import annotations

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.test import get_crawler

from trivia_scraper.downloader.address_guard import RequestRefusedError
from trivia_scraper.downloader.redirects import CheckedRedirects

PAGE = "https://pub.example/venues/"


class PubSpider(Spider):
    name = "pub"
    allowed_domains = ["www.pub.example", "pub.au"]
    redirects_within_site = True


class OtherSpider(Spider):
    name = "other"


def target(location: str | bytes, request: Request, spider: type[Spider] = PubSpider) -> str:
    """Return the target of a 302 with this Location."""
    crawler = get_crawler(spider)
    crawler.spider = spider.from_crawler(crawler)
    answer = Response(request.url, status=302, headers={"Location": location}, request=request)
    return CheckedRedirects.from_crawler(crawler).process_response(request, answer).url


@pytest.mark.parametrize(
    ("url", "location"),
    [
        (PAGE, "/venues/2/"),
        (PAGE, "https://www.pub.example/venues/"),
        (PAGE, "https://img.pub.example/venues/"),
        (PAGE, "https://pub.au/venues/"),
        (PAGE, "https://pub.example:443/venues/"),
        (PAGE, "https://pub.example./venues/"),
        ("https://pub.example:8443/", "https://pub.example:8443/venues/"),
        ("http://pub.example/", "https://pub.example/"),
        ("https://www.pub.example/", "https://pub.example/"),
    ],
)
def test_page_may_redirect_within_its_site(url: str, location: str) -> None:
    assert target(location, Request(url)).endswith(location)


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("https://evil.example/venues/", "another site"),
        ("https://notpub.example/", "another site"),
        ("https://pub.example.evil.example/", "another site"),
        ("//evil.example/", "another site"),
        ("http://pub.example/venues/", "from https to http://pub.example"),
        ("https://pub.example:8443/", "https://pub.example:8443/, on another port"),
        ("https://u:sesame@pub.example/", "https://pub.example/, a URL with credentials"),
        ("https://u:sesame@evil.example/", "https://evil.example/, a URL with credentials"),
        ("http://[::1/", "to an invalid URL"),
        ("https://pub.example:port/", "to an invalid URL"),
    ],
)
def test_page_redirect_to_another_site_is_refused(location: str, why: str) -> None:
    with pytest.raises(RequestRefusedError, match=why) as caught:
        target(location, Request(PAGE))
    assert caught.value.reason == "redirect"
    assert "sesame" not in str(caught.value)


def test_images_and_other_spiders_may_redirect_anywhere() -> None:
    url = "http://cdn.example/a.jpg"
    assert target(url, Request(PAGE, callback=NO_CALLBACK)) == url
    assert target(url, Request(PAGE), OtherSpider) == url


def test_image_redirect_to_invalid_url_is_refused() -> None:
    with pytest.raises(RequestRefusedError, match="to an invalid URL"):
        target("http://[::1/", Request(PAGE, callback=NO_CALLBACK))


def test_host_outside_ascii_is_encoded_as_in_browsers() -> None:
    assert (
        target("https://straße.example/a.jpg".encode(), Request(PAGE, callback=NO_CALLBACK))
        == "https://xn--strae-oqa.example/a.jpg"
    )
