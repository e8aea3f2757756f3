"""Fixtures that start from the state after a first crawl, which runs once per process and is then copied.

The hooks below also count for the unit tests of the same session.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from sandbox.client import Sandbox
from tests.support.project import Project

SPACE = "act-3rd-space-canberra"


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Use a worker more than xdist would, because tests of time limits and locks wait."""
    return (yield) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start long tests first, so that at the end no worker is alone with one."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def crawl_once(sandbox: Sandbox, home: Path, **arguments: str) -> Path:
    """Return the state directory of a first crawl of Quizmeisters."""
    sandbox.reset()
    done = Project(home, sandbox.url).crawl(**arguments)
    assert done.exit_code == 0, done.stderr
    return home


@pytest.fixture(scope="session")
def _state_of_a_venue(_running_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return crawl_once(_running_sandbox, tmp_path_factory.mktemp("venue") / "var", venue=SPACE)


@pytest.fixture(scope="session")
def _state_of_a_listing(_running_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return crawl_once(_running_sandbox, tmp_path_factory.mktemp("listing") / "var")


@pytest.fixture
def crawled_venue(project: Project, _state_of_a_venue: Path) -> None:
    """Fill `project` as `project.crawl(venue=SPACE)` does, with the file times that the ledger records."""
    shutil.copytree(_state_of_a_venue, project.home)


@pytest.fixture
def crawled_listing(project: Project, _state_of_a_listing: Path) -> None:
    """Fill `project` as `project.crawl()` does."""
    shutil.copytree(_state_of_a_listing, project.home)
