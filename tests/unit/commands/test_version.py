"""`scrapy version` names this project and its version, in the line before Scrapy's."""

from __future__ import annotations

import argparse

import pytest
import scrapy

from trivia_scraper import __version__
from trivia_scraper.commands.version import Command


@pytest.mark.parametrize(("option", "separator"), [([], " "), (["-v"], " : ")])
def test_project_version_is_printed_before_scrapys(
    option: list[str], separator: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = Command()
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", "--verbose", action="store_true")
    command.run([], parser.parse_args(option))
    ours, scrapys, *_ = capsys.readouterr().out.splitlines()
    assert ours == f"trivia_scraper{separator}{__version__}"
    assert scrapys.split()[0] == "Scrapy"
    assert scrapys.split()[-1] == scrapy.__version__
