"""Misspelt names and wrong values on the command line."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest
import scrapy
from scrapy.settings import Settings

from trivia_scraper.cli.arguments import parse_spider_arguments
from trivia_scraper.cli.command import (
    check_publisher,
    check_setting_names,
    describe_unexpected,
    one_of,
    seconds,
    whole_number,
)
from trivia_scraper.errors import UsageError


def project_settings() -> Settings:
    settings = Settings()
    settings.setdict({"IMAGES_EXPIRES": 7, "MAX_SHRINK": 0.4, "DOWNLOAD_DELAY": 3}, priority="project")
    return settings


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("IMAGE_EXPIRES", "IMAGES_EXPIRES"),
        ("IMAGES_EXPIRE", "IMAGES_EXPIRES"),
        ("MAX_SHRNK", "MAX_SHRINK"),
        ("DOWNLOADDELAY", "DOWNLOAD_DELAY"),
        ("images_expires", "IMAGES_EXPIRES"),
        ("CONCURRENT_REQUEST", "CONCURRENT_REQUESTS"),
        ("ROBOTSTXT_OBAY", "ROBOTSTXT_OBEY"),
    ],
)
def test_misspelt_setting_suggests_the_right_one(typed: str, meant: str) -> None:
    with pytest.raises(UsageError, match=rf"^there is no setting {typed}; did you mean {meant}[?]$"):
        check_setting_names(project_settings(), [f"{typed}=3"])


@pytest.mark.parametrize(
    "name", ["IMAGES_EXPIRES", "DOWNLOAD_TIMEOUT", "FILES_EXPIRES", "SPIDERMON_EMAIL_TO", "MY_OWN_SETTING"]
)
def test_other_settings_pass(name: str) -> None:
    check_setting_names(project_settings(), [f"{name}=3"])


@pytest.mark.filterwarnings("ignore::scrapy.exceptions.ScrapyDeprecationWarning")
def test_settings_of_scrapy_pass() -> None:
    sources = [path.read_text() for path in Path(scrapy.__file__).parent.rglob("*.py")]
    read = re.findall(r"""settings(?:\.get\w*\(|\[)\s*["']([A-Z][A-Z0-9_]+)["']""", "\n".join(sources))
    assert len(set(read)) > 100
    check_setting_names(project_settings(), [f"{name}={{}}" for name in set(read)])


@pytest.mark.parametrize("name", ["TRIVIA_HOME", "CONTACT_URL", "FEEDS_DIR"])
def test_environment_only_setting_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=rf"^-s {name} has no effect; set it in the environment: {name}=x scrapy"):
        check_setting_names(project_settings(), [f"{name}=x"])


@pytest.mark.parametrize("value", ["x", "{", "1", "[]", ""])
def test_mapping_in_invalid_json_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match=r"^the setting FEEDS takes a JSON object, not "):
        check_setting_names(project_settings(), [f"FEEDS={value}"])
    check_setting_names(project_settings(), ['FEEDS={"a.json": {"format": "json"}}'])


def test_words_without_a_value_are_refused() -> None:
    with pytest.raises(UsageError, match=r"^-s takes NAME=VALUE, not 'NONSENSE'.$"):
        check_setting_names(project_settings(), ["NONSENSE"])
    with pytest.raises(UsageError, match=r"^-a takes NAME=VALUE, not 'limit'.$"):
        parse_spider_arguments(["venue=a=b", "limit"])
    assert parse_spider_arguments(["venue=a=b", "limit="]) == {"venue": "a=b", "limit": ""}


def test_unknown_name_suggests_nearest_or_lists_all() -> None:
    names = ["quizmeisters", "pubquiz"]
    check_publisher("pubquiz", names)
    with pytest.raises(UsageError, match=r"^there is no publisher 'quizmeister'; did you mean 'quizmeisters'[?]$"):
        check_publisher("quizmeister", names)
    with pytest.raises(UsageError, match=r"^there is no publisher 'xyz'; choose from pubquiz, quizmeisters.$"):
        check_publisher("xyz", names)


def test_unknown_option_suggests_nearest() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--publisher")
    assert describe_unexpected("--publsher=x", "runs", parser) == (
        "`scrapy runs` has no option --publsher; did you mean --publisher?"
    )
    assert describe_unexpected("--zzz", "runs", parser).endswith("; see `scrapy runs -h`.")
    assert describe_unexpected("extra", "runs", parser).startswith("'extra' is an unexpected argument; ")


@pytest.mark.parametrize("typed", ["0", "-1", "1.5", "x", "", "١", "9" * 30])
def test_whole_number_refuses_other_text(typed: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"^takes a whole number, 1 or more, not "):
        whole_number()(typed)


def test_options_convert_what_they_take() -> None:
    assert whole_number(0, 65535)("65535") == 65535
    with pytest.raises(argparse.ArgumentTypeError, match=r"0 to 65535, not '65536'"):
        whole_number(0, 65535)("65536")
    assert seconds("1.5") == 1.5
    for typed in ("0", "-1", "nan", "inf", "soon"):
        with pytest.raises(argparse.ArgumentTypeError, match=r"^takes seconds, more than 0, not "):
            seconds(typed)
    assert one_of("a", "b")("b") == "b"
    with pytest.raises(argparse.ArgumentTypeError, match=r"^takes a, b, not 'c'$"):
        one_of("a", "b")("c")
