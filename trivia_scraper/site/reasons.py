"""Why an image failed or was kept, for people. Pages show the code's own word beside it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus

from trivia_scraper.images.policy import Reason, Status

_FAILED: dict[str, str] = {
    Reason.TIMEOUT: "the server took too long",
    Reason.NETWORK: "no connection to the server",
    Reason.REDIRECT: "redirected in circles, to nowhere or to another page",
    Reason.REFUSED_URL: "the page names something that is not a web address",
    Reason.REFUSED_ADDRESS: "the address leads into a private network",
    Reason.ROBOTS: "robots.txt forbids it, or could not be read",
    Reason.NOT_AN_IMAGE: "something that is not an image",
    Reason.FORMAT: "an image in a format that is not kept",
    Reason.TOO_LARGE: "an image that is too large",
    Reason.TOO_SMALL: "an image that is too small",
    Reason.TRUNCATED: "an image that is cut short or damaged",
    Reason.UNNAMED: "the page does not name the image any more",
    Reason.PLACEHOLDER: "a placeholder instead of the pub’s own image",
    Reason.PATH_TAKEN: "another image of the run has the same place in the store",
    Reason.STOPPED: "the run was stopped first",
    Reason.STORAGE: "the image could not be stored on this side",
    Reason.HOOK: "an error in this program",
}
_PAGE_FAILED: dict[str, str] = {
    "not_readable": "a page that cannot be parsed",
    "not_text": "something that is not a page",
    Reason.TOO_LARGE: "a page that is too large",
    Reason.TRUNCATED: "a page that is cut short",
    Reason.HOOK: "an error in this program",
}
_UPTODATE: dict[str, str] = {
    Reason.FRESH: "not due yet",
    Reason.PINNED: "pinned by an operator",
    Reason.ADOPTED: "found in the store",
    Reason.NOT_MODIFIED: "confirmed by the server",
    Reason.UNCHANGED: "downloaded again, the same",
}
_ANSWERS = {403: "the server refuses to send it", 404: "the image is not there any more", 410: "the image was removed",
            429: "the server asks for fewer requests"}  # fmt: skip
_BYTES = re.compile(r"(?<=^the bytes begin with )b(?=['\"])")  # as earlier versions stored them
_WEB_PAGE = re.compile(
    r"^(?:a web page|the bytes begin with b?['\"](?:\\[nrt]|\\x[0-9a-f]{2}|\s)*<(?:!doctype h|!--|html|head|body))",
    re.IGNORECASE,
)
_CAUSES = re.compile(r"(?<=images failed )\([^()]*\)")
_CAUSE = re.compile(r"(\w+) (\d+)")
A_WEB_PAGE = "a web page instead of an image"


def failure(reason: str, found: Iterable[str | None] = ()) -> str:
    """Return why images failed. found: what was found of each; it distinguishes web pages from other things."""
    if reason == Reason.NOT_AN_IMAGE:
        are_pages = [bool(_WEB_PAGE.search(each or "")) for each in found]
        return A_WEB_PAGE if are_pages and all(are_pages) else _FAILED[reason]
    if reason.startswith("http_"):
        return _answer(reason.removeprefix("http_"))
    return _FAILED.get(reason, reason)


def page_failure(reason: str) -> str:
    """Return why pages could not be read."""
    if reason == "http_404":
        return "the page is not there any more"
    return _PAGE_FAILED.get(reason) or failure(reason)


def verdict(text: str) -> str:
    """Return a reason of a verdict with words for why images failed: "3 × the server took too long" for "timeout 3"."""
    return _CAUSES.sub(lambda causes: _CAUSE.sub(lambda cause: f"{cause[2]} × {failure(cause[1])}", causes[0]), text)


def detail(reason: str, found: str | None) -> str | None:
    """Return what was found of a failed image, or None if the words for the reason say it."""
    if found is None or found == reason.replace("http_", "HTTP "):
        return None
    return "a web page, not an image" if _WEB_PAGE.search(found) else _BYTES.sub("", found)


def _answer(code: str) -> str:
    try:
        status = HTTPStatus(int(code))
    except ValueError:
        return f"the server answered HTTP {code}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "the server had an error"
    return _ANSWERS.get(status, f"the server answered “{status.phrase}”")


def outcome(status: str | None, reason: str | None) -> str:
    """Return what became of an image the last time that it was due."""
    if status is None or reason is None:
        return "not known"
    if status == Status.FAILED:
        return f"failed: {failure(reason)}"
    return "downloaded" if status == Status.DOWNLOADED else _UPTODATE.get(reason, reason)
