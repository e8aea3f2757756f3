"""Limits on the size and markup of pages."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, JsonResponse, Response, TextResponse, XmlResponse
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.test import get_crawler

from trivia_scraper.downloader.address_guard import RequestRefusedError
from trivia_scraper.downloader.pages import MOST_ATTRIBUTES, MOST_TAGS, BoundedPages
from trivia_scraper.images.failures import find_reason

URL = "https://pub.example/"


def attributes(number: int, form: str = "a{}=1 ") -> str:
    return "".join(form.format(each) for each in range(number))


def read(body: str, kind: type[TextResponse] = HtmlResponse, encoding: str = "utf-8") -> Response:
    bounds = BoundedPages.from_crawler(get_crawler())
    return bounds.process_response(Request(URL), kind(URL, body=body.encode(encoding), encoding=encoding))


def test_page_size_limit_does_not_apply_to_images() -> None:
    bounds = BoundedPages.from_crawler(get_crawler(settings_dict={"PAGE_MAXSIZE": 1000}))
    page, own, image = Request(URL), Request(URL, meta={"download_maxsize": 7}), Request(URL, callback=NO_CALLBACK)
    for request in (page, own, image):
        bounds.process_request(request)
    assert [request.meta.get("download_maxsize") for request in (page, own, image)] == [1000, 7, None]


@pytest.mark.parametrize("kind", [HtmlResponse, TextResponse])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_page_with_too_many_tags_is_refused(kind: type[TextResponse], encoding: str) -> None:
    read("<p>" * MOST_TAGS, kind, encoding)
    with pytest.raises(RequestRefusedError, match=r"^the page has more than 100,000 tags$") as caught:
        read("<p>" * (MOST_TAGS + 1), kind, encoding)
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize("form", ["a{} ", "a{}=1 ", 'a{}="x>y"', "a{}='\"'/", "a{}\n=\t1\n", 'a{}="<"'])
def test_tag_with_too_many_attributes_is_refused(form: str) -> None:
    assert read(f"<p>x</p><IMG {attributes(MOST_ATTRIBUTES, form)}>").status == 200
    with pytest.raises(RequestRefusedError, match=r"^a tag of the page has more than 500 attributes$"):
        read(f"<p>x</p><IMG {attributes(MOST_ATTRIBUTES + 1, form)}>")


MANY = attributes(60_000)


@pytest.mark.parametrize(
    "before",
    [
        "<script/>", "<style/>", "<!-- x --!>", "<!-->", "<!--->", "<title><script></title>", "<!x <script>",
        "<textarea><style></textarea>", "<a b='<script>'>", "<script>i<n x=\"</script>", "<a x=\"<!--\">",
        "<script>i<n && '</script>", "<svg><script/>", "</p <script>",
    ],
)  # fmt: skip
def test_large_tag_is_refused_in_odd_markup(before: str) -> None:
    with pytest.raises(RequestRefusedError, match="attributes"):
        read(f"<html><body>{before}<p {MANY}>x</p></script></style></body>")


@pytest.mark.parametrize("name", ["\0p", "p\0", "_p", "p:q"])
def test_tag_name_hides_no_attributes(name: str) -> None:
    many = attributes(600, "a{}='' ")
    body = f"<r><{name} {many}>x</{name}></r>"
    for kind in (HtmlResponse, XmlResponse) if name[0] != "_" else (XmlResponse,):
        with pytest.raises(RequestRefusedError, match="attributes"):
            read(body, kind)


@pytest.mark.parametrize("form", ['"{}" ', "'{}=1 ", 'a{}=\xa0"x ', "a{}=1\v=2 ", 'a{}=b"c '])
def test_odd_attributes_are_counted_as_the_parser_does(form: str) -> None:
    with pytest.raises(RequestRefusedError, match="attributes"):
        read(f"<p {attributes(MOST_ATTRIBUTES + 1, form)}>")


def test_long_text_scripts_and_values_are_no_attributes() -> None:
    words = "word a=1 " * 100_000
    bodies = [words, f"<p>{words}</p>", f"<script>x = '{words}'</script>", f"<!-- <p {words}> -->"]
    bodies += [f"<script>for(i=0;i<n {words})</script>", f'<img src="data:;base64,{words}">']
    for body in bodies:
        assert read(body).status == 200


def test_large_decompressed_page_names_no_other_setting() -> None:
    scrapys = IgnoreRequest(f"<200 {URL}> exceeded DOWNLOAD_MAXSIZE (4194304 B) during decompression")
    assert find_reason(scrapys) == ("too_large", f"<200 {URL}> has more than 4194304 bytes when decompressed")


def test_json_and_images_are_not_read_as_pages() -> None:
    read('"' + "<p>" * (MOST_TAGS + 1) + '"', JsonResponse)
    bounds, tags = BoundedPages.from_crawler(get_crawler()), b"<p>" * (MOST_TAGS + 1)
    bounds.process_response(Request(URL, callback=NO_CALLBACK), HtmlResponse(URL, body=tags))
    bounds.process_response(Request(URL), Response(URL, body=tags))


@pytest.mark.parametrize("part", ["b", "\"'", "<a b=", "<a '", "<a b=\"c'", "a = ", " ", "<a b " * 400 + ">"])
@pytest.mark.parametrize("tags", [1, 499])
def test_hostile_page_is_checked_quickly(part: str, tags: int) -> None:
    body = "<a " * tags + part * (4_000_000 // len(part))
    began = time.process_time()
    with suppress(RequestRefusedError):
        read(body)
    assert time.process_time() - began < 2
