"""Deletes old rows in batches, so that a crawl that writes waits for one batch at most."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, delete, exists, func, or_, select

from trivia_scraper.db.engine import Store
from trivia_scraper.db.runs import find_always_kept
from trivia_scraper.db.schema import decisions, events, history, past_images, runs

BATCH_SIZE = 2000

_later = history.alias()
# Calendars need the time of an event's last change, so the newest change of each field is kept at any age.
_IS_OUTDATED = exists().where(
    _later.c.entity == history.c.entity,
    _later.c.entity_id == history.c.entity_id,
    _later.c.field == history.c.field,
    _later.c.id > history.c.id,
)


def forget_decisions(store: Store, before: datetime, *, dry: bool) -> int:
    """Delete decisions. Return how many were deleted, or would be if `dry`."""
    return _in_batches(store, decisions, decisions.c.at < before, dry=dry)


def forget_history(store: Store, before: datetime, *, dry: bool) -> int:
    """Delete changes, except the newest of each field. Return how many were deleted, or would be if `dry`."""
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
    """Delete runs that no row will refer to once old decisions and changes are deleted, except `find_always_kept` ones.

    spilled: runs whose events wait in files. Return how many were deleted, or would be if `dry`.
    """
    kept = store.read(find_always_kept) | set(spilled)
    stays = or_(history.c.at >= history_before, ~_IS_OUTDATED)
    changed = exists().where(history.c.run_id == runs.c.id, stays)
    unneeded = and_(
        runs.c.id.not_in(select(decisions.c.run_id).where(decisions.c.at >= decisions_before)),
        ~changed,
        ~exists().where(past_images.c.run_id == runs.c.id),  # each run deletes old rows of this table
        runs.c.id.not_in(select(events.c.last_run_id).where(events.c.last_run_id.is_not(None))),
        runs.c.id.not_in(kept),
    )
    return _in_batches(store, runs, runs.c.started_at < before, unneeded, dry=dry)


def _in_batches(
    store: Store, table: Table, old: ColumnElement[bool], *conditions: ColumnElement[bool], dry: bool
) -> int:
    """Delete the rows that are `old` and meet the conditions, some at a time. Return their number."""

    def count_or_delete(connection: Connection, first: int, last: int) -> int:
        unneeded = and_(old, table.c.id.between(first, last), *conditions)
        if dry:
            return connection.scalar(select(func.count()).select_from(table).where(unneeded)) or 0
        return connection.execute(delete(table).where(unneeded)).rowcount

    transact = store.read if dry else store.run
    return sum(transact(count_or_delete, *span) for span in _spans(store, table, old))


def _spans(store: Store, table: Table, old: ColumnElement[bool]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last id of each batch of old rows."""
    after = 0
    while True:
        query = select(table.c.id).where(table.c.id > after, old).order_by(table.c.id).limit(BATCH_SIZE)
        ids = store.read(_ids, query)
        if not ids:
            return
        yield ids[0], ids[-1]
        after = ids[-1]


def _ids(connection: Connection, query: Select[int]) -> Sequence[int]:
    return connection.scalars(query).all()
