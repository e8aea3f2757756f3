"""Tests candidate URLs, shared requests and validators."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.request import fingerprint

from tests.support.media import URL
from trivia_scraper.images.digests import sha256_of
from trivia_scraper.images.downloads import (
    SharedDownloads,
    get_wordpress_candidates,
    make_wordpress_scaled_url,
    parse_wordpress_size,
    read_validators,
)
from trivia_scraper.images.records import ImageRecord
from trivia_scraper.images.storage.local import LocalFileStore

CHANGED = "Mon, 23 Nov 2026 10:00:00 GMT"
ETAG = '"1"'
BODY = b"image"


@pytest.mark.parametrize(
    ("named", "upload"),
    [
        ("/wp-content/uploads/2026/04/sport-1-1200x800.webp", "/wp-content/uploads/2026/04/sport-1.webp"),
        ("/wp-content/uploads/a-300x300.jpg?ver=1", "/wp-content/uploads/a.jpg?ver=1"),
        # The name of the upload itself contains a size.
        ("/wp-content/uploads/anglers-600x490-1.jpg", None),
        ("/wp-content/uploads/image-1200x800.avif_original.jpg", None),
        ("/photos/a-300x300.jpg", None),
        ("/motherbrain-prod/vlogo_1700004858684", None),
    ],
)
def test_wordpress_candidates(named: str, upload: str | None) -> None:
    found = get_wordpress_candidates(f"https://pubs.example{named}")
    assert found == [f"https://pubs.example{each}" for each in (upload, named) if each]


@pytest.mark.parametrize(
    ("url", "size"),
    [
        ("/wp-content/uploads/a-300x200.jpg?ver=1", (300, 200)),
        ("/wp-content/uploads/a.jpg", None),
        ("/photos/a-300x200.jpg", None),
    ],
)
def test_wordpress_size(url: str, size: tuple[int, int] | None) -> None:
    assert parse_wordpress_size(f"https://pubs.example{url}") == size


@pytest.mark.parametrize(
    ("upload", "scaled"),
    [
        ("/wp-content/uploads/2026/04/a.b.jpg?ver=1", "/wp-content/uploads/2026/04/a.b-scaled.jpg?ver=1"),
        ("/wp-content/uploads/a-scaled.jpg", None),
        ("/photos/a.jpg", None),
    ],
)
def test_make_wordpress_scaled_url(upload: str, scaled: str | None) -> None:
    assert make_wordpress_scaled_url(f"https://pubs.example{upload}") == (scaled and f"https://pubs.example{scaled}")


@pytest.mark.parametrize(
    ("answered", "kept"),
    [
        ("Mon, 23 Nov 2026 10:00:59 GMT", None),
        ("Mon, 23 Nov 2026 10:00:00 GMT", None),
        ("Mon, 23 Nov 2026 09:00:00 GMT", None),
        ("Mon, 23 Nov 2026 10:01:00 GMT", CHANGED),
        ("today", CHANGED),
        (None, CHANGED),
    ],
)
def test_validators_omit_date_within_minute_of_answer(answered: str | None, kept: str | None) -> None:
    """RFC 9110, 8.8.2.2: the image may have changed twice within that second."""
    dates = {"Last-Modified": CHANGED} | ({"Date": answered} if answered else {})
    assert read_validators(Response(URL, headers=dates)) == {"etag": None, "last_modified": kept}


@pytest.mark.parametrize("changed", ["yesterday", "", f"{CHANGED} \xe9"])
def test_validators_omit_invalid_last_modified(changed: str) -> None:
    response = Response(URL, headers={"Last-Modified": changed.encode("latin-1")})
    assert read_validators(response)["last_modified"] is None


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b'"1"', '"1"'),
        (b' W/"1" ', 'W/"1"'),
        (b'"caf\xe9"', None),
        ('"café"'.encode(), None),
        (b'"a\x01b"', None),
        (b'"a\tb"', None),
        (b"", None),
        (b"e" * 1000, "e" * 1000),
        (b"e" * 1001, None),
    ],
)
def test_validators_keep_only_sendable_etag(sent: bytes, kept: str | None) -> None:
    assert read_validators(Response(URL, headers={"ETag": sent}))["etag"] == kept


class Publisher:
    """Answers 304 to a conditional request, else the image. Requests wait until `answers` is set."""

    def __init__(self, files: LocalFileStore) -> None:
        self.requests: list[Request] = []
        self.answers = asyncio.Event()
        self.downloads = SharedDownloads(self.download, fingerprint, files)

    async def download(self, request: Request) -> Response:
        self.requests.append(request)
        await self.answers.wait()
        if {b"If-None-Match", b"If-Modified-Since"} & set(request.headers):
            return Response(request.url, status=304)
        return Response(request.url, body=BODY)

    async def get(self, **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.downloads.fetch(Request(URL, headers=named)) as response:
            return response


def test_304_is_shared_only_with_same_validators(files: LocalFileStore) -> None:
    async def ask() -> tuple[Publisher, list[int]]:
        publisher = Publisher(files)
        conditions: list[dict[str, str]] = [
            {"If_None_Match": ETAG},
            {"If_None_Match": ETAG},
            {"If_None_Match": '"2"'},
            {"If_Modified_Since": CHANGED},
            {},
            {},
        ]
        asked = [asyncio.create_task(publisher.get(**headers)) for headers in conditions]
        await asyncio.sleep(0)
        publisher.answers.set()
        return publisher, [response.status for response in await asyncio.gather(*asked)]

    publisher, statuses = asyncio.run(ask())
    assert statuses == [304, 304, 304, 304, 200, 200]
    assert len(publisher.requests) == 4, "equal requests share one"


def ask_after(files: LocalFileStore, stored: bytes, **facts: Any) -> tuple[Response, int]:
    """Request an image that this run has stored and whose file is now `stored`. Return answer and request count."""

    async def ask() -> tuple[Response, int]:
        publisher = Publisher(files)
        publisher.answers.set()
        files.write("fox/a.jpg", stored)
        record = ImageRecord(url=URL, stem="fox/a", path="fox/a.jpg", sha256=sha256_of(BODY), **facts)
        publisher.downloads.remember(Request(URL), record)
        return await publisher.get(), len(publisher.requests)

    return asyncio.run(ask())


def test_cancelled_download_is_sent_again_for_waiting_items(files: LocalFileStore) -> None:
    async def cancel_first() -> tuple[Publisher, list[Response | BaseException]]:
        publisher = Publisher(files)
        asked = [asyncio.create_task(publisher.get()) for _ in range(3)]
        await asyncio.sleep(0)
        asked[0].cancel()
        for _ in range(5):  # until the others wait for a second request
            await asyncio.sleep(0)
        publisher.answers.set()
        return publisher, await asyncio.gather(*asked, return_exceptions=True)

    publisher, (cancelled, *others) = asyncio.run(cancel_first())
    assert isinstance(cancelled, asyncio.CancelledError)
    assert [other.body for other in others if isinstance(other, Response)] == [BODY, BODY]
    assert len(publisher.requests) == 2


def test_copy_has_validators_of_original(files: LocalFileStore) -> None:
    copy, requests = ask_after(files, BODY, etag=ETAG, last_modified=CHANGED)
    assert (copy.body, requests) == (BODY, 0)
    assert read_validators(copy) == {"etag": ETAG, "last_modified": CHANGED}
    copy, _ = ask_after(files, BODY)
    assert read_validators(copy) == {"etag": None, "last_modified": None}


def test_stored_file_with_other_bytes_is_not_copied(files: LocalFileStore) -> None:
    """The file was damaged, or another process has replaced it."""
    answer, requests = ask_after(files, b"other")
    assert (answer.body, requests) == (BODY, 1)
