"""Why there is no new image: exceptions of downloads, answers and hooks, each with its Reason."""

from __future__ import annotations

import logging
from typing import Any

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from scrapy.pipelines.images import ImageException
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure as _Failure

from trivia_scraper.downloader.address_guard import RequestRefusedError
from trivia_scraper.downloader.pages import plain_size
from trivia_scraper.downloader.shutdown import StoppedError
from trivia_scraper.images.ledger import SupersededError
from trivia_scraper.images.policy import ImageError, Reason, http_reason

logger = logging.getLogger(__name__)
Failure: Any = _Failure  # Twisted's class has no type hints

# Words: where Scrapy's own text is a name of a class, or nothing.
_FAILURES: tuple[tuple[type[Exception], str, str | None], ...] = (
    (DownloadTimeoutError, Reason.TIMEOUT, None),
    (CannotResolveHostError, Reason.NETWORK, "its host has no address"),
    (ResponseDataLossError, Reason.TRUNCATED, "the answer ended before its end"),
    # Scrapy cancels at DOWNLOAD_MAXSIZE and for nothing else here.
    (DownloadCancelledError, Reason.TOO_LARGE, "larger than IMAGES_MAXSIZE or DOWNLOAD_MAXSIZE allows"),
    (UnsupportedURLSchemeError, Reason.REFUSED_URL, None),
)
# Scrapy's own middlewares differ for these in their texts only.
_IGNORED = (
    ("robots.txt", Reason.ROBOTS),
    ("max redirections", Reason.REDIRECT),
    ("DOWNLOAD_MAXSIZE", Reason.TOO_LARGE),
)
ABSENT = {"http_403", "http_404", "http_410", Reason.NOT_AN_IMAGE, Reason.FORMAT, Reason.TOO_LARGE}
"""Reasons for which another URL of the same image is tried."""
NOT_OF_THE_URL = {Reason.STORAGE, Reason.PLACEHOLDER, Reason.PATH_TAKEN, Reason.HOOK}
"""Reasons that say nothing of a URL: another item may have its image all the same."""
FINAL = NOT_OF_THE_URL | {Reason.STOPPED}
"""Reasons for which no other URL is tried."""
COMPLETE = {200, 201, 203, 226}
"""Statuses of an answer that holds the whole image. A part (206) is never asked for."""


class DownloadFailedError(Exception):
    """Scrapy could not download a request: `error` is its exception, `reason` that of images/policy.py."""

    def __init__(self, error: Exception) -> None:
        self.reason, found = reason_of(error)
        super().__init__(found)
        self.error = error


class OtherImageError(Exception):
    """A better candidate has another shape than the image of the request's own URL, which is missing."""


class FailedImage(ImageError, ImageException):
    """What `media_failed` raises: Scrapy's exception with one reason of images/policy.py."""


def reason_of(error: BaseException | None) -> tuple[str, str]:
    """Return (reason, what was found) for an exception from a download; `network` for all that has no other name."""
    found = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, HttpError):
        return http_reason(error.response.status), f"HTTP {error.response.status}"
    if isinstance(error, RequestRefusedError):
        return error.reason, found
    if isinstance(error, IgnoreRequest):
        return next((reason for mark, reason in _IGNORED if mark in found), Reason.NETWORK), plain_size(found)
    for kind, reason, words in _FAILURES:
        if isinstance(error, kind):
            return reason, words or found
    return Reason.NETWORK, found


def failure_of_hook(error: Exception) -> Any:
    """Log an exception of an overridden hook with its traceback, and return the failure of the image."""
    logger.error("An overridden hook of the image pipeline failed", exc_info=error)
    return Failure(ImageError(Reason.HOOK, f"{type(error).__name__}: {error}"))


def failure_of(error: Exception) -> Any:
    """Return the failure of an image for an exception that ended the work on it."""
    if isinstance(error, DownloadFailedError):
        return Failure(error.error)
    if isinstance(error, ImageError | StoppedError):
        return Failure(error)
    if isinstance(error, OSError | SupersededError):
        return Failure(ImageError(Reason.STORAGE, f"it could not be stored: {error}"))
    return failure_of_hook(error)


def drop_tracebacks(error: BaseException | None) -> None:
    """Drop those of an error and of what led to it: their frames hold the body of the answer."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def error_of_answer(response: Response) -> ImageError:
    """Return the error for an answer that is neither a whole image (COMPLETE) nor a 304 that was asked for."""
    if 300 <= response.status < 400 and response.status != 304:
        target = (response.headers.get("Location") or b"nowhere").decode("utf-8", "replace")
        return ImageError(Reason.REDIRECT, f"HTTP {response.status} to {target!r}", response.status)
    return ImageError(http_reason(response.status), f"HTTP {response.status}", response.status)
