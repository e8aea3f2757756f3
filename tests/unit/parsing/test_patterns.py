"""Regular expressions mean the same on every supported Python."""

from __future__ import annotations

import re

from tests.support.paths import ROOT

POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{[\d,{}]*\})\+")


def test_patterns_have_no_possessive_group() -> None:
    """Python before 3.11.5 can match a group like (?:...)*+ wrongly (gh-106052), and Debian 12 has 3.11.2."""
    sources = (ROOT / "trivia_scraper").rglob("*.py")
    assert [str(path) for path in sources if POSSESSIVE_GROUP.search(path.read_text())] == []
