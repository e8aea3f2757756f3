"""Alembic revisions. NEWEST is the last one, without importing Alembic; a test compares it with the scripts.

Numbers 0003 to 0006 were unreleased revisions. A database at one of these is refused.
"""

NEWEST = "0012"
