"""The dependencies in pyproject.toml are compatible ranges; the requirements files pin the tested versions."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterable

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.paths import ROOT
from trivia_scraper.errors import OPTIONAL_PARTS

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pinned(file: str) -> dict[str, Version]:
    """Return the version of each library that a requirements file pins."""
    pins = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==([\w.]+)", (ROOT / file).read_text(), re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in pins}


def requirements(lines: Iterable[str]) -> dict[str, Requirement]:
    """Return the requirements by the names of their libraries."""
    return {canonicalize_name(requirement.name): requirement for requirement in map(Requirement, lines)}


def lowest(name: str) -> Version:
    """Return the lower limit of a dependency's range."""
    return next(Version(limit.version) for limit in DEPENDENCIES[name].specifier if limit.operator == ">=")


DEPENDENCIES = requirements(PROJECT["dependencies"])
OPTIONAL = {part: requirements(lines) for part, lines in PROJECT["optional-dependencies"].items()}
RUN_TIME = DEPENDENCIES | OPTIONAL["sandbox"]
"""What requirements.txt installs; the other optional parts are pinned in requirements-dev.txt."""


def test_requirements_txt_pins_every_dependency_and_nothing_else() -> None:
    assert set(pinned("requirements.txt")) == set(RUN_TIME)


@pytest.mark.parametrize("name", sorted(RUN_TIME))
def test_dependency_range_contains_the_tested_version(name: str) -> None:
    assert pinned("requirements.txt")[name] in RUN_TIME[name].specifier


@pytest.mark.parametrize("part", sorted(set(OPTIONAL) - {"sandbox"}))
def test_optional_dependency_range_contains_the_tested_version(part: str) -> None:
    tested = pinned("requirements-dev.txt")
    assert [name for name, range_ in OPTIONAL[part].items() if tested[name] not in range_.specifier] == []


def test_tests_run_on_the_lowest_scrapy() -> None:
    """Compare the pin with the lower limit. If they differ, CI must run the crawl tests on both versions."""
    assert pinned("requirements.txt")["scrapy"] == lowest("scrapy")


@pytest.mark.parametrize("name", sorted(set(RUN_TIME) - {"tzdata"}))  # tzdata is numbered by year and only adds data
def test_dependency_has_lower_and_upper_limit(name: str) -> None:
    assert {limit.operator for limit in RUN_TIME[name].specifier} == {">=", "<"}


def test_missing_part_error_matches_pyproject() -> None:
    parts = {name: shlex.split(words) for name, words in OPTIONAL_PARTS.items()}
    assert parts == PROJECT["optional-dependencies"]
