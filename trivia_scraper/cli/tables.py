"""Output of the commands: tables on a terminal, tab-separated lines in a pipe, JSON for programs."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import TextIOWrapper
from itertools import chain
from typing import TYPE_CHECKING, Any

from trivia_scraper.clock import utc_now
from trivia_scraper.formatting import iso, replace_controls

if TYPE_CHECKING:
    from rich.table import Table

# Widths in characters: the narrowest column, the gap between columns, and more than any table needs.
_LEAST, _GAP, _UNBOUNDED = 6, 2, 100_000
CHANGES = ("entity", "of", "field", "old", "new")
_NARROW_CHANGES = {"of": "of", "change": "change"}
_DIGEST = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28,52}\b")


def add_json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def show_facts(opts: argparse.Namespace, facts: Mapping[str, Any], sentence: str) -> None:
    """Print the facts as JSON if --json was given, else the sentence."""
    if opts.json:
        show_json(facts)
    else:
        print(sentence)


def show_rows(
    opts: argparse.Namespace,
    rows: Iterable[Mapping[str, Any]],
    columns: Iterable[str],
    nothing: str | Callable[[], str],
    narrow: Mapping[str, str] | None = None,
) -> None:
    """Print the rows as JSON if --json was given, else as `show_table` does."""
    if opts.json:
        show_json_rows(rows)
    else:
        show_table(rows, columns, nothing, narrow)


def show_json(value: Any) -> None:
    with until_pipe_closes():
        json.dump(value, sys.stdout, ensure_ascii=_writes_ascii(), indent=1, default=_as_text)
        print()


@contextmanager
def until_pipe_closes() -> Iterator[None]:
    """Ignore output after the reader of a pipe has ended, as `| head` does. The command keeps its exit code."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show_json_rows(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print a JSON list, one line per row, holding one row in memory at a time.

    The list is not indented, because Python then uses its slow encoder: a third of the time of `scrapy events --json`.
    """
    separator = "["
    with until_pipe_closes():
        for row in rows:
            sys.stdout.write(f"{separator}\n{json.dumps(row, ensure_ascii=_writes_ascii(), default=_as_text)}")
            separator = ","
        print("[]" if separator == "[" else "\n]")


def _writes_ascii() -> bool:
    """Return whether JSON must be ASCII, because standard output does not take UTF-8."""
    return (sys.stdout.encoding or "").lower() not in {"utf-8", "utf8"}


def escape_unknown_letters() -> None:
    """Let standard output escape letters that its encoding lacks. Otherwise a venue's name could crash a command."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def show_table(
    rows: Iterable[Mapping[str, Any]],
    columns: Iterable[str],
    nothing: str | Callable[[], str],
    narrow: Mapping[str, str] | None = None,
) -> None:
    """Print a table on a terminal. Elsewhere print a heading line and tab-separated lines, with one row in memory.

    nothing: the sentence, or a function that returns it, for an empty table. A pipe gets the heading line on standard
    output and the sentence on standard error.
    narrow: column -> heading, the columns to show if the table is wider than the terminal. Then times and digests are
    shortened, and columns without a value are omitted.
    """
    names, remaining, on_terminal = list(columns), iter(rows), sys.stdout.isatty()
    first = next(remaining, None)
    if first is None and nothing:
        print(nothing if isinstance(nothing, str) else nothing(), file=sys.stdout if on_terminal else sys.stderr)
    all_rows = chain([] if first is None else [first], remaining)
    with until_pipe_closes():
        if not on_terminal:
            print("\t".join(names))
            for row in all_rows:
                print("\t".join(_cell(row.get(name)) for name in names))
        elif first is not None:
            _show_on_terminal(list(all_rows), names, narrow)


def show_changes(changes: Iterable[Mapping[str, Any]], nothing: str) -> None:
    """Print the changes of a run as `show_table` does. On a narrow terminal each change is one text."""
    show_table(
        (change | {"change": _change(change)} for change in map(dict, changes)), CHANGES, nothing, _NARROW_CHANGES
    )


def _change(change: Mapping[str, Any]) -> str:
    """Return "time: 19:00 -> 19:30", or "time: 19:30" without an old value."""
    before = "" if change["old"] is None else f"{_cell(change['old'])} -> "
    return f"{change['field']}: {before}{_cell(change['new'])}"


def _show_on_terminal(
    rows: Sequence[Mapping[str, Any]], names: Iterable[str], narrow: Mapping[str, str] | None
) -> None:
    from rich.console import Console  # not needed for a pipe

    console = Console()
    headings = {name: name.replace("_", " ") for name in names}
    table = _table(rows, headings, _UNBOUNDED, _cell)
    if console.measure(table, options=console.options.update(width=_UNBOUNDED)).maximum > console.width:
        shown = {
            name: heading
            for name, heading in (narrow or headings).items()
            if any(_cell(row.get(name)) != "-" for row in rows)
        }
        table = _table(rows, _with_zone(rows, shown), console.width, _short)
    console.print(table, markup=False)


def _table(
    rows: Sequence[Mapping[str, Any]], headings: Mapping[str, str], width: int, cell: Callable[[Any], str]
) -> Table:
    """Make a table of the given width that breaks as few values as possible.

    Slugs of venues get their full width first, then columns of single words, then columns of text.
    """
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    cells = [[cell(row.get(name)) for name in headings] for row in rows]
    columns = dict(zip(headings, zip(*cells, strict=True), strict=True))
    widths = {name: max(map(cell_len, (headings[name], *columns[name]))) for name in headings}
    least = max(_LEAST, width // len(widths) ** 2)  # a fair share if there are few columns: a path is long
    room = width + _GAP - sum(min(each, least) + _GAP for each in widths.values())
    fixed: dict[str, int] = {}
    # Users copy slugs into other commands, so their column is broken last.
    for name in sorted(columns, key=lambda name: (name != "venue", " " in "".join(columns[name]), widths[name])):
        longest_word = max(cell_len(word) for text in (headings[name], *columns[name]) for word in text.split())
        for width_ in (widths[name], longest_word):
            if name not in fixed and (missing := max(0, width_ - least)) <= room:
                fixed[name] = width_
                room -= missing
    for name, width_ in fixed.items():
        more = min(room, widths[name] - width_)
        fixed[name] += more
        room -= more
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for name, heading in headings.items():
        table.add_column(heading, overflow="fold", width=fixed.get(name))
    for line in cells:
        table.add_row(*map(Text, line))
    return table


def _with_zone(rows: Sequence[Mapping[str, Any]], headings: Mapping[str, str]) -> dict[str, str]:
    return {
        name: f"{heading} (UTC)" if any(isinstance(row.get(name), datetime) for row in rows) else heading
        for name, heading in headings.items()
    }


def _short(value: Any) -> str:
    """Return the text of `_cell`, with times and digests shortened."""
    if isinstance(value, datetime):
        return f"{value:%d %b %H:%M}" if value.year == utc_now().year else f"{value:%d %b %Y %H:%M}"
    return _DIGEST.sub(r"\1", _cell(value))


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        text = " ".join(f"{key}={_typed(each)}" for key, each in value.items())
    elif isinstance(value, list):
        text = "; ".join(map(_cell, value))
    else:
        text = "" if value is None else str(_as_text(value))
    return " ".join(replace_controls(text).split()) or "-"


def _typed(value: Any) -> str:
    """Return the value of a spider argument as a user types it."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_text(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else str(value)
