"""Cells of a spreadsheet."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.cells import from_cell
from trivia_scraper.formatting import as_cell


@example("+ ")
@given(st.text(alphabet=st.sampled_from("=+-@'; \t\r\na＝"), max_size=12))
def test_cell_apostrophe_is_added_and_removed(text: str) -> None:
    cell = as_cell(text)
    assert from_cell(cell) == text
    assert not re.search(r"(?:\A|[;\t\r\n])\s*[=+\-@＝]", cell)
