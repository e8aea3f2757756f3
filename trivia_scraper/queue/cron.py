"""Reads the setting QUEUE_PLANS: which publishers the workers crawl, and when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from typing import Annotated, Any

from croniter import croniter
from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError

from trivia_scraper.cli.command import suggest
from trivia_scraper.errors import UsageError
from trivia_scraper.spiders.arguments import SpiderArguments


def check_arguments(arguments: dict[str, str]) -> dict[str, str]:
    """Return the arguments. Raise UsageError if a job cannot crawl with them."""
    SpiderArguments.parse(arguments)
    if "_job" in arguments:
        raise UsageError("remove the spider argument _job: the queue sets it.")
    return arguments


def _check_cron(value: str) -> str:
    if len(value.split()) != 5 or not croniter.is_valid(value):
        raise ValueError("write five fields, like 30 3 * * *")
    return value


def _check_entry_arguments(arguments: dict[str, str]) -> dict[str, str]:
    try:
        return check_arguments(arguments)
    except UsageError as error:
        raise ValueError(str(error)) from None  # pydantic adds the number of the entry


class CronEntry(BaseModel):
    """An entry of QUEUE_PLANS. cron: five fields, in UTC. arguments: for the spider."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    publisher: str
    cron: Annotated[str, AfterValidator(_check_cron)]
    arguments: Annotated[dict[str, str], AfterValidator(_check_entry_arguments)] = {}

    @property
    def key(self) -> str:
        """Return a key that is the same on all machines with the same entry."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


def read_cron_entries(given: Any, publishers: Collection[str]) -> list[CronEntry]:
    """Read the setting, a list or JSON. Raise UsageError if it is invalid."""
    try:
        entries = json.loads(given) if isinstance(given, str) else given
    except ValueError as error:
        raise UsageError(f"the setting QUEUE_PLANS is not a list in JSON: {error}.") from None
    _check_shards(entries)
    try:
        cron_entries = TypeAdapter(list[CronEntry]).validate_python(entries)
    except ValidationError as error:
        first = error.errors()[0]
        found = str(first.get("ctx", {}).get("error", first["msg"])).rstrip(".")
        raise UsageError(f"the setting QUEUE_PLANS is wrong{_where(first['loc'])}: {found}{_end(found)}") from None
    for number, entry in enumerate(cron_entries, 1):
        if entry.publisher not in publishers:
            hint = suggest(entry.publisher, publishers)
            raise UsageError(
                f"the setting QUEUE_PLANS is wrong in entry {number}: there is no publisher {entry.publisher!r}{hint}"
            )
    if len({entry.key for entry in cron_entries}) < len(cron_entries):
        raise UsageError("the setting QUEUE_PLANS has the same entry twice; remove one.")
    return cron_entries


def _where(location: Iterable[str | int]) -> str:
    """Return the place of an error in words, like " in entry 1, cron"."""
    parts = [f"entry {part + 1}" if isinstance(part, int) else part for part in location]
    return f" in {', '.join(parts)}" if parts else ""


def _end(sentence: str) -> str:
    return "" if sentence.endswith("?") else "."


def _check_shards(entries: Any) -> None:
    for number, entry in enumerate(entries if isinstance(entries, list) else (), 1):
        if isinstance(entry, dict) and "shards" in entry:
            raise UsageError(
                f'remove "shards" from entry {number} of the setting QUEUE_PLANS: one job crawls a whole publisher.'
            )
