"""Alembic revisions. NEWEST is the last one, known without importing Alembic; a test holds it against the scripts."""

NEWEST = "0006"
