"""The loader finds the spiders that Scrapy's own finds, without importing them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from tests.support.paths import ROOT
from trivia_scraper.exports import wording
from trivia_scraper.spiders.loader import SpiderFileLoader, titles

SETTINGS = Settings({"SPIDER_MODULES": ["trivia_scraper.spiders"]})
LISTS = """
import sys
from scrapy.settings import Settings
from trivia_scraper.exports import wording
from trivia_scraper.spiders.loader import SpiderFileLoader, titles
loader = SpiderFileLoader.from_settings(Settings({"SPIDER_MODULES": ["trivia_scraper.spiders"]}))
loader.list()
loader.load("pubquiz")
print(*(name for name in sys.modules if name.startswith("trivia_scraper.spiders.")))
"""


def test_loader_finds_same_spiders_as_scrapy() -> None:
    found, scrapys = SpiderFileLoader.from_settings(SETTINGS), SpiderLoader.from_settings(SETTINGS)
    assert sorted(found.list()) == sorted(scrapys.list())
    for name in scrapys.list():
        assert found.load(name) is scrapys.load(name)
    with pytest.raises(KeyError):
        found.load("nobody")


def test_loading_a_spider_imports_no_other() -> None:
    done = subprocess.run([sys.executable, "-c", LISTS], cwd=ROOT, capture_output=True, text=True, check=True)
    imported = {name.rpartition(".")[2] for name in done.stdout.split()}
    assert imported & set(SpiderLoader.from_settings(SETTINGS).list()) == {"pubquiz"}


def test_duplicate_spider_name_is_warned_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "two_spiders"
    package.mkdir()
    for file in ("__init__", "one", "other"):
        text = "" if file == "__init__" else 'class S(Base):\n    name = "same"\n'
        (package / f"{file}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.warns(UserWarning, match="same"):
        SpiderFileLoader.from_settings(Settings({"SPIDER_MODULES": ["two_spiders"]}))


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ('"""Set the\n    name = "x"\n    of your spider."""\n    name = "of_docstring"', ["of_docstring"]),
        ('name = "of_call"\n    venue = dict(\n        name="The Fox",\n    )', ["of_call"]),
        ('name: ClassVar[str | None] = "annotated"', ["annotated"]),
        ('name = "_".join(("computed", "name"))', ["computed_name"]),
        ("name: str", []),
        ("name = None", []),
    ],
    ids=["docstring", "call", "annotated", "computed", "declared", "none"],
)
def test_names_are_read_as_python_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, names: list[str]
) -> None:
    package = tmp_path / "one_spider"
    package.mkdir()
    (package / "__init__.py").touch()
    head = "from typing import ClassVar\nfrom scrapy import Spider\n\n\n"
    (package / "spider.py").write_text(f"{head}class OneSpider(Spider):\n    {body}\n")
    monkeypatch.syspath_prepend(tmp_path)
    for module in ("one_spider", "one_spider.spider"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    loader = SpiderFileLoader.from_settings(Settings({"SPIDER_MODULES": ["one_spider"]}))
    assert loader.list() == names
    for name in names:
        assert loader.load(name).name == name


def test_title_of_a_spider_is_its_name_for_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "titled_pubs.py").write_text(
        'class A(Base):\n    name = "quizbase_api"\n    title = "QuizBase"\n\n\n'
        'class B(Base):\n    name = "tap_trivia"\n'
    )
    found = titles("titled_pubs")
    assert found == {"quizbase_api": "QuizBase"}
    monkeypatch.setattr(wording, "titles", lambda: found)
    wording._titles.cache_clear()
    assert [wording.format_publisher(key) for key in ("quizbase_api", "tap_trivia")] == ["QuizBase", "Tap Trivia"]
    wording._titles.cache_clear()
