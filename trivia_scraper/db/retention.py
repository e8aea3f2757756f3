"""Which rows go by their age, many at a time and never all at once: a crawl that wants to write waits for one batch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, delete, exists, func, or_, select

from trivia_scraper.db.engine import Store
from trivia_scraper.db.runs import always_kept
from trivia_scraper.db.schema import decisions, events, history, past_pictures, runs

BATCH = 2000

_later = history.alias()
# Calendars tell when an event last changed, and in what; so of each field the newest change stays, however old.
_IS_OUTDATED = exists().where(
    _later.c.entity == history.c.entity,
    _later.c.entity_id == history.c.entity_id,
    _later.c.field == history.c.field,
    _later.c.id > history.c.id,
)


def forget_decisions(store: Store, before: datetime, *, dry: bool) -> int:
    """Returns how many decisions went, or would go."""
    return _in_batches(store, decisions, decisions.c.at < before, dry=dry)


def forget_history(store: Store, before: datetime, *, dry: bool) -> int:
    """All but the newest change of each field. Returns how many went, or would go."""
    return _in_batches(store, history, history.c.at < before, _IS_OUTDATED, dry=dry)


def forget_runs(
    store: Store,
    before: datetime,
    *,
    decisions_before: datetime,
    history_before: datetime,
    spilled: Collection[int],
    dry: bool,
) -> int:
    """Runs that nothing refers to, once older decisions and changes are gone, and nothing will be compared with.

    spilled: those whose events wait in files. Returns how many went, or would go.
    """
    kept = store.read(always_kept) | set(spilled)
    stays = or_(history.c.at >= history_before, ~_IS_OUTDATED)
    changed = exists().where(history.c.run_id == runs.c.id, stays)
    unneeded = and_(
        runs.c.id.not_in(select(decisions.c.run_id).where(decisions.c.at >= decisions_before)),
        ~changed,
        ~exists().where(past_pictures.c.run_id == runs.c.id),  # every run removes old ones
        runs.c.id.not_in(select(events.c.last_run_id).where(events.c.last_run_id.is_not(None))),
        runs.c.id.not_in(kept),
    )
    return _in_batches(store, runs, runs.c.started_at < before, unneeded, dry=dry)


def _in_batches(
    store: Store, table: Table, old: ColumnElement[bool], *conditions: ColumnElement[bool], dry: bool
) -> int:
    """Looks at the rows that are `old` from the first to the last, and deletes those that meet the conditions too."""

    def count(connection: Connection, of_these: ColumnElement[bool]) -> int:
        return connection.scalar(select(func.count()).select_from(table).where(of_these, *conditions)) or 0

    def remove(connection: Connection, of_these: ColumnElement[bool]) -> int:
        return connection.execute(delete(table).where(of_these, *conditions)).rowcount

    each: Callable[[ColumnElement[bool]], int]
    each = (lambda these: store.read(count, these)) if dry else (lambda these: store.run(remove, these))
    return sum(each(and_(old, table.c.id.between(*span))) for span in _spans(store, table, old))


def _spans(store: Store, table: Table, old: ColumnElement[bool]) -> Iterator[tuple[int, int]]:
    """First and last id of so many old rows, until there are no more."""
    after = 0
    while True:
        query = select(table.c.id).where(table.c.id > after, old).order_by(table.c.id).limit(BATCH)
        ids = store.read(_ids, query)
        if not ids:
            return
        yield ids[0], ids[-1]
        after = ids[-1]


def _ids(connection: Connection, query: Select[int]) -> Sequence[int]:
    return connection.scalars(query).all()
