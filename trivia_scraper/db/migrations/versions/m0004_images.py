"""What the image pipeline records now, and indexes for what each run looks up or deletes.

Revision ID: 0004
Revises: 0003

`checksum` is the MD5 that Scrapy documents; `written_by_run` is the run that brought the bytes. Both are unknown for
images of version 0.1.0.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_INDEXES = (("events", "last_run_id"), ("decisions", "at"), ("past_pictures", "at"))


def upgrade() -> None:
    op.add_column("images", sa.Column("checksum", sa.String(length=32), nullable=True))
    op.add_column("images", sa.Column("written_by_run", sa.BigInteger(), nullable=True))
    for table, column in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
