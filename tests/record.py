"""Recorded pages: a case is a folder tests/pages/<publisher>/<case>/ with

    body.json, .html, ..     what the publisher answered
    meta.json                url; `listing`, the case that leads to it, unless the spider begins with it; and for a
                             venue's page its `publisher_id`
    expected.json            every request and event that comes out of it, in order, and what failed the run

`python -m tests.record CASE_DIR...` prints what comes out now and is not what is expected, for review; with --write it
becomes what is expected.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from trivia_scraper import settings as project

PAGES = Path(__file__).parent / "pages"
CONTENT_TYPES = {
    ".json": "application/json",
    ".js": "application/javascript",
    ".html": "text/html; charset=utf-8",
    ".xml": "application/rss+xml; charset=UTF-8",
    ".pdf": "application/pdf",
}


def spiders() -> dict[str, Any]:
    """Every publisher's spider class by its name."""
    settings = Settings()
    settings.setmodule(project)
    loader = SpiderLoader.from_settings(settings)
    return {name: loader.load(name) for name in loader.list()}


def cases() -> list[Path]:
    return sorted(meta.parent for meta in PAGES.glob("*/*/meta.json"))


def meta_of(case: Path) -> dict[str, str]:
    meta: dict[str, str] = json.loads((case / "meta.json").read_text("utf-8"))
    return meta


def expected(case: Path) -> Any:
    return json.loads((case / "expected.json").read_text("utf-8"))


def run(case: Path) -> dict[str, Any]:
    """What a spider without a crawler makes of the page, in the shape of expected.json."""
    found, spider = _read(case)
    return {"failures": spider.failures, "found": [_described(each) for each in found]}


def _read(case: Path) -> tuple[list[Any], Any]:
    meta = meta_of(case)
    if "listing" not in meta:
        spider = spiders()[case.parent.name]()
        return list(spider.parse(_response(case, Request(meta["url"])))), spider
    listed, spider = _read(case.parent / meta["listing"])
    wanted = meta.get("publisher_id"), meta["url"]
    (request,) = (
        each for each in listed if isinstance(each, Request) and (each.meta.get("publisher_id"), each.url) == wanted
    )
    assert request.callback is not None
    visited: Iterable[Any] = request.callback(_response(case, request), **request.cb_kwargs)
    return list(visited), spider


def _response(case: Path, request: Request) -> Response:
    (body,) = case.glob("body.*")
    headers = Headers({"Content-Type": CONTENT_TYPES[body.suffix]})
    response_class = responsetypes.from_args(headers=headers, url=request.url)
    return response_class(request.url, headers=headers, body=body.read_bytes(), request=request)


def _described(found: Any) -> dict[str, Any]:
    if isinstance(found, Request):
        return {"request": {"url": found.url, "meta": found.meta, **_plain(found.cb_kwargs)}}
    return {"event": _plain(found)}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def as_text(outcome: Any) -> str:
    return json.dumps(outcome, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.record", description="Re-runs recorded pages.")
    parser.add_argument("case", nargs="+", type=Path)
    parser.add_argument("--write", action="store_true", help="make what comes out what is expected")
    arguments = parser.parse_args()
    for case in arguments.case:
        path = case.resolve() / "expected.json"
        before, now = path.read_text("utf-8") if path.exists() else "", as_text(run(path.parent))
        sys.stdout.writelines(
            difflib.unified_diff(before.splitlines(True), now.splitlines(True), str(path), "what comes out now", n=6)
        )
        if arguments.write:
            path.write_text(now, "utf-8")


if __name__ == "__main__":
    main()
