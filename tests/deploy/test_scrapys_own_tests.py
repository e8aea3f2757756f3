"""Scrapy's own tests of its media and image pipelines pass with FreshImagesPipeline, except those listed here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import scrapy

from tests.support.paths import ROOT

PLUGIN = "scrapys_tests"
MODULES = ("images", "media", "crawl")
PLUGINS_OF_SCRAPYS_TESTS = ("pytest-twisted==1.14.3", "greenlet==3.5.6", "decorator==5.3.1")

SUFFIX = "the default path has the suffix of the image's bytes, here .png instead of .jpg"
LOGGED = "the item_completed of Scrapy's own ImagesPipeline does not log failures either"
MEMORY = (
    "it reads SpiderInfo, where Scrapy remembers requests; FreshImagesPipeline uses SharedDownloads, which is bounded"
)
FAILING = {
    "images.py::TestImagesPipeline::test_get_transposed_images": SUFFIX,
    "media.py::TestBaseMediaPipeline::test_default_item_completed": LOGGED,
    "media.py::TestMediaPipeline::test_default_item_completed": LOGGED,
    "media.py::TestMediaPipeline::test_get_media_requests": MEMORY,
    "media.py::TestMediaPipeline::test_wait_if_request_is_downloading": MEMORY,
    "media.py::TestAsyncMediaDownloaded::test_default_item_completed": LOGGED,
    "media.py::TestAsyncMediaDownloaded::test_get_media_requests": MEMORY,
    "media.py::TestAsyncMediaDownloaded::test_wait_if_request_is_downloading": MEMORY,
    "media.py::TestMediaFailedNone::test_default_item_completed": LOGGED,
    "media.py::TestMediaFailedFailure::test_default_item_completed": LOGGED,
}
"""Test -> why it fails."""
PASSING = 87
"""The number of other tests in Scrapy 2.19.0. A lower one means that a file was not collected."""


def pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Return the unpacked source distribution of the installed Scrapy."""
    pinned = f"scrapy=={scrapy.__version__}"
    pip("download", "--quiet", "--no-deps", "--no-binary", "scrapy", "--dest", str(tmp_path), pinned)
    (archive,) = tmp_path.glob("scrapy-*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    return tmp_path / f"scrapy-{scrapy.__version__}"


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """Return a directory with the packages that only Scrapy's tests need."""
    directory = tmp_path / "plugins"
    pip("install", "--quiet", "--no-deps", "--target", str(directory), *PLUGINS_OF_SCRAPYS_TESTS)
    return directory


def test_scrapys_own_tests_pass_except_listed(sources: Path, plugins: Path) -> None:
    path = os.pathsep.join(map(str, (Path(__file__).parent, plugins)))
    files = [f"tests/test_pipeline_{module}.py" for module in MODULES]
    # With PYTEST_XDIST_WORKER set, Scrapy's tests would expect another process to make the keys of their server.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", PLUGIN, "-p", "no:cacheprovider", "-rf", "--tb=short", *files],
        cwd=sources,
        env=environment | {"PYTHONPATH": path, "CHECKOUT": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    failing = set(re.findall(r"^(?:FAILED|ERROR) tests/test_pipeline_(\S+)", done.stdout, re.MULTILINE))
    assert failing == set(FAILING), done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) == PASSING, done.stdout
