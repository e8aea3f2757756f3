"""Reads cells of a spreadsheet as docs/exports.md says."""

from __future__ import annotations

import re

_APOSTROPHE = re.compile(r"(?:\A|(?<=[;\t\r\n]))'")


def from_cell(cell: str) -> str:
    """Return the text of a cell, without the apostrophes that the export added."""
    return _APOSTROPHE.sub("", cell)
