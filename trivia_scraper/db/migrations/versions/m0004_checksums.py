"""The checksum of an image as Scrapy documents it, and the run that brought its bytes.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("images", sa.Column("checksum", sa.String(length=32), nullable=True))
    op.add_column("images", sa.Column("written_by_run", sa.BigInteger(), nullable=True))
