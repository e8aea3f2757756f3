"""What a table prints of hostile texts."""

from __future__ import annotations

import re

import pytest

from tests.support.hostile_texts import HOSTILE
from trivia_scraper.cli.tables import show_table


def test_what_commands_print_does_nothing_to_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_table([{"name": text.encode("utf-8", "replace").decode()} for text in HOSTILE.values()], ["name"], "")
    out = capsys.readouterr().out
    assert len(out.splitlines()) == len(HOSTILE)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", out)
