"""Upgrade recorded databases of version 0.1.0; compare their rows and the output of the commands that read them.

`python -m tests.golden.databases` ends with 0 when nothing differs from `databases/expected.jsonl.xz`, and with 1 after
printing the differences. With `--quick` it skips the commands that only read. With `--write` it records; it still
compares only the tables and columns of the first recording.

Rows are compared without their ids: a reference to a row is printed as that row's unique columns. Times later than the
start of this command are printed as `<now>`.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import lzma
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, inspect, make_url, select

from tests.support import postgres
from trivia_scraper.db.engine import Store  # the only import of the product

ROOT = Path(__file__).parent.parent.parent
FOLDER = Path(__file__).parent / "databases"
EXPECTED = FOLDER / "expected.jsonl.xz"
VERSION = "0.1.0"
ENGINES = ("sqlite", "postgresql")
SECONDS = 120
SHOWN = 40
"""The number of differing lines to print for one fact."""

COMMANDS = (
    "events --json",
    "runs",
    "runs --json",
    "images status",
    "images status --json",
    "venues duplicates",
    "venues matches",
    "health --json",
    "export --format jsonl",
    "changes --since 3",
)
QUEUE_COMMANDS = ("queue status", "queue status --json")
# Every publisher's last good run is older than this.
OPTIONS = ("-s", 'EXPECTED_EVERY_HOURS={"*": 0.01}')
OWN_VARIABLES = {
    *("TRIVIA_HOME", "DATABASE_URL", "IMAGES_STORE", "FEEDS_DIR", "SANDBOX_SERVER", "QUEUE_PLANS"),
    *("ALERT_URLS", "METRICS_FILE", "CONTACT_URL"),
}
JOBS = "procrastinate_jobs"
JOB_COLUMNS = ["queue_name", "task_name", "lock", "queueing_lock", "status", "args"]
# ENTITY_ID refers to rows of several tables; ENTITY says which: "event" is a row of events.
ENTITY, ENTITY_ID = "entity", "entity_id"
TIMES = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?")
AGES = re.compile(r'("age_hours": )[\d.]+')


@dataclass(frozen=True)
class TableLayout:
    """Columns of a table to compare."""

    columns: list[str]
    key: list[str]
    """Unique columns; empty if only its number distinguishes a row."""
    references: dict[str, str]
    """Column -> table that it refers to."""


Layout = dict[str, TableLayout]


@dataclass(frozen=True)
class Fact:
    """One thing to compare: the rows of a table in any order, or the lines that a command printed."""

    engine: str
    name: str
    lines: list[str]


# -- Databases --------------------------------------------------------------------------------------------------------


def read_script(engine: str) -> str:
    """Return the SQL that creates the database of version 0.1.0."""
    return lzma.decompress((FOLDER / f"{VERSION}-{engine}.sql.xz").read_bytes()).decode()


@contextmanager
def load_database(engine: str, directory: Path) -> Iterator[str]:
    """Yield the URL of a temporary database with the recorded rows of version 0.1.0."""
    script = read_script(engine)
    if engine == "sqlite":
        file = directory / "trivia.db"
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(script)
        yield f"sqlite:///{file}"
        return
    with postgres.running_postgres() as server:
        url = server.empty()
        server.run(script, str(make_url(url).database))
        yield url


def read_layout(connection: Connection) -> Layout:
    """Return the layout of every table, except those of the migrations and all but one of the queue."""
    metadata = MetaData()
    metadata.reflect(connection)
    layout = {
        table.name: _table_layout(table, connection)
        for table in metadata.sorted_tables
        if not table.name.startswith(("alembic_", "procrastinate_"))
    }
    if JOBS in metadata.tables:
        layout[JOBS] = TableLayout(JOB_COLUMNS, [], {})
    return layout


def _table_layout(table: Table, connection: Connection) -> TableLayout:
    constraints = inspect(connection).get_unique_constraints(table.name)
    keys = [sorted(constraint["column_names"]) for constraint in constraints]
    references = {key.parent.name: key.column.table.name for key in table.foreign_keys}
    columns = sorted(column.name for column in table.columns)
    shortest = min(keys, key=lambda key: (len(key), key), default=[])
    return TableLayout(columns, shortest, dict(sorted(references.items())))


# -- Rows -------------------------------------------------------------------------------------------------------------


class RowReader:
    """Reads rows as text without the numbers that the database gave them."""

    def __init__(self, connection: Connection, layout: Layout, began: datetime) -> None:
        self.layout, self.began = layout, began
        metadata = MetaData()
        metadata.reflect(connection)
        self.rows: dict[str, list[dict[str, Any]]] = {}
        for name in layout.keys() & metadata.tables.keys():
            found = connection.execute(select(metadata.tables[name])).mappings()
            self.rows[name] = [dict(row) for row in found]
        self.by_id = {name: {row["id"]: row for row in rows if "id" in row} for name, rows in self.rows.items()}

    def read_table(self, name: str) -> list[str]:
        """Return one line of JSON per row, sorted."""
        if name not in self.rows:
            return ["the table is missing"]
        return sorted(self._write_row(name, row) for row in self.rows[name])

    def _write_row(self, name: str, row: dict[str, Any]) -> str:
        of_table = self.layout[name]
        # The numbers of runs are visible: people type them (`scrapy runs 5`).
        is_referred = any(name in other.references.values() for other in self.layout.values())
        left_out = {"id"} if of_table.key or not is_referred else set()
        shown = {column: self._value(name, row, column) for column in of_table.columns if column not in left_out}
        return json.dumps(shown, ensure_ascii=False, sort_keys=True)

    def _value(self, name: str, row: dict[str, Any], column: str) -> Any:
        value = row.get(column, "the column is missing")
        if column == ENTITY_ID:
            return self._name_row(f"{row.get(ENTITY)}s", value)
        if column in (references := self.layout[name].references) and value is not None:
            return self._name_row(references[column], value)
        if isinstance(value, datetime):
            instant = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
            return "<now>" if instant >= self.began else instant.isoformat()
        if isinstance(value, bytes):
            return f"{len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()}"
        return value

    def _name_row(self, table: str, number: int) -> Any:
        """Return the values of a row's unique columns, naming the rows they refer to in the same manner.

        Return the number itself if the row has no unique columns or does not exist, like that of a merged venue.
        """
        row = self.by_id.get(table, {}).get(number)
        key = self.layout[table].key if table in self.layout else []
        return [self._value(table, row, column) for column in key] if row and key else number


# -- Commands ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CommandRunner:
    """Runs `scrapy` on a database, each time in an empty home."""

    url: str
    began: datetime

    def run(self, command: str, *words: str) -> list[str]:
        """Run the command, and return exit code and output as lines."""
        with tempfile.TemporaryDirectory() as home:
            kept = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
            done = subprocess.run(
                [sys.executable, "-m", "scrapy", *command.split(), *words, *OPTIONS],
                cwd=ROOT, env=kept | {"TRIVIA_HOME": home, "DATABASE_URL": self.url},
                capture_output=True, text=True, timeout=SECONDS, check=False,
            )  # fmt: skip
            printed = "".join((done.stdout, "-- stderr --\n", done.stderr)).replace(home, "<home>")
        printed = printed.replace(str(FOLDER), "<databases>")
        return [f"exit code {done.returncode}", *self._replace_moving(printed).splitlines()]

    def _replace_moving(self, printed: str) -> str:
        shown = make_url(self.url).set(query={}).render_as_string()
        printed = AGES.sub(r"\1<age>", printed.replace(self.url, "<database>").replace(shown, "<database>"))
        return TIMES.sub(self._replace_time, printed)

    def _replace_time(self, found: re.Match[str]) -> str:
        instant = datetime.fromisoformat(found[0])
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
        return "<now>" if instant >= self.began else found[0]


# -- Facts ------------------------------------------------------------------------------------------------------------


def collect_facts(engine: str, layout: Layout | None, *, is_quick: bool) -> tuple[Layout, list[Fact]]:
    """Return the facts of one engine. Without a layout, everything that the database has is compared."""
    # Commands print times without fractions of a second.
    began = datetime.now(UTC).replace(microsecond=0)
    facts: list[Fact] = []
    with tempfile.TemporaryDirectory() as directory, load_database(engine, Path(directory)) as url:
        layout, rows = _upgrade_and_read(url, layout, began)
        facts += [Fact(engine, f"rows of {name} after the upgrade", lines) for name, lines in rows.items()]
        runner = CommandRunner(url, began)
        if not is_quick:
            commands = [*COMMANDS, *(QUEUE_COMMANDS if engine == "postgresql" else ())]
            commands += [f"runs {number}" for number in _read_run_numbers(rows.get("runs", []))]
            facts += [Fact(engine, f"scrapy {command}", runner.run(command)) for command in commands]
        for file in sorted((FOLDER / f"{VERSION}-spill").iterdir()):
            facts.append(Fact(engine, f"scrapy db replay {file.name}", runner.run("db replay", str(file))))
        _, rows = _upgrade_and_read(url, layout, began)
        facts += [Fact(engine, f"rows of {name} after the replay", lines) for name, lines in rows.items()]
    return layout, facts


def _upgrade_and_read(url: str, layout: Layout | None, began: datetime) -> tuple[Layout, dict[str, list[str]]]:
    """Open the database, which upgrades it, and return its rows by table."""
    with closing(Store(url)) as store, store.engine.connect() as connection:
        layout = layout or read_layout(connection)
        reader = RowReader(connection, layout, began)
        has_queue = JOBS in reader.rows
        return layout, {name: reader.read_table(name) for name in sorted(layout) if name != JOBS or has_queue}


def _read_run_numbers(rows: list[str]) -> list[int]:
    return sorted(json.loads(row)["id"] for row in rows if row.startswith("{"))


# -- Comparison -------------------------------------------------------------------------------------------------------


def read_expected() -> tuple[Layout, list[Fact]]:
    lines = lzma.decompress(EXPECTED.read_bytes()).decode().splitlines()
    layout, *facts = map(json.loads, lines)
    return {name: TableLayout(**found) for name, found in layout.items()}, [Fact(**fact) for fact in facts]


def write_expected(layout: Layout, facts: Iterable[Fact]) -> None:
    found: list[Any] = [{name: asdict(each) for name, each in layout.items()}, *map(asdict, facts)]
    text = "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in found)
    EXPECTED.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def print_differences(expected: list[Fact], found: list[Fact]) -> int:
    """Print the differences, and return how many facts differ."""
    before, after = ({(fact.engine, fact.name): fact.lines for fact in facts} for facts in (expected, found))
    count = 0
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) == after.get(key):
            continue
        count += 1
        print(f"{': '.join(key)}")
        lines = list(difflib.unified_diff(before.get(key, []), after.get(key, []), lineterm="", n=0))
        lines = [line for line in lines[2:] if not line.startswith("@@")]
        print(*(f"  {line}" for line in lines[:SHOWN]), sep="\n")
        if len(lines) > SHOWN:
            print(f"  ... {len(lines) - SHOWN} more lines")
    return count


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.golden.databases", description=__doc__)
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--quick", action="store_true", help="skip the commands that only read")
    either.add_argument("--write", action="store_true", help="record instead of comparing")
    options = parser.parse_args()
    layout, expected = read_expected() if EXPECTED.exists() else (None, [])
    if not (expected or options.write):
        parser.error(f"{EXPECTED} does not exist; --write records it.")
    with ThreadPoolExecutor(len(ENGINES)) as threads:
        collected = list(threads.map(lambda each: collect_facts(each, layout, is_quick=options.quick), ENGINES))
    facts = [fact for _, each in collected for fact in each]
    if options.write:
        write_expected(collected[-1][0], facts)  # those of PostgreSQL, which include the queue's tables
        print(f"{len(facts)} facts are recorded.")
        return 0
    if options.quick:
        expected = [fact for fact in expected if not fact.name.startswith("scrapy ") or "replay" in fact.name]
    differences = print_differences(expected, facts)
    print(f"{differences} of {len(facts)} facts differ." if differences else f"{len(facts)} facts, no difference.")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
