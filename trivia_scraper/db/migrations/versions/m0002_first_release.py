"""The schema of version 0.1.0, where upgrades begin. It does nothing: a new database gets the newest schema at once.

Revision ID: 0002
"""

revision = "0002"
down_revision = None


def upgrade() -> None:
    """Do nothing."""
