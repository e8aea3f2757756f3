"""A row of any table as one line of JSON, the same whichever engine it came from, and back.

What is NULL is left out, so that a JSON column's own null stays apart from it. Instants are written in UTC by ISO 8601,
bytes in base64, everything else as JSON has it.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Select, String, Table, Text, TypeDecorator, cast, select

_PLAIN = {bool: (bool,), int: (int,), float: (float, int), str: (str,)}


class NoRowError(ValueError):
    """A line is no row of its table. Its text goes on from the table's name."""


def rows_of(table: Table, dialect: str) -> Select[Any]:
    """Every row, JSON as the text that is stored, in the order of the primary key. That of text is by code point, on a
    server of any locale."""
    columns = [cast(each, Text).label(each.name) if _is_json(each) else each for each in table.columns]
    return select(*columns).order_by(*(_in_order(each, dialect) for each in table.primary_key.columns))


def written(table: Table) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """What makes a row of `rows_of` fit for json.dumps."""
    writers = {each.name: _writer(each) for each in table.columns}
    return lambda row: {name: writers[name](value) for name, value in row.items() if value is not None}


def read(table: Table) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """What makes parameters of an INSERT from what `written` made, for a statement with the types of `bound_type`. It
    raises NoRowError."""
    readers = {each.name: _reader(each) for each in table.columns}
    required = {each.name for each in table.columns if not each.nullable}

    def parameters(row: Mapping[str, Any]) -> dict[str, Any]:
        if unknown := row.keys() - readers.keys():
            raise NoRowError(f"has no column {min(unknown)}")
        if absent := required - row.keys():
            raise NoRowError(f"lacks its {min(absent)}")
        values = {}
        for name, reader in readers.items():
            try:
                values[name] = reader(row[name]) if name in row else None
            except (TypeError, ValueError):
                raise NoRowError(f"takes no such {name}") from None
        return values

    return parameters


def bound_type(column: Column[Any]) -> Any:
    """None is NULL also for a JSON column, whose own null is JSON.NULL."""
    return JSON(none_as_null=True) if _is_json(column) else column.type


def _kind(column: Column[Any]) -> type:
    """Of its values in Python."""
    kept = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    return kept.python_type


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON)


def _in_order(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    is_text = _kind(column) is str and dialect == "postgresql"
    return cast(column, String).collate("C") if is_text else column


def _writer(column: Column[Any]) -> Callable[[Any], Any]:
    if _is_json(column):
        return json.loads
    kind = _kind(column)
    if kind is datetime:
        return lambda value: value.isoformat()
    if kind is bytes:
        return lambda value: b64encode(value).decode()
    assert kind in _PLAIN, f"{column} is of a type that the dump has no form for"
    return lambda value: value


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    if _is_json(column):
        return lambda value: JSON.NULL if value is None else value
    kind = _kind(column)
    if kind is datetime:
        return datetime.fromisoformat
    if kind is bytes:
        return lambda value: b64decode(value, validate=True)
    return lambda value: _plain(kind, value)


def _plain(kind: type, value: Any) -> Any:
    if type(value) not in _PLAIN[kind]:
        raise TypeError
    return kind(value)
