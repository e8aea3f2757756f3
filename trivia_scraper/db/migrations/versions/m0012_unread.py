"""Add which listed venues a run could not read, and why.

Revision ID: 0012
Revises: 0011

It is unknown, and null, for earlier runs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("runs", sa.Column("unread", sa.JSON(), nullable=True))
