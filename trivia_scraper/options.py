"""Settings that are more than one number, checked where several commands need them."""

from __future__ import annotations

from importlib.util import find_spec
from urllib.parse import urlsplit

from scrapy.settings import BaseSettings

from trivia_scraper.errors import UsageError

_MOST_DAYS = 36_500
# A setting that names recipients -> what else its action needs.
_NEEDED = {
    "SPIDERMON_EMAIL_TO": ("SPIDERMON_EMAIL_SENDER", "SPIDERMON_SMTP_HOST"),
    "SPIDERMON_SLACK_RECIPIENTS": ("SPIDERMON_SLACK_SENDER_TOKEN", "SPIDERMON_SLACK_SENDER_NAME"),
    "SPIDERMON_TELEGRAM_RECIPIENTS": ("SPIDERMON_TELEGRAM_SENDER_TOKEN",),
}
_PACKAGES = {
    "SPIDERMON_EMAIL_TO": ("premailer",),
    "SPIDERMON_SLACK_RECIPIENTS": ("slack_sdk",),
    "SPIDERMON_TELEGRAM_RECIPIENTS": ("requests",),
}


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


def webhook(settings: BaseSettings) -> None:
    """ALERT_WEBHOOK_URL, which may hold a secret. Raises UsageError."""
    if not settings["ALERT_WEBHOOK_URL"]:
        return
    try:
        parts = urlsplit(settings["ALERT_WEBHOOK_URL"])
        is_address = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # brackets, or a port that is none
        is_address = False
    if not is_address:
        raise UsageError("ALERT_WEBHOOK_URL takes an http(s) address; what it holds is none, and is not shown here.")


def monitors(settings: BaseSettings) -> None:
    """SPIDERMON_ENABLED, and what its actions need. Raises UsageError."""
    try:
        if not settings.getbool("SPIDERMON_ENABLED"):
            return
    except ValueError:
        raise UsageError("SPIDERMON_ENABLED takes True or False.") from None
    wanted = [setting for setting in _NEEDED if settings[setting]]
    packages = ["spidermon", *(package for setting in wanted for package in _PACKAGES.get(setting, ()))]
    if missing := [package for package in packages if find_spec(package) is None]:
        raise UsageError(
            f"SPIDERMON_ENABLED needs {missing[0]}, which is not installed: `pip install {' '.join(missing)}`."
        )
    for setting in wanted:
        if absent := [other for other in _NEEDED[setting] if not settings[other]]:
            raise UsageError(f"{setting} is set and {absent[0]} is not.")


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
