"""Keeps events that could not be stored in a file, as JSON lines, until they are loaded again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, func, select, update

from trivia_scraper.db.events import record_event
from trivia_scraper.db.schema import events, history, runs, venue_keys
from trivia_scraper.db.venues import identify_venue
from trivia_scraper.errors import TriviaError
from trivia_scraper.items import Event


class SpillError(TriviaError):
    """A line is not a spilled event, or belongs to another database. The text is one sentence."""


@dataclass(frozen=True, slots=True)
class Spilled:
    run_id: int
    event: Event


_LINE = TypeAdapter(Spilled)


def spill_event(path: Path, run_id: int, event: Event) -> None:
    """Append an event and sync the file. Raises OSError, and then leaves no part of a line."""
    line = json.dumps(asdict(Spilled(run_id, event)), ensure_ascii=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as file:
        before = file.tell()
        try:
            rest = f"{line}\n".encode("ascii")
            while rest:  # a disk that becomes full may accept only a part
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError:
            file.truncate(before)
            if not before:
                path.unlink()
            raise


def read_spilled(path: Path) -> Iterator[Spilled]:
    """Yield the events of a file. Raises SpillError, OSError."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield _LINE.validate_python(json.loads(line))
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"]))
                raise SpillError(
                    f"Line {number} of {path} is not an event of a run: {where}: {first['msg']}."
                ) from None
            except ValueError:
                raise SpillError(f"Line {number} of {path} is not JSON.") from None


def replay_event(connection: Connection, found: Spilled) -> bool:
    """Store an event as its run would have, but without images: the next run visits the venue and downloads them.

    Return False and store nothing if a later run read the event's page or missed the event. Raises SpillError.
    """
    event = replace(found.event, images=[])
    key = {"publisher": event.publisher, "publisher_id": event.publisher_id}
    read_at = datetime.fromisoformat(event.scraped_at) if event.scraped_at else None
    if read_at is None or read_at.tzinfo is None:
        raise SpillError(f"the event {event.publisher} {event.publisher_id} has no valid scraped_at.")
    if connection.scalar(select(runs.c.publisher).filter_by(id=found.run_id)) != event.publisher:
        raise SpillError(
            f"this database has no run {found.run_id} of {event.publisher}; the file belongs to another database."
        )
    if is_obsolete(connection, found):
        return False
    last_seen = connection.scalar(select(func.max(events.c.last_seen_at)).filter_by(**key))
    read_at = max(read_at, last_seen or read_at)
    event.venue.slug = identify_venue(connection, event.publisher, event.publisher_id, event.venue, read_at)
    record_event(connection, event, found.run_id, read_at)
    connection.execute(update(venue_keys).filter_by(**key).values(scraped_at=None))
    return True


def find_waiting_files(connection: Connection, publisher: str, directory: Path) -> list[Path]:
    """Return a publisher's files with an event that is not stored. An unreadable file counts as one of them."""
    return [path for path in sorted(directory.glob(f"{publisher}-*.jsonl")) if _waits(connection, publisher, path)]


def _waits(connection: Connection, publisher: str, path: Path) -> bool:
    number = path.stem.removeprefix(f"{publisher}-")
    if not number.isdecimal() or connection.scalar(select(runs.c.publisher).filter_by(id=int(number))) != publisher:
        return False  # of another publisher or of another database
    try:
        return not all(_is_stored(connection, found) or is_obsolete(connection, found) for found in read_spilled(path))
    except (SpillError, OSError):
        return True


def _is_stored(connection: Connection, found: Spilled) -> bool:
    """Return whether the event was replayed."""
    event, night = found.event, found.event.schedule
    key = {"publisher": event.publisher, "publisher_id": event.publisher_id, "last_run_id": found.run_id}
    slot = (
        events.c.weekday.is_not_distinct_from(night.weekday),
        events.c.start_time.is_not_distinct_from(night.start_time),
    )
    return connection.execute(select(events.c.id).filter_by(**key).where(*slot).limit(1)).first() is not None


def is_obsolete(connection: Connection, found: Spilled) -> bool:
    """Return whether a later run read the event's page or missed the event, so that its line is obsolete."""
    event = found.event
    nights = select(events.c.id).filter_by(publisher=event.publisher, publisher_id=event.publisher_id)
    read_later = nights.where(events.c.last_run_id > found.run_id)
    missed_later = select(history.c.id).where(
        history.c.entity == "event",
        history.c.entity_id.in_(nights),
        history.c.field == "status",
        history.c.run_id > found.run_id,
    )
    return any(connection.execute(query.limit(1)).first() is not None for query in (read_later, missed_later))
