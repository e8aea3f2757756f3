"""An SQLite file with tables and no rows, made once per process because Alembic takes 0.15 s."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from trivia_scraper.db.engine import Store

_DIRECTORY = TemporaryDirectory(prefix="trivia-template-")


@cache
def _template() -> Path:
    path = Path(_DIRECTORY.name, "template.db")
    Store(f"sqlite:///{path}").close()
    return path


def put_upgraded_database(path: Path) -> None:
    """Write a database of the newest revision without rows, if the file does not exist."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_template(), path)
