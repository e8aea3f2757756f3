"""What a failed request is called: an exception from the downloader or a middleware -> a word of images/policy.py."""

from __future__ import annotations

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.spidermiddlewares.httperror import HttpError

from trivia_scraper.downloader.address_guard import RefusedError

# Words: where Scrapy's own text is a name of a class, or nothing.
_FAILURES: tuple[tuple[type[Exception], str, str | None], ...] = (
    (DownloadTimeoutError, "timeout", None),
    (CannotResolveHostError, "network", "its host has no address"),
    (ResponseDataLossError, "truncated", "the answer ended before its end"),
    # Scrapy cancels at DOWNLOAD_MAXSIZE and for nothing else here.
    (DownloadCancelledError, "too_large", "larger than IMAGES_MAXSIZE or DOWNLOAD_MAXSIZE allows"),
    (UnsupportedURLSchemeError, "refused_url", None),
    (ValueError, "redirect", None),  # Scrapy's redirects trip over a Location that is not an address
)
# Scrapy's own middlewares tell these apart in their texts only.
_IGNORED = (("robots.txt", "robots"), ("max redirections", "redirect"), ("DOWNLOAD_MAXSIZE", "too_large"))


def reason_of(error: BaseException | None) -> tuple[str, str]:
    """Return (reason, what was found) for an exception from a download; "network" for all that has no other name."""
    found = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, HttpError):
        return f"http_{error.response.status}", f"HTTP {error.response.status}"
    if isinstance(error, RefusedError):
        return error.reason, found
    if isinstance(error, IgnoreRequest):
        return next((reason for mark, reason in _IGNORED if mark in found), "network"), found
    for kind, reason, words in _FAILURES:
        if isinstance(error, kind):
            return reason, words or found
    return "network", found
