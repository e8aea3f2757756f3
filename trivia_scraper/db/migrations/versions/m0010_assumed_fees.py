"""Set the fees that version 0.1.0 assumed to unknown.

Revision ID: 0010
Revises: 0009

Version 0.1.0 stored a constant fee for all nights of three publishers whose pages state no fee. Such a fee has no text
in `fee_raw`. It becomes unknown. The rows of history belong to no run, because no venue changed. The next run stores
what a page states.

The runs of these publishers counted the constant as a fee that was read. Later runs are compared with these counts, so
their fees are counted as missing.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

PUBLISHERS = ("geeks_who_drink", "inquizition", "quizmeisters")
FIELDS = ("fee_amount", "fee_currency", "fee_per")
EVENTS = sa.table(
    "events",
    sa.column("id", sa.BigInteger()),
    sa.column("publisher", sa.String()),
    sa.column("fee_raw", sa.String()),
    sa.column("fee_amount", sa.Integer()),
    sa.column("fee_currency", sa.String()),
    sa.column("fee_per", sa.String()),
    sa.column("updated_at", sa.DateTime(timezone=True)),
)
HISTORY = sa.table(
    "history",
    sa.column("run_id", sa.BigInteger()),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("entity", sa.String()),
    sa.column("entity_id", sa.BigInteger()),
    sa.column("field", sa.String()),
    sa.column("old", sa.JSON()),
    sa.column("new", sa.JSON()),
)
RUNS = sa.table(
    "runs", sa.column("id", sa.BigInteger()), sa.column("publisher", sa.String()), sa.column("counts", sa.JSON())
)
READ, WITHOUT_FEE = "events/read", "missing/fee"


def upgrade() -> None:
    connection, now = op.get_bind(), datetime.now(UTC)
    assumed = (EVENTS.c.publisher.in_(PUBLISHERS), EVENTS.c.fee_raw.is_(None), EVENTS.c.fee_amount.is_not(None))
    changed = [
        {"run_id": None, "at": now, "entity": "event", "entity_id": row["id"], "field": field, "old": row[field]}
        for row in connection.execute(sa.select(EVENTS).where(*assumed)).mappings().all()
        for field in FIELDS
        if row[field] is not None
    ]
    if changed:
        connection.execute(HISTORY.insert(), [row | {"new": None} for row in changed])
        connection.execute(sa.update(EVENTS).where(*assumed).values(dict.fromkeys(FIELDS) | {"updated_at": now}))
    query = sa.select(RUNS).where(RUNS.c.publisher.in_(PUBLISHERS)).order_by(RUNS.c.id)
    for row in connection.execute(query).all():
        if read := row.counts.get(READ):
            counts = dict(sorted((row.counts | {WITHOUT_FEE: read}).items()))
            connection.execute(sa.update(RUNS).where(RUNS.c.id == row.id).values(counts=counts))
