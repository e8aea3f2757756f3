"""Encode host names outside ASCII as web browsers do."""

from __future__ import annotations

from urllib.parse import urlsplit


def with_ascii_host(url: str) -> str:
    """Return a URL with its host in ASCII, as browsers do it: by UTS 46 without transitional rules.

    Scrapy and Python follow IDNA 2003, in which "straße.example" becomes strasse.example, another site. A URL without
    such a host, or with one that cannot be encoded, is returned unchanged.
    """
    if url.isascii():
        return url
    try:
        parts = urlsplit(url)
        user, at, host = parts.netloc.rpartition("@")
        return parts._replace(netloc=user + at + _in_ascii(host)).geturl()
    except ValueError:
        return url


def _in_ascii(host: str) -> str:
    """Encode a host name as browsers do (UTS 46). Raises ValueError."""
    if host.isascii():
        return host
    import idna  # its tables take longer to load than the rest of this package

    host, colon, port = host.partition(":")
    # Not idna.encode: it refuses names that exist and that browsers open, like emoji.
    labels = idna.uts46_remap(host, std3_rules=False, transitional=False).split(".")
    ascii_labels = (each if each.isascii() else f"xn--{each.encode('punycode').decode()}" for each in labels)
    return ".".join(ascii_labels) + colon + port
