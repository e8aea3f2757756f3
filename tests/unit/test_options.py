"""Declarations of settings, and errors about wrong values."""

from __future__ import annotations

import logging
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from trivia_scraper import settings as project
from trivia_scraper.db.connect import parse_url
from trivia_scraper.errors import UsageError
from trivia_scraper.images.options import IMAGE_OPTIONS
from trivia_scraper.options import OF_SCRAPY, OPTIONS, PLACES, check_settings

PACKAGE = Path(str(project.__file__)).parent
READERS = "".join(path.read_text() for path in PACKAGE.rglob("*.py") if path.name != "options.py")
EVERY = (*OPTIONS, *PLACES, *OF_SCRAPY, *IMAGE_OPTIONS)


def settings(**given: Any) -> Settings:
    found = Settings()
    found.setmodule(project)
    found.update(given, priority="cmdline")
    return found


def test_defaults_are_allowed() -> None:
    check_settings(settings(), EVERY)


def test_setting_is_declared_once() -> None:
    names = [each.name for each in EVERY]
    assert len(set(names)) == len(names)
    source = Path(str(project.__file__)).read_text()
    for each in PLACES:
        found = re.findall(rf"^{each.name} = ", source, re.MULTILINE)
        assert len(found) == 1, f"settings.py: set {each.name}, with `_place`"
        assert source.count(f'environ.get("{each.name}"') == 0
    for each in (*OPTIONS, *IMAGE_OPTIONS):
        assert not re.search(rf"^{each.name} = ", source, re.MULTILINE), f"settings.py: options.py sets {each.name}"


@pytest.mark.parametrize("name", [each.name for each in (*OPTIONS, *PLACES, *IMAGE_OPTIONS)])
def test_declared_setting_is_read(name: str) -> None:
    assert f'"{name}"' in READERS, f"options.py: no module reads {name}"


@pytest.mark.parametrize("home", ["/srv/trivia", "/srv/a b%c?d#e"])
def test_places_are_in_home_unless_environment_differs(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    for each in PLACES:
        monkeypatch.delenv(each.name, raising=False)
    monkeypatch.setenv("TRIVIA_HOME", home)
    for name in ("IMAGES_STORE", "FEEDS_DIR", "LOG_DIR"):
        monkeypatch.setenv(name, f"/elsewhere/{name}")
    found = runpy.run_path(str(project.__file__))
    assert (found["IMAGES_STORE"], found["FEEDS_DIR"]) == ("/elsewhere/IMAGES_STORE", "/elsewhere/FEEDS_DIR")
    assert (found["LOG_DIR"], found["SPILL_DIR"]) == (f"{home}/log", f"{home}/spill"), "LOG_DIR is not of this project"
    assert parse_url(found["DATABASE_URL"]).database == f"{home}/trivia.db"
    assert (found["QUEUE_PLANS"], found["ALERT_URLS"], found["METRICS_FILE"]) == ("[]", "", "")


def test_directory_is_not_a_metrics_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^the setting METRICS_FILE takes a file, not "):
        check_settings(settings(METRICS_FILE=str(tmp_path)), EVERY)
    check_settings(settings(METRICS_FILE=str(tmp_path / "trivia.prom")), EVERY)


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("IMAGES_EXPIRES", "0.5", 0.5),
        ("IMAGES_EXPIRES", "-1", -1),
        ("IMAGES_THREADS", "4", 4),
        ("MAX_SHRINK", "1", 1.0),
        ("MIN_LISTED", "0", 0),
        ("STOP_GRACE", 0, 0.0),
        ("RETRY_TIMES", "0", 0),
        ("PRIVATE_HOSTS_ALLOWED", "proxy.internal, 10.0.0.1", ["proxy.internal", "10.0.0.1"]),
        ("PRIVATE_HOSTS_ALLOWED", '["Proxy.internal", "::1"]', ["proxy.internal", "::1"]),
        ("PRIVATE_HOSTS_ALLOWED", ["10.0.0.1"], ["10.0.0.1"]),
        ("PRIVATE_HOSTS_ALLOWED", "", []),
        ("IMAGES_THUMBS_FIT", "true", True),
        ("IMAGES_THUMBS", '{"small": [10, 20]}', {"small": (10, 20)}),
        ("MIN_COVERAGE", '{"fee": 0.25}', {"fee": 0.25}),
        ("EXPECTED_EVERY_HOURS", '{"*": 36, "pubquiz": null}', {"*": 36.0, "pubquiz": None}),
        ("LOG_LEVEL", "ERROR", logging.ERROR),
        ("LOG_LEVEL", logging.ERROR, logging.ERROR),
        ("DOWNLOAD_TIMEOUT", "0.5", 0.5),
        ("REDIRECT_PRIORITY_ADJUST", "-1", -1),
        ("TELNETCONSOLE_ENABLED", "True", True),
    ],
)
def test_command_line_value_gets_its_type(name: str, value: Any, found: Any) -> None:
    (declared,) = [each for each in EVERY if each.name == name]
    assert declared.value(settings(**{name: value})) == found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("IMAGES_EXPIRES", value) for value in ("soon", "nan", "inf", "36501", "-36501")),
        *(("IMAGES_THREADS", value) for value in ("0", "1.5", 1.5, "x", None)),
        *(("MAX_SHRINK", value) for value in ("1.1", "-0.1", "nan")),
        *(("ALERT_TIMEOUT", value) for value in ("0", "never", "inf")),
        *(("IMAGES_THUMBS_FIT", value) for value in ("maybe", "x")),
        *(("MIN_COVERAGE", value) for value in ('{"colour": 1}', '{"fee": 2}', "x", "[]x")),
        *(("EXPECTED_EVERY_HOURS", value) for value in ("daily", '{"*": 0}', '{"*": -1}', '{"*": "x"}')),
        ("ROBOTSTXT_OBEY", "perhaps"),
        *(("LOG_LEVEL", value) for value in ("LOUD", "info", "", None)),
        *(("LOG_FILE", value) for value in ("/nonexistent/log", "/")),
        *(("CONCURRENT_REQUESTS", value) for value in ("abc", "0", "1.5")),
        ("CLOSESPIDER_ITEMCOUNT", "many"),
        ("CLOSESPIDER_TIMEOUT", "late"),
        ("AUTOTHROTTLE_ENABLED", "perhaps"),
        ("TWISTED_REACTOR", "twisted.internet.selectreactor.SelectReactor"),
        ("TWISTED_REACTOR", ""),
        ("TWISTED_REACTOR_ENABLED", "False"),
        *(("RETRY_TIMES", value) for value in ("1.5", "-1", "x")),
        *(("PRIVATE_HOSTS_ALLOWED", value) for value in ("http://proxy/", "a,,b", "[1", "[[]]", 5)),
    ],
)
def test_wrong_value_names_the_setting(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=rf"^the setting {name} takes [^.].*, not .*\.$"):
        check_settings(settings(**{name: value}), EVERY)
