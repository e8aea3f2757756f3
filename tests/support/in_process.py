"""Runs commands in this process, for tests of their output and exit code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import scrapy.cmdline
from scrapy.settings import Settings


def settings_of(home: Path, **more: str) -> Settings:
    """Return the project's settings with the state below `home`."""
    settings = Settings()
    settings.setmodule("trivia_scraper.settings", priority="project")
    places = {name: str(home / place) for name, place in _PLACES.items()}
    settings.setdict(places | {"DATABASE_URL": f"sqlite:///{home}/trivia.db"} | more, priority="project")
    return settings


_PLACES: Mapping[str, str] = {
    "IMAGES_STORE": "images",
    "FEEDS_DIR": "feeds",
    "SPILL_DIR": "spill",
    "CATALOGUE_DIR": "catalogue",
    "LOG_DIR": "log",
}


def scrapy_in_process(settings: Settings, *words: str) -> int:
    """Run `scrapy WORDS` and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        scrapy.cmdline.execute(["scrapy", *words], settings.copy())
    code = ended.value.code
    assert isinstance(code, int)
    return code
