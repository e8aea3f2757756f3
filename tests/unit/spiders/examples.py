"""The spiders of docs/platforms.md, and their recorded answers in tests/unit/spiders/platforms/<spider>/<case>/.

body.*           the answer; its suffix gives the type
meta.json        url; headers; `listing`, the case that leads to it; `publisher_id` of a venue's page
expected.json    the requests and events that come out of it, what failed the run, and what was rejected

`python -m tests.unit.spiders.examples` prints the differences; with --write, they become what is expected.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from tests.support.paths import ROOT
from trivia_scraper.items import Event
from trivia_scraper.spiders.base import PublisherSpider

PAGE = ROOT / "docs" / "platforms.md"
FOLDER = Path(__file__).parent / "platforms"
SENT = "Mon, 30 Nov 2026 12:00:00 GMT"
"""The Date header of an answer whose meta.json has none."""
TYPES = {
    **{".html": "text/html; charset=utf-8", ".json": "application/json", ".xml": "application/xml; charset=utf-8"},
    **{".ics": "text/calendar; charset=utf-8", ".csv": "text/csv; charset=utf-8", ".gz": "application/gzip"},
}


def sources() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def spiders() -> dict[str, type[Any]]:
    """Run the code of the page, and return its spiders by name."""
    found = {}
    for source in sources():
        namespace: dict[str, Any] = {"__name__": "example"}
        exec(compile(source, str(PAGE), "exec"), namespace)
        (spider,) = (each for each in namespace.values() if _is_spider(each) and each.__module__ == "example")
        found[spider.name] = spider
    return found


def _is_spider(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, PublisherSpider)


def cases() -> list[Path]:
    return sorted(meta.parent for meta in FOLDER.glob("*/*/meta.json"))


def meta_of(case: Path) -> dict[str, Any]:
    meta: dict[str, Any] = json.loads((case / "meta.json").read_text("utf-8"))
    return meta


def body_of(case: Path) -> bytes:
    (body,) = case.glob("body.*")
    return body.read_bytes()


def response_of(case: Path, request: Request, body: bytes | None = None) -> Response:
    (path,) = case.glob("body.*")
    headers = Headers({"Content-Type": TYPES[path.suffix], "Date": SENT} | meta_of(case).get("headers", {}))
    response_class = responsetypes.from_args(headers=headers, url=request.url)
    return response_class(request.url, headers=headers, body=body or path.read_bytes(), request=request)


def read(case: Path, body: bytes | None = None) -> tuple[list[Any], Any]:
    """Return what the spider makes of a case, and the spider. body: instead of the recorded one."""
    meta = meta_of(case)
    if "listing" not in meta:
        spider = spiders()[case.parent.name]()
        return list(spider.parse(response_of(case, Request(meta["url"]), body))), spider
    listed, spider = read(case.parent / meta["listing"])
    (request,) = (each for each in listed if isinstance(each, Request) and each.url == meta["url"])
    assert request.callback is not None
    return list(request.callback(response_of(case, request, body), **request.cb_kwargs)), spider


def outcome(case: Path) -> dict[str, Any]:
    found, spider = read(case)
    return {
        "failures": spider.failures,
        "rejected": spider.rejected,
        "found": [
            {"request": each.url, "publisher_id": each.meta.get("publisher_id")}
            if isinstance(each, Request)
            else {"event": asdict(each)}
            for each in found
            if isinstance(each, Request | Event)
        ],
    }


def expected(case: Path) -> Any:
    return json.loads((case / "expected.json").read_text("utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.unit.spiders.examples", description=__doc__)
    parser.add_argument("--write", action="store_true", help="make what comes out what is expected")
    write = parser.parse_args().write
    for case in cases():
        path = case / "expected.json"
        before = path.read_text("utf-8") if path.exists() else ""
        now = json.dumps(outcome(case), indent=1, ensure_ascii=False) + "\n"
        sys.stdout.writelines(difflib.unified_diff(before.splitlines(True), now.splitlines(True), str(path), "now"))
        if write:
            path.write_text(now, "utf-8")


if __name__ == "__main__":
    main()
