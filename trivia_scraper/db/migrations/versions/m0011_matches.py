"""Add what a run's selectors matched, and what it warns of.

Revision ID: 0011
Revises: 0010

Both are unknown, and null, for earlier runs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    for column in ("matches", "warnings"):
        op.add_column("runs", sa.Column(column, sa.JSON(), nullable=True))
