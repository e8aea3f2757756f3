"""Alembic revisions. NEWEST is the last one, known without importing Alembic; a test holds it against the scripts.

The numbers 0003 to 0006 belonged to unreleased revisions that changed. A database of one of them is refused.
"""

NEWEST = "0010"
