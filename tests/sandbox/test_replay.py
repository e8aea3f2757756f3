"""Recorded pages as the sandbox serves them, over HTTP and in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from sandbox.publisher import Refused
from sandbox.recorded import CaseError
from sandbox.server import application
from sandbox.state import State

SITE = "https://pub.example"
Client = TestClient[Any, Any]


def put(pages: Path, case: str, text: str = "", suffix: str = ".html", **meta: object) -> Path:
    folder = pages / "pub_quiz" / case
    folder.mkdir(parents=True, exist_ok=True)
    meta["url"] = SITE + str(meta.get("url", "/"))
    (folder / "meta.json").write_text(json.dumps(meta))
    (folder / f"body{suffix}").write_text(text, "utf-8")
    return folder


def serve(pages: Path, story: Callable[[Client], Awaitable[None]]) -> None:
    """Let the story talk to a sandbox of these pages."""

    async def run() -> None:
        async with TestClient(TestServer(application(State(pages=pages)))) as client:
            await story(client)

    asyncio.run(run())


async def get(client: Client, path: str, **more: Any) -> ClientResponse:
    response: ClientResponse = await client.get(f"/pub.example{path}", allow_redirects=False, **more)
    return response


async def show(client: Client, publisher: str, case: str) -> Any:
    return await (await client.post("/_sandbox/show", json={"publisher": publisher, "case": case})).json()


def test_page_has_its_recorded_status_headers_and_body(tmp_path: Path) -> None:
    put(tmp_path, "list", "[1]", ".json", url="/api", status=206, headers={"X-WP-TotalPages": "3", "Link": "<x>"})
    put(tmp_path, "feed", "BEGIN", ".ics", url="/feed.ics", headers={"content-type": "text/calendar"})

    async def story(client: Client) -> None:
        answer = await get(client, "/api")
        assert (answer.status, await answer.text()) == (206, "[1]")
        sent = {name: answer.headers[name] for name in ("X-WP-TotalPages", "Link", "Content-Type")}
        assert sent == {"X-WP-TotalPages": "3", "Link": "<x>", "Content-Type": "application/json"}
        assert (await get(client, "/feed.ics")).headers["Content-Type"] == "text/calendar"

    serve(tmp_path, story)


def test_query_counts_in_any_order_and_unknown_addresses_are_404(tmp_path: Path) -> None:
    put(tmp_path, "one", "one", url="/p?a=1&b=x%20y")
    put(tmp_path, "two", "two", url="/p?a=2&b=x%20y")

    async def story(client: Client) -> None:
        assert await (await get(client, "/p?b=x+y&a=1")).text() == "one"
        assert await (await get(client, "/p?a=2&b=x%20y")).text() == "two"
        for unknown in ("/p", "/p?a=1", "/p?a=1&b=x%20y&c=1", "/p/", "/"):
            assert (await get(client, unknown)).status == 404, unknown
        assert "Allow: /" in await (await get(client, "/robots.txt")).text()

    serve(tmp_path, story)


def test_posts_are_distinguished_by_body(tmp_path: Path) -> None:
    put(tmp_path, "form", "form", url="/q", method="POST", body="page=1&kind=a")
    put(tmp_path, "json", "json", url="/q", method="POST", body='{"page": 1, "kind": "a"}')

    async def story(client: Client) -> None:
        async def post(body: str) -> ClientResponse:
            answer: ClientResponse = await client.post("/pub.example/q", data=body)
            return answer

        assert await (await post("kind=a&page=1")).text() == "form"
        assert await (await post('{"kind":"a","page":1}')).text() == "json"
        assert (await post("page=2")).status == 404
        assert (await get(client, "/q")).status == 404

    serve(tmp_path, story)


def test_answer_changes_after_so_many_requests_and_by_show(tmp_path: Path) -> None:
    put(tmp_path, "a-first", "first")
    put(tmp_path, "b-other", "other")
    put(tmp_path, "then", "then", after=2)

    async def story(client: Client) -> None:
        async def texts(number: int) -> list[str]:
            return [await (await get(client, "/")).text() for _ in range(number)]

        assert await texts(4) == ["first", "first", "then", "then"]
        assert await show(client, "pub_quiz", "b-other") == {"url": f"{SITE}/"}
        assert await texts(2) == ["other", "other"]
        known = "it has a-first, b-other, then."
        assert await show(client, "pub_quiz", "c") == {"error": f"pub_quiz has no case 'c'; {known}"}
        refused = await show(client, "quizmeisters", "listing")
        assert refused["error"].startswith("'quizmeisters' is not served from recorded pages; pub_quiz, ")
        await client.post("/_sandbox/reset", json={})
        assert await texts(3) == ["first", "first", "then"]

    serve(tmp_path, story)


def test_redirect_leads_to_the_page(tmp_path: Path) -> None:
    put(tmp_path, "page", "page", url="/old", redirects_to=f"{SITE}/new")

    async def story(client: Client) -> None:
        answer = await get(client, "/old")
        assert (answer.status, answer.headers["Location"]) == (301, f"{SITE}/new")
        assert await (await get(client, "/new")).text() == "page"

    serve(tmp_path, story)


def test_dates_are_counted_from_the_real_day(tmp_path: Path) -> None:
    put(tmp_path, "page", "{{today+7:%Y-%m-%d}}", url="/from/{{today:%Y-%m-%d}}")
    before = datetime.now(UTC).date()

    async def story(client: Client) -> None:
        answer = await get(client, f"/from/{before}")
        if datetime.now(UTC).date() == before:
            assert await answer.text() == str(before + timedelta(7))

    serve(tmp_path, story)


PAGE = r"""<img src="/a.jpg"><img data-src="b.png?w=9" src="data:image/gif;base64,R0"><img src="/media?id=7&amp;w=1">
<img srcset="/c.webp 1x, /d.webp 2x"><a href="photo of a pub.JPG">x</a><meta property="og:image" content="/share">
<script type="application/ld+json">{"image": "https:\/\/cdn.example\/e.avif"}</script><a href="/jpg">no image</a>"""
NAMED = ("a.jpg", "b.png?w=9", "b.png", "media?id=7&w=1", "c.webp", "d.webp", "photo%20of%20a%20pub.JPG", "share")


def test_images_named_by_page_are_drawn(tmp_path: Path) -> None:
    put(tmp_path, "page", PAGE)
    event = {"publisher_id": "7", "venue": {"name": "Pub"}, "performer": {"name": "Ro", "image_url": f"{SITE}/host/7"}}
    event["image_urls"] = [f"{SITE}/hero/7"]
    case = put(tmp_path, "listed", "[]", ".json", url="/api")
    (case / "expected.json").write_text(json.dumps({"found": [{"request": {"events": [event]}}]}))

    async def story(client: Client) -> None:
        for path in (*NAMED, "host/7", "hero/7"):
            answer = await get(client, f"/{path}")
            assert answer.status == 200, path
            Image.open(BytesIO(await answer.read())).verify()
        assert (await client.get("/cdn.example/e.avif")).headers["Content-Type"] == "image/avif"
        for unknown in ("/z.jpg", "/media?id=8", "/jpg"):
            assert (await get(client, unknown)).status == 404, unknown
        shown = [each for each in await (await client.get("/_sandbox/images")).json() if each["venue"] == "7"]
        assert {each["kind"]: each["url"] for each in shown} == {
            "hero": f"{SITE}/hero/7",
            "performer": f"{SITE}/host/7",
        }
        before = await (await get(client, "/media?id=7&w=1")).read()
        await client.post("/_sandbox/change", json={"urls": [f"{SITE}/media?id=7&w=1"]})
        assert await (await get(client, "/media?id=7&w=1")).read() != before

    serve(tmp_path, story)


def test_written_pages_are_served_without_a_restart(tmp_path: Path) -> None:
    async def story(client: Client) -> None:
        assert (await get(client, "/")).status == 404
        case = put(tmp_path, "page", '<img src="/new.jpg">')
        assert (await get(client, "/")).status == 200
        assert (await get(client, "/new.jpg")).status == 200
        (case / "meta.json").write_text("{}")
        answer = await get(client, "/")
        assert answer.status == 500
        assert "pub_quiz/page/meta.json: url: Field required." in await answer.text()
        put(tmp_path, "page", "again")
        assert await (await get(client, "/")).text() == "again"

    serve(tmp_path, story)


def test_wrong_pages_end_the_start_with_one_sentence(tmp_path: Path) -> None:
    put(tmp_path, "page", "{{today}}")
    with pytest.raises(CaseError, match=r"body\.html has \{\{today\}\}; a date is written as "):
        State(pages=tmp_path)


def test_recorded_publishers_have_no_venue_to_move(tmp_path: Path) -> None:
    put(tmp_path, "page")
    with pytest.raises(Refused, match=r"^No publisher has a venue 'page'\.$"):
        State(pages=tmp_path).move("page", "hero", None)


def test_publishers_with_a_module_are_not_replayed(tmp_path: Path) -> None:
    put(tmp_path, "page").parent.rename(tmp_path / "quizmeisters")
    put(tmp_path, "page").parent.rename(tmp_path / "images")  # a module, but not of a publisher
    assert [folder.name for folder in State(pages=tmp_path).recorded] == ["images", "corner_quiz"]
