"""Pages cannot go stale: what is made from the code is made again and compared."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from trivia_scraper.arguments import SpiderArguments

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


MADE = runpy.run_path(str(ROOT / "docs" / "generate.py"))["PAGES"]


@pytest.mark.parametrize("name", MADE)
def test_a_page_is_what_the_code_makes_of_it(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == MADE[name](), "run: python docs/generate.py"


@pytest.mark.parametrize("name", SpiderArguments.model_fields)
def test_every_argument_is_in_the_operators_page(name: str) -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    assert f"`{name}`" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_named_files_exist(page: Path) -> None:
    text = page.read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (page.parent / target).exists() or "://" in target, target
    for name in re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", text):
        assert (ROOT / name).exists() or (ROOT / "trivia_scraper" / name).exists(), name
