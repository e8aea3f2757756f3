"""Output for people on a terminal, for pipes, and for programs."""

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
from trivia_scraper.formatting import iso, plain

if TYPE_CHECKING:
    from rich.table import Table

# Columns of a terminal: at least for a broken value; between values; more than any table takes.
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
    """Print no more once the reader of a pipe has ended, as `| head` does. The command continues to its exit code."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show_json_rows(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print a JSON list, a line for each row and with one row in memory at a time.

    Python indents JSON without its C encoder, which took a third of the time of `scrapy events --json`.
    """
    before = "["
    with until_pipe_closes():
        for row in rows:
            sys.stdout.write(f"{before}\n{json.dumps(row, ensure_ascii=_writes_ascii(), default=_as_text)}")
            before = ","
        print("[]" if before == "[" else "\n]")


def _writes_ascii() -> bool:
    """Return whether letters have to be escaped, because standard output does not take UTF-8."""
    return (sys.stdout.encoding or "").lower() not in {"utf-8", "utf8"}


def escape_unknown_letters() -> None:
    """Let standard output escape letters that its encoding lacks. A venue's name must not end a command."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def show_table(
    rows: Iterable[Mapping[str, Any]],
    columns: Iterable[str],
    nothing: str | Callable[[], str],
    narrow: Mapping[str, str] | None = None,
) -> None:
    """Print a table on a terminal, and elsewhere tab-separated lines under a heading line, with one row in memory at a
    time. If there are no rows, print `nothing`, or what it returns, on a terminal; elsewhere the heading line, and that
    on standard error.

    narrow: column -> heading, of the columns to show where the table is wider than the terminal; times and digests are
    shortened there, and columns without a value are left out.
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
    """Print what a run changed, as `show_table` does. On a narrow terminal a change is one text."""
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
    from rich.console import Console  # which a pipe does not need

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
    """Make a table that keeps as many columns unbroken as it has room for: slugs of venues first, then words, then
    texts, whose words stay whole if there is room."""
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    cells = [[cell(row.get(name)) for name in headings] for row in rows]
    columns = dict(zip(headings, zip(*cells, strict=True), strict=True))
    widths = {name: max(map(cell_len, (headings[name], *columns[name]))) for name in headings}
    least = max(_LEAST, width // len(widths) ** 2)  # of a few columns each gets its share, or a path would be in bits
    room = width + _GAP - sum(min(each, least) + _GAP for each in widths.values())
    fixed: dict[str, int] = {}
    # A slug is typed in other commands, so its column is the last one to be broken.
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
    return " ".join(plain(text).split()) or "-"


def _typed(value: Any) -> str:
    """Return the value of a spider argument as a person types it."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_text(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else str(value)
