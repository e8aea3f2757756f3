"""Add columns that the image pipeline records, and indexes for what each run looks up or deletes.

Revision ID: 0008
Revises: 0007

`checksum` is the MD5 that Scrapy documents, `written_by_run` the run that downloaded the bytes. Both are unknown for
images of version 0.1.0. `pinned_at` is when an operator pinned the image. A replaced image has `original`, the path of
its kept file. Its `run_id` is null if an operator replaced it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_INDEXES = (("events", "last_run_id"), ("decisions", "at"), ("past_pictures", "at"), ("past_pictures", "original"))
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("images", sa.Column("checksum", sa.String(length=32), nullable=True))
    op.add_column("images", sa.Column("written_by_run", sa.BigInteger(), nullable=True))
    op.add_column("images", sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("past_pictures") as past:  # SQLite copies the table to change a column
        past.alter_column("run_id", existing_type=_ROW_ID, nullable=True)
        # Before the thumbnail, because SQLite reads a row up to the last column that a query needs.
        place = "kind" if op.get_bind().dialect.name == "sqlite" else None
        past.add_column(sa.Column("original", sa.String(length=80), nullable=True), insert_after=place)
    for table, column in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
