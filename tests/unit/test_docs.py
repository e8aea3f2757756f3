"""Pages cannot go stale: what is made from the code is made again and compared."""

from __future__ import annotations

import argparse
import re
import runpy
from importlib import import_module
from pathlib import Path

import pytest
from scrapy.settings import Settings

from tests.support.paths import ROOT
from trivia_scraper.spiders.arguments import SpiderArguments

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


MADE = runpy.run_path(str(ROOT / "docs" / "generate.py"))["PAGES"]


@pytest.mark.parametrize("name", MADE)
def test_a_page_is_what_the_code_makes_of_it(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == MADE[name](), "run: python docs/generate.py"


def test_the_operators_page_has_every_argument_with_its_meaning() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    section = page.partition("\n## Spider arguments\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", section, re.MULTILINE)
    assert rows == [(name, field.description) for name, field in SpiderArguments.model_fields.items()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_named_files_exist(page: Path) -> None:
    text = page.read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (page.parent / target).exists() or "://" in target, target
    headings = [re.sub(r"[^\w\s-]", "", title).lower().replace(" ", "-") for title in re.findall("(?m)^#+ (.*)$", text)]
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(headings)
    for name in re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", text):
        assert (ROOT / name).exists() or (ROOT / "trivia_scraper" / name).exists(), name


LINES = (ROOT / "docs" / "operations.md").read_text().splitlines()
TYPED = [
    command
    for line in LINES
    if re.match(r" {4,}(\w+=\S+ )*(scrapy|trivia) ", line)
    for command in line.partition("#")[0].strip().split("; ")
]


def test_every_command_of_the_operators_page_exists(subtests: pytest.Subtests) -> None:
    for line in dict.fromkeys(TYPED):
        with subtests.test(line=line):
            words = [word for word in line.split() if not re.match(r"[A-Z_]+=", word)]
            command = import_module(f"trivia_scraper.commands.{words[1].replace('-', '_')}").Command()
            command.settings = Settings()
            parser = argparse.ArgumentParser(conflict_handler="resolve")
            command.add_options(parser)
            _, rest = parser.parse_known_args(words[2:])
            assert [word for word in rest if word.startswith("-")] == []
            verbs = re.findall("[a-z]+", command.syntax()) if "|" in command.syntax() else []
            assert not verbs or words[2].startswith("-") or words[2] in verbs
