"""The wheel of this package gives another Scrapy project the image pipeline."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.quiz_project import RED, OtherProject, running_site, write_project


def python(*words: str, **environment: str) -> str:
    command = [sys.executable, *words]
    done = subprocess.run(
        command, cwd="/", env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Build the wheel in a copy of the checkout, install it into a directory, and return that."""
    copy = tmp_path / "checkout"
    shutil.copytree(ROOT / "trivia_scraper", copy / "trivia_scraper", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    python("-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(copy))
    (wheel,) = tmp_path.glob("*.whl")
    python("-m", "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path / "installed"), str(wheel))
    return tmp_path / "installed"


def test_installed_wheel_keeps_images_of_another_project_fresh(installed: Path, tmp_path: Path) -> None:
    home = tmp_path / "project"
    write_project(home)
    with running_site() as site:
        other = OtherProject(home, site)
        crawl = ("-m", "scrapy", "crawl", "quizzes")
        first = other.run(*crawl, package=installed)
        assert first.outcomes == {("downloaded", "new")}, first.log
        forced = other.run(*crawl, "-a", "force_refresh_images=true", package=installed)
        assert forced.outcomes == {("uptodate", "unchanged")}, forced.log
        assert len(site.paths) == 5
    assert list(other.files().values()) == [RED] * 5
    listed = python("-m", "trivia_scraper.images", "status", str(home / "images"), PYTHONPATH=str(installed))
    assert listed.count("full/") == 5
    where = python("-c", "import trivia_scraper; print(trivia_scraper.__file__)", PYTHONPATH=str(installed))
    assert Path(where.strip()).is_relative_to(installed)
