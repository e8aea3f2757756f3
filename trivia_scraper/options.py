"""Settings that are more than one number, checked where several commands need them."""

from __future__ import annotations

import re
from importlib.util import find_spec

from scrapy.settings import BaseSettings

from trivia_scraper.errors import UsageError
from trivia_scraper.extensions.send_alert import understands

_MOST_DAYS = 36_500
# Entries of ALERT_URLS. A comma may also stand inside a URL, so it separates only where a scheme follows.
_BETWEEN_URLS = re.compile(r"\s+|,+(?=[A-Za-z][A-Za-z0-9+.-]*://)|,+(?=\s|$)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,19}://")


def expected_every(settings: BaseSettings) -> dict[str, float | None]:
    """EXPECTED_EVERY_HOURS: publisher, or * for the rest -> hours, null when none is expected. Raises UsageError."""
    try:
        given = settings.getdict("EXPECTED_EVERY_HOURS")
        hours = {publisher: None if each is None else float(each) for publisher, each in given.items()}
        if not all(each is None or 0 < each < float("inf") for each in hours.values()):
            raise ValueError
    except (TypeError, ValueError):
        raise UsageError(
            'The setting EXPECTED_EVERY_HOURS takes hours by publisher, like {"*": 36, "pubquiz": 200, '
            f'"inquizition": null}}, not {settings["EXPECTED_EVERY_HOURS"]!r}.'
        ) from None
    return hours


def alert_urls(settings: BaseSettings) -> list[str]:
    """Return the URLs of ALERT_URLS, each once, unchecked."""
    given = settings["ALERT_URLS"] or ""
    text = " ".join(given) if isinstance(given, list | tuple) else str(given)
    return list(dict.fromkeys(url for url in _BETWEEN_URLS.split(text) if url))


def alerts(settings: BaseSettings) -> None:
    """Check ALERT_URLS, and that no setting is left of what it replaced. No sentence shows a URL.

    Raises UsageError.
    """
    for name in sorted(settings):
        if (name == "ALERT_WEBHOOK_URL" or name.startswith("SPIDERMON_")) and settings[name] not in (None, ""):
            raise UsageError(
                f"{name} has no effect any more: unset it, and set ALERT_URLS instead (docs/operations.md)."
            )
    urls = alert_urls(settings)
    if urls and find_spec("apprise") is None:
        raise UsageError("ALERT_URLS needs apprise, which is not installed: `pip install apprise`.")
    for number, url in enumerate(urls, 1):
        scheme = _SCHEME.match(url)
        if scheme is None or not understands(url):
            which = f"number {number} of {len(urls)} ({scheme[0] if scheme else 'it has no scheme'})"
            raise UsageError(
                f"ALERT_URLS takes Apprise URLs, like json://host/path. Apprise does not understand {which}; it is not "
                "shown, because it may hold a secret."
            )


def seconds(settings: BaseSettings, name: str) -> float:
    """A setting of a time that something may take. Raises UsageError."""
    try:
        number = settings.getfloat(name)
        if not 0 < number < float("inf"):
            raise ValueError
    except (TypeError, ValueError):
        raise UsageError(f"The setting {name} takes seconds, more than 0, not {settings[name]!r}.") from None
    return number


def days(settings: BaseSettings, name: str) -> float:
    """A setting of an age. Raises UsageError."""
    try:
        number = settings.getfloat(name)
        if not 0 <= number <= _MOST_DAYS:
            raise ValueError
    except (TypeError, ValueError):
        raise UsageError(f"The setting {name} takes days, 0 to {_MOST_DAYS}, not {settings[name]!r}.") from None
    return number
