"""Generated pages are current, and pages name only existing files, anchors and commands."""

from __future__ import annotations

import argparse
import re
import runpy
from importlib import import_module
from pathlib import Path

import pytest
from scrapy.commands import ScrapyCommand
from scrapy.settings import Settings

from tests.support.doc_pages import section
from tests.support.paths import ROOT
from trivia_scraper import __version__
from trivia_scraper.spiders.arguments import SpiderArguments

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


MADE = runpy.run_path(str(ROOT / "docs" / "generate.py"))["PAGES"]


@pytest.mark.parametrize("name", MADE)
def test_generated_page_is_current(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == MADE[name](), "run: python docs/generate.py"


def test_names_are_explained_on_one_page() -> None:
    """docs/spiders.md is generated and has what spiders set and call."""
    explained = [
        re.findall(r"(?m)^\| `(\w+)", (ROOT / "docs" / page).read_text()) for page in ("platforms.md", "spiders.md")
    ]
    twice = sorted(set(explained[0]) & set(explained[1]))
    assert twice == [], f"docs/platforms.md: remove {twice} and link to docs/spiders.md"


def test_operations_lists_all_spider_arguments() -> None:
    text = section("operations.md", "Spider arguments")
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", text, re.MULTILINE)
    assert rows == [(name, field.description) for name, field in SpiderArguments.model_fields.items()]


def test_changelog_begins_with_this_version() -> None:
    newest = re.search(r"(?m)^## (\S+)", (ROOT / "CHANGELOG.md").read_text())
    assert newest
    assert newest[1] == __version__


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    without_code = re.sub(r"(?ms)^```.*?^```$", "", text)
    headings = re.findall(r"(?m)^#+ (.*)$", without_code)
    return {re.sub(r"[^\w\s-]", "", heading).lower().replace(" ", "-") for heading in headings}


def links(page: Path) -> list[tuple[Path, str]]:
    """Return file and anchor of each link to a file of this project."""
    found = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", page.read_text())
    return [
        ((page.parent / target).resolve() if target else page, anchor)
        for target, anchor in found
        if "://" not in target
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_named_files_exist(page: Path) -> None:
    for target, anchor in links(page):
        assert target.exists(), target
        assert not anchor or anchor in anchors(target.read_text()), f"{target.name}#{anchor}"
    for name in re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", page.read_text()):
        assert (ROOT / name).exists() or (ROOT / "trivia_scraper" / name).exists(), name


def test_architecture_names_code_that_exists() -> None:
    for row in (ROOT / "docs/architecture.md").read_text().splitlines():
        code = None
        for quoted in re.findall(r"`([^`]+)`", row):
            if quoted.endswith(".py"):
                path = ROOT / "trivia_scraper" / quoted
                code = path.read_text() if path.exists() else None
            elif code is not None and re.fullmatch(r"\w+", quoted):
                assert re.search(rf"\b{quoted}\b", code), f"{path.name} has no {quoted}"


def test_pages_are_linked_from_the_readme() -> None:
    linked = {target for target, _ in links(ROOT / "README.md")}
    assert set(PAGES) - {ROOT / "README.md"} <= linked


# A command in an indented block, after a prompt, or in a table. N stands for the number of a run.
COMMAND = re.compile(r"(?m)^(?: {4,}|\$ |\|.*?`|.*; )?(?:[A-Z_]+=\S+ )*((?:scrapy|trivia) [^`;#\n]+)")
TYPED = sorted({found.strip().replace(" N", " 7") for page in PAGES for found in COMMAND.findall(page.read_text())})


def command_class(name: str) -> type[ScrapyCommand]:
    package = "scrapy" if name in {"genspider", "list", "shell", "version"} else "trivia_scraper"
    found: type[ScrapyCommand] = import_module(f"{package}.commands.{name.replace('-', '_')}").Command
    return found


def test_commands_of_the_pages_exist(subtests: pytest.Subtests) -> None:
    for line in TYPED:
        with subtests.test(line=line):
            words = line.split()
            command = command_class(words[1])()
            command.settings = Settings()
            parser = argparse.ArgumentParser(conflict_handler="resolve")
            command.add_options(parser)
            _, rest = parser.parse_known_args(words[2:])
            assert [word for word in rest if word.startswith("-")] == []
            verbs = re.findall("[a-z]+", command.syntax()) if "|" in command.syntax() else []
            assert not verbs or len(words) == 2 or words[2].startswith("-") or words[2] in verbs
