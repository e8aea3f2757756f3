"""What one site is asked for, divided among the crawls that share a publisher: more machines never mean more load."""

from __future__ import annotations

from typing import Any

from scrapy.settings import BaseSettings

# AutoThrottle's target is a number of requests under way; its delays are seconds.
_SECONDS = ("DOWNLOAD_DELAY", "AUTOTHROTTLE_START_DELAY", "AUTOTHROTTLE_MAX_DELAY")


def divide(settings: BaseSettings, shards: int) -> None:
    """Each of so many shards waits that many times as long between two requests to one host, and has at most its share
    of the requests under way to it, though one at the least. A delay from the command line is the site's, too."""
    for name in _SECONDS:
        _set(settings, name, settings.getfloat(name) * shards)
    _set(settings, "AUTOTHROTTLE_TARGET_CONCURRENCY", settings.getfloat("AUTOTHROTTLE_TARGET_CONCURRENCY") / shards)
    name = "CONCURRENT_REQUESTS_PER_DOMAIN"
    _set(settings, name, _share(settings.getint(name), shards))
    slots = settings.getdict("DOWNLOAD_SLOTS")
    _set(settings, "DOWNLOAD_SLOTS", {host: _divided(slot, shards) for host, slot in slots.items()})


def _divided(slot: dict[str, Any], shards: int) -> dict[str, Any]:
    divided = dict(slot)
    if "delay" in slot:
        divided["delay"] = float(slot["delay"]) * shards
    if "concurrency" in slot:
        divided["concurrency"] = _share(int(slot["concurrency"]), shards)
    return divided


def _share(concurrency: int, shards: int) -> int:
    return max(1, concurrency // shards)


def _set(settings: BaseSettings, name: str, value: Any) -> None:
    settings.set(name, value, priority=settings.getpriority(name) or 0)
