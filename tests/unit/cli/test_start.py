"""Imports of commands. Scrapy imports the modules of all commands at every start."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.filled import begin, finish
from tests.support.paths import ROOT
from tests.support.sqlite import put_upgraded_database
from trivia_scraper.clock import utc_now
from trivia_scraper.db.engine import Store

# Prints the imported modules when the command has ended, after the command's own output.
HOOK = """
import atexit, sys
atexit.register(lambda: print("", "MODULES", *sys.modules, sep="\\n"))
from scrapy.cmdline import execute
sys.argv = ["scrapy", *sys.argv[1:]]
execute()
"""


def modules_of(directory: Path, home: Path, *words: str) -> set[str]:
    """Return the top-level packages that `scrapy WORDS` has imported when it ends."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"TRIVIA_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", HOOK, *words]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.rpartition("MODULES\n")[2].splitlines()}


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return what `scrapy version` imports outside the project."""
    directory = tmp_path_factory.mktemp("outside")
    found = modules_of(directory, directory, "version")
    assert list(directory.iterdir()) == []
    return found


def test_startup_imports_only_scrapy_and_commands(tmp_path: Path, outside: set[str]) -> None:
    assert "scrapy" in outside
    for words in (["version"], ["list"], ["-h"]):
        more = modules_of(ROOT, tmp_path, *words) - outside - sys.stdlib_module_names
        assert more == {"trivia_scraper"}, words
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", ["events", "runs", "runs --failed", "health", "images status"])
def test_commands_that_list_import_only_the_database(tmp_path: Path, outside: set[str], words: str) -> None:
    put_upgraded_database(tmp_path / "trivia.db")
    with closing(Store(f"sqlite:///{tmp_path}/trivia.db")) as store:
        finish(store, begin(store, utc_now()), utc_now())
    found = modules_of(ROOT, tmp_path, *words.split())
    assert "sqlalchemy" in found
    libraries = found - outside - sys.stdlib_module_names
    assert libraries <= {"trivia_scraper", "sqlalchemy", "greenlet"}
