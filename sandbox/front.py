"""The start page of the sandbox: links to the publishers, and how to crawl them."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from sandbox.publisher import Publisher


def crawl_command(server: str) -> str:
    """Return the command that crawls the sandbox at `server`, its address."""
    return f"SANDBOX_SERVER={server} scrapy crawl quizmeisters"


def front_page(publishers: Iterable[Publisher[Any]], server: str) -> str:
    starts = [escape(start) for each in publishers for start in each.starts]
    links = "\n".join(f'<li><a href="/{start}">{start}</a></li>' for start in starts)
    return f"""<!DOCTYPE html>
<html lang="en">
<head><title>The sandbox</title></head>
<body>
<h1>The sandbox</h1>
<p>Copies of the publishers' sites. A crawl begins at these pages:</p>
<ul>
{links}
</ul>
<p>To crawl the sandbox into a database that has no real venues:</p>
<pre>{escape(crawl_command(server))}</pre>
</body>
</html>
"""
