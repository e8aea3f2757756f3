"""Dumps the whole database into one file, which can be loaded into either engine.

The file is gzip of JSON Lines. The first line is the header: {"format", "format_version", "revision", "version"}. Each
table follows, referenced tables first: {"table", "rows", "last_id"}, then its rows. last_id is the highest id that the
table ever gave to a row, so that no id is used twice. The same rows make the same lines on both engines.

NULL is left out, to distinguish it from the null of a JSON column. Instants are ISO 8601 in UTC, bytes are base64, all
other values are plain JSON.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeGuard

from sqlalchemy import (
    JSON,
    URL,
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    cast,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from trivia_scraper import __version__
from trivia_scraper.atomic import place_new, replace_file, sync_directory
from trivia_scraper.db import migrations
from trivia_scraper.db.connect import describe_error
from trivia_scraper.db.engine import Store
from trivia_scraper.db.queries import order_by_code_point
from trivia_scraper.db.schema import metadata, store_identity
from trivia_scraper.errors import TriviaError

FORMAT, FORMAT_VERSION = "trivia_scraper dump", 1
_BATCH_SIZE = 500  # rows in memory at once
_NOT_EMPTY = "the database is not empty; set DATABASE_URL to a new one."
_LARGEST_COUNT = 2**63 - 1  # on both engines
_LONGEST_LINE = 64 * 1024 * 1024  # bytes; every row is far shorter
_PLAIN = {bool: (bool,), int: (int,), float: (float, int), str: (str,)}


class DumpError(TriviaError):
    """A dump cannot be loaded. The text is one sentence."""


def dump(connection: Connection, path: Path) -> dict[str, int]:
    """Write the file atomically. Return the number of rows by table.

    Raises OutputError and OSError; an existing file is then unchanged.
    """
    # No file name and time in the gzip header: equal rows give equal bytes.
    with replace_file(path) as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        return _write(connection, packed)


def _write(connection: Connection, file: gzip.GzipFile) -> dict[str, int]:
    def line(value: Mapping[str, Any]) -> None:
        file.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")

    line({"format": FORMAT, "format_version": FORMAT_VERSION, "revision": migrations.NEWEST, "version": __version__})
    counts = {}
    for table in metadata.sorted_tables:
        counts[table.name] = connection.scalar(select(func.count()).select_from(table)) or 0
        line({"table": table.name, "rows": counts[table.name], "last_id": _last_id(connection, table)})
        rows = _all_rows(table, connection.dialect.name).execution_options(yield_per=_BATCH_SIZE)
        to_line = make_row_writer(table)
        for row in connection.execute(rows).mappings():
            line(to_line(dict(row)))
    return counts


def load(connection: Connection, path: Path) -> dict[str, int]:
    """Fill an empty database. Return the number of rows by table.

    Raises DumpError, and OSError if the file cannot be read. The caller then rolls the transaction back.
    """
    for table in metadata.sorted_tables:
        if table is not store_identity and connection.execute(select(1).select_from(table).limit(1)).first():
            raise DumpError(_NOT_EMPTY)
    connection.execute(store_identity.delete())  # the dump has the id of the store of its images
    counts = {}
    with gzip.open(path) as file:
        lines = _lines(file, path)
        _check_header(next(lines, {}), path)
        for table in metadata.sorted_tables:
            counts[table.name] = _load_table(connection, table, lines, path)
        if next(lines, None) is not None:
            raise DumpError(f"{path} continues after its last table.")
    return counts


def load_into_new_file(address: URL, path: Path) -> dict[str, int]:
    """Make an SQLite file from a dump. Return the number of rows by table. The file appears only when complete.

    Raises DumpError and OSError, and then makes no file.
    """
    target = Path(str(address.database)).absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as directory:
        part = Path(directory, target.name)
        with closing(Store(URL.create("sqlite", database=str(part)).render_as_string())) as store:
            counts = store.run(load, path)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        try:
            place_new(part, target)
        except FileExistsError:
            raise DumpError(_NOT_EMPTY) from None
    sync_directory(target.parent)
    return counts


def check_header(path: Path) -> None:
    """Refuse a file that is not a dump of this revision. Raises DumpError, OSError."""
    with gzip.open(path) as file:
        _check_header(next(_lines(file, path), {}), path)


def _lines(file: gzip.GzipFile, path: Path) -> Iterator[dict[str, Any]]:
    number = 0
    try:
        while packed := file.readline(_LONGEST_LINE):
            number += 1
            value = json.loads(packed)
            if not isinstance(value, dict):
                raise ValueError
            yield value
    except (EOFError, zlib.error, gzip.BadGzipFile):
        if not number:
            raise DumpError(f"{path} is not a dump of this project.") from None
        raise DumpError(f"{path} is truncated or damaged after line {number}.") from None
    except (ValueError, RecursionError):
        raise DumpError(f"{path} is not a dump: line {number} is not a JSON object.") from None


def _check_header(header: Mapping[str, Any], path: Path) -> None:
    if header.get("format") != FORMAT:
        raise DumpError(f"{path} is not a dump of this project.")
    if header.get("format_version") != FORMAT_VERSION:
        raise DumpError(f"{path} has a format that this version does not know; update trivia_scraper.")
    if header.get("revision") != migrations.NEWEST:
        raise DumpError(
            f"{path} was made at database revision {header.get('revision')}, and this version needs "
            f"{migrations.NEWEST}: run `scrapy db upgrade` on that database and dump it again, "
            f"or load the dump with version {header.get('version')}."
        )


def _load_table(connection: Connection, table: Table, lines: Iterator[dict[str, Any]], path: Path) -> int:
    """Fill a table from its lines. Return the number of rows."""
    head, counter = next(lines, {}), table.autoincrement_column
    expected, last_id = head.get("rows"), head.get("last_id")
    if not (head.get("table") == table.name and _is_count(expected) and (last_id is None or _is_count(last_id))):
        raise DumpError(f"{path} is damaged: the table {table.name} does not begin where it should.")
    statement = insert(table).values({each: bindparam(each.name, type_=_bound_type(each)) for each in table.columns})
    parameters, last_id, done = make_row_reader(table), last_id or 0, 0
    while batch := list(islice(lines, min(_BATCH_SIZE, expected - done))):
        try:
            rows = [parameters(row) for row in batch]
            connection.execute(statement, rows)
        except InvalidRowError as error:
            raise DumpError(f"{path} is damaged: the table {table.name} {error}.") from None
        except (SQLAlchemyError, OverflowError) as error:
            raise DumpError(f"{path} has rows that the table {table.name} rejects: {describe_error(error)}.") from None
        done += len(rows)
        if counter is not None:
            last_id = max(last_id, *(row[counter.name] for row in rows))
    if done != expected:
        raise DumpError(f"{path} is damaged: it ends after {done} of {expected} rows of the table {table.name}.")
    if last_id:
        _count_on(connection, table, last_id)
    return done


def _is_count(value: Any) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= _LARGEST_COUNT


def _last_id(connection: Connection, table: Table) -> int | None:
    column = table.autoincrement_column
    if column is None:
        return None
    query: Any = select(func.max(column))
    if connection.dialect.name == "postgresql":
        sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
        query = text(f"SELECT CASE WHEN is_called THEN last_value END FROM {sequence}")  # noqa: S608 - from the server
    elif _has_counter(table):
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :name").bindparams(name=table.name)
    last_id: int | None = connection.scalar(query)
    return last_id


def _count_on(connection: Connection, table: Table, last_id: int) -> None:
    """Make the next row of the table get a higher id than `last_id`."""
    column = table.autoincrement_column
    if column is None:
        return
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        connection.execute(select(func.setval(sequence, last_id)))
    elif _has_counter(table):
        name = {"name": table.name}
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), name)
        connection.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :last)"), {**name, "last": last_id})


def _has_counter(table: Table) -> bool:
    """Return whether SQLite remembers the highest id ever given. Otherwise it continues after the highest stored id."""
    return bool(table.dialect_options["sqlite"]["autoincrement"])


class InvalidRowError(ValueError):
    """A line is not a row of its table. The text continues a sentence that begins with the table's name."""


def _all_rows(table: Table, dialect: str) -> Select[Any]:
    """Select all rows by primary key, with JSON as its stored text. Text is ordered by code point in any locale."""
    columns = [cast(each, Text).label(each.name) if _is_json(each) else each for each in table.columns]
    return select(*columns).order_by(*(_in_order(each, dialect) for each in table.primary_key.columns))


def make_row_writer(table: Table) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return a function that converts a row of `_all_rows` for json.dumps."""
    writers = {each.name: _codec(each)[0] for each in table.columns}
    return lambda row: {name: writers[name](value) for name, value in row.items() if value is not None}


def make_row_reader(table: Table) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return a function that converts a row of a dump to parameters of an INSERT whose types are from `_bound_type`.

    The function raises InvalidRowError.
    """
    readers = {each.name: _codec(each)[1] for each in table.columns}
    required = {each.name for each in table.columns if not each.nullable}

    def parameters(row: Mapping[str, Any]) -> dict[str, Any]:
        if unknown := row.keys() - readers.keys():
            raise InvalidRowError(f"has no column {min(unknown)}")
        if absent := required - row.keys():
            raise InvalidRowError(f"needs a value in the column {min(absent)}")
        values = {}
        for name, reader in readers.items():
            try:
                values[name] = reader(row[name]) if name in row else None
            except (TypeError, ValueError):
                raise InvalidRowError(f"cannot have this value in the column {name}") from None
        return values

    return parameters


def _bound_type(column: Column[Any]) -> Any:
    """Return a type that stores None as NULL, also in a JSON column. There, JSON.NULL stores JSON's null."""
    return JSON(none_as_null=True) if _is_json(column) else column.type


def _kind(column: Column[Any]) -> type:
    """Return the Python type of the column's values."""
    kept = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    return kept.python_type


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON)


def _in_order(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    return order_by_code_point(column, dialect) if _kind(column) is str else column


def _codec(column: Column[Any]) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Return two functions, which convert a value of the column to JSON and back."""
    if _is_json(column):
        return json.loads, lambda value: JSON.NULL if value is None else value
    kind = _kind(column)
    if kind is datetime:
        return datetime.isoformat, datetime.fromisoformat
    if kind is bytes:
        return lambda value: b64encode(value).decode(), lambda value: b64decode(value, validate=True)
    assert kind in _PLAIN, f"the dump does not support the type of {column}"
    return lambda value: value, lambda value: _plain(kind, value)


def _plain(kind: type, value: Any) -> Any:
    if type(value) not in _PLAIN[kind]:
        raise TypeError
    return kind(value)
