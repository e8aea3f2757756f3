"""Read URLs of pages. Pure. Bad input gives None or an unusable URL, never an error."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from w3lib.url import safe_url_string

from trivia_scraper.parsing.hosts import with_ascii_host
from trivia_scraper.parsing.text import clean, read_number

# Absolute, encoded, without credentials. Most URLs are like this, and need none of the slow steps below.
_SAFE_ADDRESS = re.compile(r"https?://[a-z0-9.-]+/(?:[\w.~/-]|%[0-9A-Fa-f]{2})*", re.ASCII)


def make_absolute(base: str, address: str) -> str:
    """Resolve a link of the page `base`: absolute, percent-encoded once, without credentials."""
    if _SAFE_ADDRESS.fullmatch(address):
        return address
    try:
        return _without_credentials(urlsplit(safe_url_string(with_ascii_host(urljoin(base, address)))))
    except ValueError:
        return clean(address) or ""


def read_link(value: Any) -> str | None:
    """Return an absolute http(s) URL without credentials. None if it has no host, like "#"."""
    text = clean(value)
    if text is None or " " in text:
        return None
    try:
        parts = urlsplit(f"https:{text}" if text.startswith("//") else text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return None
    return _without_credentials(parts)


# "www.pub.com", "pub.co.uk/quiz"; but not "info@pub.com", "n/a", "8.pm", or the file "menu.pdf".
_BARE = re.compile(
    r"(?=\S*?[^\W\d_]\S*?\.)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?!(?:html?|php|aspx?|jsp|pdf|jpe?g|png|gif|webp|svg|docx?)\b)[^\W\d_]{2,24}"
    r"(?::\d{2,5})?(?:[/?#]\S*)?",
    re.IGNORECASE,
)


def site_link(value: Any) -> str | None:
    """Return the address of a web site, as `read_link` does. "www.pub.com" without a scheme is https."""
    text = clean(value)
    return read_link(f"https://{text}" if text and _BARE.fullmatch(text) else text)


def sort_by_network(links: Iterable[Any]) -> dict[str, str]:
    """Return the first link of each kind: "facebook", "instagram", "other" (networks and maps) and "website"."""
    found: dict[str, str] = {}
    for link in filter(None, map(site_link, links)):
        host = (urlsplit(link).hostname or "").removeprefix("www.").removeprefix("m.")
        found.setdefault(_NETWORKS.get(host, "website"), link)
    return found


_NETWORKS = {
    **{"facebook.com": "facebook", "fb.com": "facebook", "fb.me": "facebook", "instagram.com": "instagram"},
    **dict.fromkeys(("twitter.com", "x.com", "tiktok.com", "youtube.com", "linkedin.com", "goo.gl"), "other"),
    **dict.fromkeys(("google.com", "maps.google.com", "maps.apple.com", "maps.app.goo.gl"), "other"),
}


def pick_largest(srcset: str) -> str | None:
    """Return the URL of the widest (300w) or densest (2x) candidate of a srcset, the first of equal ones."""
    sizes: dict[str, float] = {}
    for candidate in re.split(r"(?<=\d[wx]),|,\s", srcset):
        address, *size = candidate.strip().rstrip(",").split() or [""]
        if address:
            sizes.setdefault(address, (read_number(size[0][:-1]) or 0) if size else 1)
    return max(sizes, key=lambda address: sizes[address], default=None)


def _without_credentials(parts: SplitResult) -> str:
    """Remove user name and password from a URL, so that they are never stored, logged or sent."""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
