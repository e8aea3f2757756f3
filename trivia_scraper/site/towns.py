"""A town's page: its nights by weekday. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from trivia_scraper.exports import wording
from trivia_scraper.site.venues import Night, VenueView

_UNKNOWN = 8  # as a weekday, which sorts it last


class Slot(NamedTuple):
    """A night in the list of its weekday."""

    view: VenueView
    night: Night


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    slots: list[Slot]

    @property
    def short_name(self) -> str:
        return self.name[:3] if self.name in wording.DAYS else "?"

    @property
    def anchor(self) -> str:
        return self.name.lower().replace(" ", "-")


def by_weekday(views: Iterable[VenueView]) -> list[Day]:
    """Return the days with nights that take place, from Monday on, the earliest night first. Unknown times are last."""
    slots: defaultdict[int, list[Slot]] = defaultdict(list)
    for view in views:
        for night in view.next_nights:
            slots[night.event.schedule.weekday or _UNKNOWN].append(Slot(view, night))
    names = dict(enumerate((*wording.DAYS, "Day not stated"), start=1))
    return [Day(names[weekday], sorted(some, key=_start)) for weekday, some in sorted(slots.items())]


def _start(slot: Slot) -> tuple[str, str]:
    return slot.night.event.schedule.start_time or "~", slot.view.name.casefold()
