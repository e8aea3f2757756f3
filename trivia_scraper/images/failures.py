"""Name the reason of a failed request: an exception from the downloader or a middleware -> a Reason."""

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

from trivia_scraper.downloader.address_guard import RequestRefusedError
from trivia_scraper.images.policy import Reason, http_reason

# Words: where Scrapy's own text is a name of a class, or nothing.
_FAILURES: tuple[tuple[type[Exception], str, str | None], ...] = (
    (DownloadTimeoutError, Reason.TIMEOUT, None),
    (CannotResolveHostError, Reason.NETWORK, "its host has no address"),
    (ResponseDataLossError, Reason.TRUNCATED, "the answer ended before its end"),
    # Scrapy cancels at DOWNLOAD_MAXSIZE and for nothing else here.
    (DownloadCancelledError, Reason.TOO_LARGE, "larger than IMAGES_MAXSIZE or DOWNLOAD_MAXSIZE allows"),
    (UnsupportedURLSchemeError, Reason.REFUSED_URL, None),
    (ValueError, Reason.REDIRECT, None),  # Scrapy's redirects trip over a Location that is not an address
)
# Scrapy's own middlewares tell these apart in their texts only.
_IGNORED = (
    ("robots.txt", Reason.ROBOTS),
    ("max redirections", Reason.REDIRECT),
    ("DOWNLOAD_MAXSIZE", Reason.TOO_LARGE),
)


def reason_of(error: BaseException | None) -> tuple[str, str]:
    """Return (reason, what was found) for an exception from a download; `network` for all that has no other name."""
    found = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, HttpError):
        return http_reason(error.response.status), f"HTTP {error.response.status}"
    if isinstance(error, RequestRefusedError):
        return error.reason, found
    if isinstance(error, IgnoreRequest):
        return next((reason for mark, reason in _IGNORED if mark in found), Reason.NETWORK), found
    for kind, reason, words in _FAILURES:
        if isinstance(error, kind):
            return reason, words or found
    return Reason.NETWORK, found
