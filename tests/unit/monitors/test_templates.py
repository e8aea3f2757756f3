"""The templates of the Spidermon suite."""

from __future__ import annotations

from pathlib import Path


def test_the_templates_name_no_address() -> None:
    for template in Path("trivia_scraper/monitors/templates").iterdir():
        assert "//" not in template.read_text()
