"""QUEUE_PLANS: which publishers the workers plan by the clock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import Annotated, Any

from croniter import croniter
from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError

from trivia_scraper.errors import UsageError
from trivia_scraper.spiders.arguments import SpiderArguments


def check_arguments(arguments: dict[str, str]) -> dict[str, str]:
    """Return the arguments. Raise UsageError when a job cannot crawl with them."""
    SpiderArguments.parse(arguments)
    if "_job" in arguments:
        raise UsageError("The queue sets the spider argument _job itself.")
    return arguments


def _check_cron(value: str) -> str:
    if len(value.split()) != 5 or not croniter.is_valid(value):
        raise ValueError("five fields, like 30 3 * * *")
    return value


class Plan(BaseModel):
    """cron: five fields, in UTC. arguments: of the spider."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    publisher: str
    cron: Annotated[str, AfterValidator(_check_cron)]
    arguments: Annotated[dict[str, str], AfterValidator(check_arguments)] = {}

    @property
    def key(self) -> str:
        """Return a key that is the same on every machine that is given the same plan."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


def read_plans(given: Any, publishers: Collection[str]) -> list[Plan]:
    """Read the setting, a list or JSON. Raise UsageError when it is wrong."""
    try:
        entries = json.loads(given) if isinstance(given, str) else given
        _check_shards(entries)
        plans = TypeAdapter(list[Plan]).validate_python(entries)
    except ValidationError as error:
        first = error.errors()[0]
        where = ", ".join(f"entry {part + 1}" if isinstance(part, int) else str(part) for part in first["loc"])
        takes = first.get("ctx", {}).get("error", first["msg"])
        raise UsageError(f"the setting QUEUE_PLANS is wrong at {where or 'its beginning'}: {takes}.") from None
    except ValueError as error:
        raise UsageError(f"the setting QUEUE_PLANS is no JSON list: {error}.") from None
    for plan in plans:
        if plan.publisher not in publishers:
            raise UsageError(f"the setting QUEUE_PLANS names {plan.publisher!r}, which is no publisher.")
    if len({plan.key for plan in plans}) < len(plans):
        raise UsageError("the setting QUEUE_PLANS has one plan twice.")
    return plans


def _check_shards(entries: Any) -> None:
    for number, entry in enumerate(entries if isinstance(entries, list) else (), 1):
        if isinstance(entry, dict) and "shards" in entry:
            raise UsageError(
                f'Remove "shards" from entry {number} of the setting QUEUE_PLANS: one job crawls a whole publisher.'
            )
