"""Which events may differ from what a reader saw who read the store after a certain run.

There is no log of everything that ever changed, but whatever changes an event, its venue or its pictures leaves a later
time or a later run somewhere. So this names every event that may differ, and some that do not; never one too few. Read
it with `queries.py`: what is shown there has to leave its trace here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, and_, exists, func, or_, select

from trivia_scraper.db.schema import event_images, events, history, images, runs, venue_keys, venue_merges, venues

# An instant is taken before its transaction waits for its turn to write, by the clock of whichever machine crawls.
MARGIN = timedelta(minutes=10)


class NoSuchRunError(ValueError):
    """Its text is one sentence."""


@dataclass(frozen=True, slots=True)
class Touched:
    """Row ids of events. Clocks of the machines that write must agree within MARGIN."""

    changed: set[int]
    """Anything of these may differ."""
    seen: set[int]
    """Of these, `last_seen_at` may differ and nothing else."""


def touched_since(connection: Connection, run_id: int) -> Touched:
    """What may differ from what anybody read after that run had ended. Raises NoSuchRunError."""
    run = connection.execute(select(runs).filter_by(id=run_id)).mappings().one_or_none()
    if run is None:
        raise NoSuchRunError(f"there is no run {run_id}; `scrapy runs` lists them.")
    if run["verdict"] == "running":
        raise NoSuchRunError(f"the run {run_id} has not ended; take one that has.")
    since = (run["finished_at"] or run["started_at"]) - MARGIN
    homes = {venue_id for query in _venues_since(since, run_id) for venue_id in connection.scalars(query)}
    changed: set[int] = set()
    for query in (
        select(events.c.id, events.c.venue_id),
        # For a while an event that came to another venue still shows the pictures of the one before.
        select(event_images.c.event_id, images.c.venue_id).join(images),
    ):
        changed |= {event_id for event_id, venue_id in connection.execute(query) if venue_id in homes}
    seen = set(connection.scalars(select(events.c.id).where(events.c.last_seen_at >= since)))
    return Touched(changed, seen - changed)


def last_ended(connection: Connection) -> int | None:
    """The newest run that has ended: whoever reads the store now asks for what changed since that one."""
    run_id: int | None = connection.scalar(select(func.max(runs.c.id)).where(runs.c.finished_at.is_not(None)))
    return run_id


def _venues_since(since: datetime, run_id: int) -> Iterator[Select[int]]:
    """Each names the venues at which one kind of change took place."""
    yield select(venues.c.id).where(venues.c.updated_at >= since)
    yield select(events.c.venue_id).where(
        or_(events.c.updated_at >= since, events.c.scraped_at >= since, events.c.last_run_id > run_id)
    )
    yield select(images.c.venue_id).where(or_(images.c.fetched_at >= since, images.c.checked_at >= since))
    # `scrapy images verify` found the file damaged.
    yield select(images.c.venue_id).where(images.c.path.is_not(None), images.c.bytes.is_(None))
    yield select(venue_keys.c.venue_id).where(venue_keys.c.scraped_at >= since)
    # A visit that has not ended in an event may have brought pictures; and what `scrapy db replay` loaded bears the
    # time at which it should have been stored. Both are to be visited again.
    is_there = exists().where(
        events.c.publisher == venue_keys.c.publisher,
        events.c.publisher_id == venue_keys.c.publisher_id,
        events.c.status != "gone",
    )
    yield select(venue_keys.c.venue_id).where(
        venue_keys.c.scraped_at.is_(None), or_(is_there, venue_keys.c.last_seen_at >= since)
    )
    yield select(venues.c.id).join(
        venue_merges,
        and_(
            venues.c.slug.in_([venue_merges.c.kept_slug, venue_merges.c.gone_slug]),
            or_(venue_merges.c.merged_at >= since, venue_merges.c.undone_at >= since),
        ),
    )
    # Also by runs, where a clock was set back.
    later = history.c.run_id > run_id
    yield select(history.c.entity_id).where(history.c.entity == "venue", later)
    yield (
        select(events.c.venue_id)
        .join(history, history.c.entity_id == events.c.id)
        .where(history.c.entity == "event", later)
    )
