"""Check that every promise to an operator still has a test that proves it.

promises.tsv has one row for each process-level test that existed before the packages were rearranged:

    today       node id of that test, without parameters
    promise     what an operator can rely on, in at most 15 words
    successor   node id of the test that proves it now
    note        why the promise has no successor, or which tests were merged

`python -m tests.golden.promises` fails when a successor is missing, or when a row has neither successor nor note.
`python -m tests.golden.promises --moved` first rewrites the rows whose test was moved to another file.
"""

from __future__ import annotations

import argparse
import ast
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TABLE = Path(__file__).with_name("promises.tsv")
MOST_WORDS = 15


@dataclass(frozen=True)
class Row:
    today: str
    promise: str
    successor: str
    note: str


COLUMNS = [field.name for field in fields(Row)]


def read() -> list[Row]:
    """Return the rows of the table. Raise ValueError if a line has other columns."""
    lines = TABLE.read_text("utf-8").splitlines()
    header, *rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    if header != COLUMNS:
        raise ValueError(f"{TABLE.name} must have the columns {', '.join(COLUMNS)}.")
    for number, row in enumerate(rows, 2):
        if len(row) != len(COLUMNS):
            raise ValueError(f"Line {number} of {TABLE.name} must have {len(COLUMNS)} columns, not {len(row)}.")
    return [Row(*row) for row in rows]


def write(rows: Iterable[Row]) -> None:
    lines = ["\t".join(COLUMNS), *("\t".join(astuple(row)) for row in rows)]
    TABLE.write_text("\n".join(lines) + "\n", "utf-8")


def tests_by_name() -> dict[str, list[str]]:
    """Return the files below tests/ that define each test function, by its name."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found[node.name].append(path.relative_to(ROOT).as_posix())
    return dict(found)


def faults(rows: Iterable[Row], tests: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield one sentence for each fault of the table."""
    rows = list(rows)
    for today, times in Counter(row.today for row in rows).items():
        if times > 1:
            yield f"{today}: it has {times} rows."
    for row in rows:
        file, _, name = row.successor.partition("::")
        if not 1 <= len(row.promise.split()) <= MOST_WORDS:
            yield f"{row.today}: the promise must have 1 to {MOST_WORDS} words, not {len(row.promise.split())}."
        if row.successor and file not in tests.get(name, ()):
            elsewhere = ", ".join(tests.get(name, ())) or "none"
            yield f"{row.today}: its successor {row.successor} does not exist; functions of that name: {elsewhere}."
        if not row.successor and not row.note:
            yield f"{row.today}: it has neither a successor nor a note."


def follow_moves(rows: Iterable[Row], tests: Mapping[str, list[str]]) -> list[Row]:
    """Return the rows with new paths of moved tests. A test has moved if one other file has it, and no row names it."""
    rows = list(rows)
    named = {row.successor for row in rows}
    followed = []
    for row in rows:
        file, _, name = row.successor.partition("::")
        found = [each for each in tests.get(name, ()) if f"{each}::{name}" not in named]
        moved = file not in tests.get(name, ()) and len(found) == 1
        followed.append(replace(row, successor=f"{found[0]}::{name}") if moved else row)
    return followed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.golden.promises", description="Check promises.tsv.")
    parser.add_argument("--moved", action="store_true", help="first rewrite rows whose test is in another file now")
    arguments = parser.parse_args()
    rows, tests = read(), tests_by_name()
    if arguments.moved:
        followed = follow_moves(rows, tests)
        print(f"Rewritten: {sum(old != new for old, new in zip(rows, followed, strict=True))} rows.")
        if followed != rows:
            write(followed)
        rows = followed
    found = list(faults(rows, tests))
    for fault in found:
        print(fault)
    proven = sum(bool(row.successor) for row in rows)
    print(f"{len(rows)} promises: {proven} have a successor, {len(rows) - proven} a note only; {len(found)} faults.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
