"""The code as it would be with one more migration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trivia_scraper.db import migrate, migrations

NEWEST = migrations.NEWEST
"""The newest revision, before a test replaces it."""
AFTER_NEWEST = f"{int(NEWEST) + 1:04}"

# For this migration SQLite rebuilds the table and drops the old one, to which event_images refers.
NEXT = f"""
import sqlalchemy as sa
from alembic import op

revision = "{AFTER_NEWEST}"
down_revision = "{NEWEST}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("events") as batch:
        batch.add_column(sa.Column("rating", sa.Integer()))
        batch.alter_column("description", existing_type=sa.String(), nullable=False, server_default="")
"""
BROKEN = f"{NEXT}    op.execute('INSERT INTO nowhere VALUES (1)')\n"


@dataclass(frozen=True)
class NextVersion:
    """Lets the process use the migrations in `scripts`, which has one more. Call it first."""

    scripts: Path

    def __call__(self) -> None:
        migrate.SCRIPTS = self.scripts
        migrations.NEWEST = AFTER_NEWEST
