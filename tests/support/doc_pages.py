"""Read the pages of docs/ for tests that type their commands."""

from __future__ import annotations

import re
from textwrap import dedent

from tests.support.paths import ROOT


def section(page: str, title: str) -> str:
    """Return the text below a heading of a page, with its subsections."""
    text = (ROOT / "docs" / page).read_text()
    (found,) = re.findall(rf"(?ms)^(#+) {re.escape(title)}\n(.*?)(?=^\1 |^## |\Z)", text)
    return str(found[1])


def blocks(text: str) -> list[str]:
    """Return the indented blocks: what a reader types."""
    return [dedent(block) for block in re.findall(r"(?m)(?:^    .*\n(?:\n+(?=    ))?)+", text)]
