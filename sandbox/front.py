"""The sandbox's own page, for a person who opens its address: where the publishers are, and how to crawl them."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from sandbox.publisher import Publisher


def crawling(server: str) -> str:
    """Return what to type. server: the sandbox's own address."""
    return f"SANDBOX_SERVER={server} scrapy crawl quizmeisters"


def front_page(publishers: Iterable[Publisher[Any]], server: str) -> str:
    starts = [escape(start) for each in publishers for start in each.starts]
    links = "\n".join(f'<li><a href="/{start}">{start}</a></li>' for start in starts)
    return f"""<!DOCTYPE html>
<html lang="en">
<head><title>The sandbox</title></head>
<body>
<h1>The sandbox</h1>
<p>Stand-ins for the sites of publishers. Of these pages a crawl asks first:</p>
<ul>
{links}
</ul>
<p>A crawl of it, into a store that has nothing of the real sites:</p>
<pre>{escape(crawling(server))}</pre>
</body>
</html>
"""
