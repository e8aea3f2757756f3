"""Rows as lines of JSON."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, String, Table

from trivia_scraper.db.dump_format import NoRowError, read, written


def test_bytes_are_carried_too() -> None:
    table = Table("pages", MetaData(), Column("digest", String(2), primary_key=True), Column("body", LargeBinary))
    row = {"digest": "ab", "body": bytes(range(256))}
    line = json.loads(json.dumps(written(table)(row)))
    assert read(table)(line) == row
    with pytest.raises(NoRowError, match="takes no such body"):
        read(table)({"digest": "ab", "body": "not base64!"})
