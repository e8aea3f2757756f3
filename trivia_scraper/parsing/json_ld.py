"""Read schema.org objects and their values from JSON-LD. Pure. Odd values give None or nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from itertools import islice
from typing import Any

from trivia_scraper.items import WEEKDAYS, Schedule
from trivia_scraper.parsing.schedule import read_rule, read_start
from trivia_scraper.parsing.schedule.dates import DAY_NAMES
from trivia_scraper.parsing.text import as_list, clean

Node = dict[str, Any]
MOST_NODES = 20_000
"""Objects of one page."""
_DAYS = dict(zip(DAY_NAMES, WEEKDAYS, strict=True))
_OFTEN = {
    **{"P1W": "WEEKLY", "P7D": "WEEKLY", "WEEKLY": "WEEKLY", "P1M": "MONTHLY", "MONTHLY": "MONTHLY", "P1D": "DAILY"},
    **dict.fromkeys(("P2W", "P14D", "BIWEEKLY"), "WEEKLY;INTERVAL=2"),
}


def parse_script(script: str) -> Any:
    """Parse a script, which may be in a comment and have line breaks in strings. Return None if it is not JSON."""
    with suppress(ValueError, RecursionError):
        return json.loads(script.strip().removeprefix("<!--").removesuffix("-->"), strict=False)
    return None


def list_nodes(values: Iterable[Any]) -> list[Node]:
    """Return the objects in parsed JSON, at most MOST_NODES + 1.

    A reference ({"@id": "#venue"}) is replaced by the object that has the id.
    """
    found = list(islice(_walk(list(values)), MOST_NODES + 1))
    known = {node["@id"]: node for node in found if len(node) > 1 and isinstance(node.get("@id"), str)}
    for node in found:
        node.update({key: _resolved(value, known) for key, value in node.items()})
    return [node for node in found if len(node) > 1]


def _walk(waiting: list[Any]) -> Iterator[Node]:
    """Yield each object, in the order of the text."""
    waiting.reverse()
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            value = [each for key, each in value.items() if key != "superEvent"]
        if isinstance(value, list):
            waiting.extend(reversed(value))


def _resolved(value: Any, known: dict[str, Node]) -> Any:
    if isinstance(value, list):
        return [_resolved(each, known) if isinstance(each, dict) else each for each in value]
    reference = value.get("@id") if isinstance(value, dict) and len(value) == 1 else None
    return known.get(reference, value) if isinstance(reference, str) else value


def first_node(value: Any) -> Node:
    """Return the first object of a value, or {}. A text becomes an object with that name."""
    node = next((each for each in as_list(value) if isinstance(each, dict | str)), None)
    return {"name": node} if isinstance(node, str) else node or {}


def read_word(value: Any) -> str:
    """Return the first text of a value without the URL of its vocabulary, or "" if there is none.

    "https://schema.org/Event" and "schema:Event" are both "Event". Booleans are "true" or "false".
    """
    found = next(iter(as_list(value)), None)
    return str(found).lower() if isinstance(found, bool) else re.split("[/#:]", clean(found) or "")[-1]


def read_types(node: Node) -> set[str]:
    """Return the types of an object, without the URL of their vocabulary."""
    return {read_word(each) for each in as_list(node.get("@type")) if isinstance(each, str)}


def is_event(node: Node) -> bool:
    return any(each.endswith("Event") or each == "EventSeries" for each in read_types(node))


_NOT_PLACES = {"Organization", "Corporation", "Person", "WebSite"}
"""Types whose address is not a venue's, such as the publisher itself."""


def is_business(node: Node) -> bool:
    """Return whether an object is a place with an address. schema.org has too many types of places to list them."""
    types = read_types(node)
    return bool(types - _NOT_PLACES) and not is_event(node) and isinstance(node.get("address"), dict | str)


def read_image_urls(value: Any) -> list[Any]:
    """Return the URLs of images, which are given as a URL, an ImageObject, or a list of these."""
    return [(each.get("url") or each.get("contentUrl")) if isinstance(each, dict) else each for each in as_list(value)]


def read_schedule_nights(value: Any, timezone: str | None, today: date) -> list[Schedule] | None:
    """Return the nights of a schema.org Schedule: [] if it has ended, None if it is unreadable.

    A fortnightly one needs a start date.
    """
    schedule = first_node(value)
    often = _OFTEN.get((clean(schedule.get("repeatFrequency")) or "").upper())
    begins, clock = (clean(schedule.get("startDate")) or "")[:10], (clean(schedule.get("startTime")) or "")[:8]
    first = read_start((begins or str(today)) + (f"T{clock}" if clock else ""), None)
    if not often or not first or (not begins and "INTERVAL" in often):
        return None
    named = [_DAYS.get(read_word(day).lower()) for day in as_list(schedule.get("byDay"))]
    weeks = [f"{week:d}" for week in as_list(schedule.get("byMonthWeek")) if isinstance(week, int)]
    days = ",".join(f"{week}{day}" for day in filter(None, named) for week in weeks or [""])
    until = (clean(schedule.get("endDate")) or "")[:10].replace("-", "")
    if not days and not begins:
        return None
    rule = f"FREQ={often}{days and f';BYDAY={days}'}{until and f';UNTIL={until}'}"
    left_out = [day[0] for each in as_list(schedule.get("exceptDate")) if (day := read_start(each, timezone))]
    return read_rule(rule, first, timezone, today, left_out)
