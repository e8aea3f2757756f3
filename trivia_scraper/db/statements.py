"""Statements that run for every event are built once: SQLAlchemy takes longer to build one than SQLite to run it."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Insert, Table, Update, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite


@cache
def setting(table: Table, *columns: str) -> Update:
    """UPDATE of these columns in the row whose id is the parameter `of_id`; the values have the columns' names."""
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    return update(table).where(table.c.id == bindparam("of_id")).values(values)


def inserting(connection: Connection, table: Table, *returning: Column[Any]) -> Any:
    """INSERT .. ON CONFLICT DO NOTHING RETURNING, which SQLAlchemy spells per engine; no row when there is a
    conflict."""
    return _inserting(connection.dialect.name, table, *returning)


@cache
def _inserting(dialect: str, table: Table, *returning: Column[Any]) -> Any:
    insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect]
    statement: Insert = insert(table).on_conflict_do_nothing()
    return statement.returning(*returning) if returning else statement
