"""Finds the reason of a failed image from the exception of a download, an answer or a hook."""

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
from trivia_scraper.downloader.pages import reword_size_error
from trivia_scraper.downloader.shutdown import StoppedError
from trivia_scraper.images.ledger import SupersededError
from trivia_scraper.images.policy import ImageError, Reason, make_http_reason

logger = logging.getLogger(__name__)
Failure: Any = _Failure  # Twisted's class has no type hints

# Exception, reason, and the text to show if Scrapy's own is empty or only a class name.
_FAILURES: tuple[tuple[type[Exception], str, str | None], ...] = (
    (DownloadTimeoutError, Reason.TIMEOUT, None),
    (CannotResolveHostError, Reason.NETWORK, "its host name has no address"),
    (ResponseDataLossError, Reason.TRUNCATED, "the answer is incomplete"),
    # The only reason for which Scrapy cancels a download here.
    (DownloadCancelledError, Reason.TOO_LARGE, "larger than IMAGES_MAXSIZE or DOWNLOAD_MAXSIZE allows"),
    (UnsupportedURLSchemeError, Reason.REFUSED_URL, None),
)
# Part of the text, and the reason. Scrapy's middlewares raise IgnoreRequest for all of these; only the texts differ.
_IGNORED = (
    ("robots.txt", Reason.ROBOTS),
    ("max redirections", Reason.REDIRECT),
    ("DOWNLOAD_MAXSIZE", Reason.TOO_LARGE),
)
ABSENT_REASONS = {"http_403", "http_404", "http_410", Reason.NOT_AN_IMAGE, Reason.FORMAT, Reason.TOO_LARGE}
"""Reasons for which another URL of the same image is tried."""
ITEM_REASONS = {Reason.STORAGE, Reason.PLACEHOLDER, Reason.PATH_TAKEN, Reason.HOOK}
"""Reasons that do not depend on the URL alone: another item may still get its image."""
FINAL_REASONS = ITEM_REASONS | {Reason.STOPPED}
"""Reasons for which no other URL is tried."""
COMPLETE_STATUSES = {200, 201, 203, 226}
"""Statuses of an answer with a whole image. Parts (206) are never requested."""


class DownloadFailedError(Exception):
    """Scrapy could not download a request. error: Scrapy's exception. reason: one of images/policy.py."""

    def __init__(self, error: Exception) -> None:
        self.reason, details = find_reason(error)
        super().__init__(details)
        self.error = error


class OtherImageError(Exception):
    """A better candidate has another shape than the request's URL states, and the image at that URL is missing."""


class FailedImage(ImageError, ImageException):
    """Raised by `media_failed`: Scrapy's exception with a reason of images/policy.py."""


def find_reason(error: BaseException | None) -> tuple[str, str]:
    """Return (reason, details) for an exception of a download. The reason is `network` if no other one fits."""
    details = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, HttpError):
        return make_http_reason(error.response.status), f"HTTP {error.response.status}"
    if isinstance(error, RequestRefusedError):
        return error.reason, details
    if isinstance(error, IgnoreRequest):
        return next((reason for mark, reason in _IGNORED if mark in details), Reason.NETWORK), reword_size_error(
            details
        )
    for kind, reason, text in _FAILURES:
        if isinstance(error, kind):
            return reason, text or details
    return Reason.NETWORK, details


def make_hook_failure(error: Exception) -> Any:
    """Log an exception of an overridden hook with its traceback, and return the failure of the image."""
    logger.error("An overridden hook of the image pipeline failed", exc_info=error)
    return Failure(ImageError(Reason.HOOK, f"{type(error).__name__}: {error}"))


def make_failure(error: Exception) -> Any:
    """Return the failure of an image for an exception that ended the work on it."""
    if isinstance(error, DownloadFailedError):
        return Failure(error.error)
    if isinstance(error, ImageError | StoppedError):
        return Failure(error)
    if isinstance(error, OSError | SupersededError):
        return Failure(ImageError(Reason.STORAGE, f"it could not be stored: {error}"))
    return make_hook_failure(error)


def drop_tracebacks(error: BaseException | None) -> None:
    """Drop the tracebacks of an error and of its causes: their frames keep the body of the answer in memory."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def make_answer_error(response: Response) -> ImageError:
    """Return the error for an answer that is neither a whole image (COMPLETE) nor an expected 304."""
    if 300 <= response.status < 400 and response.status != 304:
        target = (response.headers.get("Location") or b"nowhere").decode("utf-8", "replace")
        return ImageError(Reason.REDIRECT, f"HTTP {response.status} to {target!r}", response.status)
    return ImageError(make_http_reason(response.status), f"HTTP {response.status}", response.status)
