"""The image pipeline in another Scrapy project, which names it in ITEM_PIPELINES and uses nothing else of this one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT
from tests.support.quiz_project import BLUE, RED, OtherProject, Site, running_site, write_project


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture
def other(tmp_path: Path, site: Site) -> OtherProject:
    write_project(tmp_path)
    return OtherProject(tmp_path, site)


EVERY_PATH = ["/attrs.jpg", "/dataclass.jpg", "/dict.jpg", "/item.jpg", "/pydantic.jpg"]


def test_item_pipelines_line_keeps_images_fresh(other: OtherProject, site: Site) -> None:
    first = other.crawl()
    assert first.exit_code == 0, first.log
    assert (first.outcomes, site.paths) == ({("downloaded", "new")}, EVERY_PATH), first.log
    assert sorted(first.results) == sorted(["attrs", "dataclass", "dict", "item", "pydantic"])
    assert list(other.files().values()) == [RED] * 5
    assert "Traceback" not in first.log

    kept = other.crawl()
    assert (kept.outcomes, site.paths) == ({("uptodate", "fresh")}, []), kept.log

    site.body = BLUE
    forced = other.crawl("-a", "force_refresh_images=true")
    assert (forced.outcomes, site.paths) == ({("downloaded", "forced")}, EVERY_PATH), forced.log
    assert (site.headers("If-None-Match"), site.headers("Cache-Control")) == ({None}, {"no-cache"})
    assert list(other.files().values()) == [BLUE] * 5

    confirmed = other.crawl("-s", "IMAGES_EXPIRES=0")
    assert (confirmed.outcomes, site.paths) == ({("uptodate", "not_modified")}, EVERY_PATH), confirmed.log
    assert site.headers("If-None-Match") == {f'"{len(BLUE)}"'}

    site.status = 404
    failed = other.crawl("-a", "force_refresh_images=true")
    assert (failed.outcomes, site.paths) == ({("failed", "http_404")}, EVERY_PATH), failed.log
    assert list(other.files().values()) == [BLUE] * 5
    facts = ("path", "checksum", "sha256", "fetched_at")
    for kind, result in failed.results.items():
        assert {name: result[name] for name in facts} == {name: confirmed.results[kind][name] for name in facts}


@pytest.mark.parametrize("process", ["CrawlerProcess", "AsyncCrawlerProcess"])
def test_script_does_same_as_command(other: OtherProject, site: Site, process: str) -> None:
    first = other.run(f"{process}.py")
    assert (first.exit_code, first.outcomes) == (0, {("downloaded", "new")}), first.log
    assert (other.crawl().outcomes, site.paths) == ({("uptodate", "fresh")}, [])
    site.body = BLUE
    forced = other.run(f"{process}.py", "force_refresh_images=true")
    assert (forced.outcomes, site.paths) == ({("downloaded", "forced")}, EVERY_PATH), forced.log
    assert list(other.files().values()) == [BLUE] * 5


def test_forced_refresh_bypasses_scrapys_http_cache(other: OtherProject, site: Site) -> None:
    cache = ("-s", "HTTPCACHE_ENABLED=1", "-s", f"HTTPCACHE_DIR={other.home}/cache")
    assert other.crawl(*cache).outcomes == {("downloaded", "new")}
    site.body = BLUE
    forced = other.crawl(*cache, "-a", "force_refresh_images=true")
    assert (forced.outcomes, site.paths) == ({("downloaded", "forced")}, EVERY_PATH), forced.log


def test_other_reactor_is_refused_before_crawl(other: OtherProject, site: Site) -> None:
    run = other.crawl("-s", "TWISTED_REACTOR=twisted.internet.pollreactor.PollReactor")
    assert (run.exit_code, run.results, site.paths) == (1, {}, [])
    assert "FreshImagesPipeline needs asyncio: remove TWISTED_REACTOR from the settings." in run.log


IMPORTS = """
import sys


class Refuses:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv:
            raise ModuleNotFoundError(f"{name} is refused", name=name)


sys.meta_path.insert(0, Refuses())
import trivia_scraper.images.pipeline

print(*sorted(name for name in sys.modules if name.startswith("trivia_scraper.")))
"""


def modules_of(*names: str) -> set[str]:
    """Return the top-level modules of distributions and of their requirements."""
    needed, found = list(names), set()
    while needed:
        name = canonicalize_name(needed.pop())
        if name not in found:
            found.add(name)
            requirements = map(Requirement, requires(name) or ())
            needed += [each.name for each in requirements if each.marker is None or each.marker.evaluate({"extra": ""})]
    modules = packages_distributions().items()
    return {module for module, owners in modules if found & {canonicalize_name(owner) for owner in owners}}


def test_pipeline_imports_only_scrapy_itemadapter_and_pillow() -> None:
    needed = modules_of("scrapy", "itemadapter", "pillow")
    assert {"twisted", "lxml"} <= needed
    refused = packages_distributions().keys() - needed - {"trivia_scraper"}
    assert {"pydantic", "sqlalchemy", "slugify", "boto3", "dateutil"} <= refused
    command = [sys.executable, "-c", IMPORTS, *refused]
    child = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (child.returncode, child.stderr) == (0, "")
    ours = set(child.stdout.split())
    assert "trivia_scraper.images.pipeline" in ours
    assert not {name for name in ours if name.split(".")[1] in {"db", "extensions", "settings", "spiders"}}
