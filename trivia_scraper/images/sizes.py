"""Sizes of one picture under one name, as WordPress keeps them beside the upload."""

from __future__ import annotations

import re

_WORDPRESS_SIZE = re.compile(r"(/wp-content/uploads/[^?#]*)-[1-9][0-9]{0,4}x[1-9][0-9]{0,4}(\.[A-Za-z]{3,4})(?=[?#]|$)")


def addresses(url: str) -> list[str]:
    """Where the picture at `url` may be had, the largest first: the upload of which `url` names a size, which may be
    gone, then `url` itself."""
    original = _WORDPRESS_SIZE.sub(r"\1\2", url, count=1)
    return [url] if original == url else [original, url]
