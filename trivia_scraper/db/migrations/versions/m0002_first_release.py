"""The schema of version 0.1.0, where upgrades begin. Without operations: a new database gets the newest schema at once.

Revision ID: 0002
"""

revision = "0002"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Do nothing."""


def downgrade() -> None:
    """Do nothing."""
