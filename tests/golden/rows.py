"""Database rows with natural keys instead of numbers, so that two databases can be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, MetaData, Table, UniqueConstraint, inspect, select

Row = dict[str, Any]
# Columns that refer to a row without a foreign key: (table, column) -> the column that names the table.
_LOOSE = {("history", "entity_id"): "entity"}
_TABLES = {"venue": "venues", "event": "events", "image": "images"}


class NaturalRows:
    """All rows of a database, with row ids replaced by the unique values of that row."""

    def __init__(self, connection: Connection) -> None:
        metadata = MetaData()
        metadata.reflect(connection)
        self.tables = {table.name: table for table in metadata.sorted_tables}
        inspector = inspect(connection)
        self.unique = {
            name: self._unique_columns(table, inspector.get_unique_constraints(name))
            for name, table in self.tables.items()
        }
        self.rows: dict[str, list[Row]] = {
            name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for name, table in self.tables.items()
        }
        self.by_id = {
            name: {row["id"]: (number, row) for number, row in enumerate(rows)}
            for name, rows in self.rows.items()
            if rows and "id" in rows[0]
        }

    @staticmethod
    def _unique_columns(table: Table, constraints: list[Any]) -> list[str]:
        """Return the columns of the first unique constraint, or none."""
        found = [sorted(each["column_names"]) for each in constraints]
        found += [
            sorted(column.name for column in each.columns)
            for each in table.constraints
            if isinstance(each, UniqueConstraint)
        ]
        return min(found, default=[])

    def key(self, table: str, number: Any) -> Any:
        """Return the natural key of a row: its unique columns, or its position in the table."""
        if number is None:
            return None
        if number not in self.by_id.get(table, {}):
            return f"{table} without a row"
        place, row = self.by_id[table][number]
        columns = self.unique[table]
        if not columns:
            return f"{table} {place + 1}"
        return [self._value(table, column, row) for column in columns]

    def _value(self, table: str, column: str, row: Row) -> Any:
        value = row[column]
        for foreign in self.tables[table].columns[column].foreign_keys:
            return self.key(foreign.column.table.name, value)
        if (table, column) in _LOOSE:
            other = _TABLES.get(row[_LOOSE[table, column]])
            return self.key(other, value) if other else value
        if column == "written_by_run":  # not a foreign key, because runs are pruned
            return self.key("runs", value)
        if (table, column) == ("venue_merges", "moved"):
            return plain(value | {"pictures": [self.key("images", number) for number in value["pictures"]]})
        return plain(value)

    def __iter__(self) -> Iterator[tuple[str, Row]]:
        """Yield (table, row) in a fixed order; the `id` column is left out."""
        for name in sorted(self.rows):
            rows = [
                {column: self._value(name, column, row) for column in row if column != "id"} for row in self.rows[name]
            ]
            for row in sorted(rows, key=lambda each: json.dumps(each, sort_keys=True)):
                yield name, row


def plain(value: Any) -> Any:
    """Return a value for JSON: the digest of bytes, a time as UTC text."""
    if isinstance(value, datetime):
        return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat()[:19]
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(bytes(value)).hexdigest()
    if isinstance(value, dict):  # a row kept as JSON
        return {name: plain(each) for name, each in value.items() if name not in {"id", "venue_id"}}
    return value
