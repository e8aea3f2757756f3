"""Moves from SQLite and a directory to PostgreSQL and S3, and back, as docs/many-machines.md describes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from sandbox.client import Sandbox
from tests.support.doc_pages import blocks, section
from tests.support.dumps import HEADER, fill, lines, rows
from tests.support.postgres import Server
from tests.support.project import Project, image_requests
from trivia_scraper.db.dump import dump
from trivia_scraper.db.engine import Store
from trivia_scraper.db.locks import PublisherLock

BUCKET = "moved"
TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif", ".avif": "image/avif"}


@pytest.fixture(scope="module")
def bucket() -> Iterator[dict[str, str]]:
    """Environment variables for images on S3."""
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    environment = {
        "AWS_ENDPOINT_URL": "http://{}:{}".format(*moto.get_host_and_port()),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "planted-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        with closing(boto3.client("s3")) as client:
            client.create_bucket(Bucket=BUCKET)
        yield environment
    moto.stop()


def type_(block: str, project: Project, file: Path, target: str, **environment: str) -> None:
    """Run the commands of the page with another file and target."""
    for line in block.splitlines():
        scrapy, *words = line.replace("trivia.jsonl.gz", str(file)).replace("s3://bucket/prefix/", target).split()
        assert scrapy == "scrapy"
        done = project.scrapy(*words, **environment)
        assert done.exit_code == 0, (line, done.stderr)
        summaries = r"scrapy images: copied \d+ files to \S+|All 37 stored images match the database\."
        assert all(re.fullmatch(summaries, each) for each in done.stderr.splitlines()), (line, done.stderr)


def assert_no_image_is_requested_again(project: Project, sandbox: Sandbox) -> None:
    sandbox.forget_requests()
    done = project.crawl(force_update="1")
    assert done.exit_code == 0, done.stderr
    assert len(done.images) > 30
    assert {image["reason"] for image in done.images} == {"fresh"}
    assert image_requests(sandbox) == []
    assert {count for count in project.runs()[0]["counts"] if count.startswith("events/stored/")} == {
        "events/stored/unchanged"
    }


@pytest.mark.long
@pytest.mark.usefixtures("crawled_listing")
def test_move_to_postgresql_and_s3_and_back(
    project: Project, sandbox: Sandbox, postgresql: Server, bucket: dict[str, str], tmp_path: Path
) -> None:
    sandbox.change()
    assert project.crawl(force_refresh_images="1").exit_code == 0
    there, back = tmp_path / "there.jsonl.gz", tmp_path / "back.jsonl.gz"
    remote = Project(tmp_path / "remote", sandbox.url, postgresql.empty())
    remote.environment |= bucket | {"IMAGES_STORE": f"s3://{BUCKET}/trivia/"}

    here, elsewhere = blocks(section("many-machines.md", "Move to PostgreSQL and S3, and back"))
    type_(here, project, there, f"s3://{BUCKET}/trivia/", **bucket)
    type_(elsewhere, remote, there, "")
    with closing(boto3.client("s3")) as client:
        for path in project.files():
            head = client.head_object(Bucket=BUCKET, Key=f"trivia/{path}")
            assert head["ContentType"] == TYPES[Path(path).suffix]
    assert remote.scrapy("db", "dump", str(back)).exit_code == 0
    assert rows(back) == rows(there), "both engines dump the same lines"
    assert_no_image_is_requested_again(remote, sandbox)

    sandbox.change()
    assert remote.crawl(force_refresh_images="1").exit_code == 0
    home = Project(tmp_path / "home", sandbox.url)
    type_(here, remote, back, str(home.images))
    type_(elsewhere, home, back, "")
    times = {row["path"]: row["modified_ns"] for row in home.ledger()}
    assert times == {path: (home.images / path).stat().st_mtime_ns for path in home.files()}
    assert_no_image_is_requested_again(home, sandbox)
    assert home.events() != []
    for row in home.ledger():
        assert home.files()[row["path"]] == sandbox.served(row["url"])


@pytest.mark.usefixtures("crawled_listing")
def test_move_without_verify_downloads_nothing_again(project: Project, sandbox: Sandbox, tmp_path: Path) -> None:
    dump = str(tmp_path / "dump.gz")
    home = Project(tmp_path / "home", sandbox.url)
    assert project.scrapy("db", "dump", dump).exit_code == 0
    assert project.scrapy("images", "copy", "--to", str(home.images)).exit_code == 0
    assert home.scrapy("db", "load", dump).exit_code == 0
    assert_no_image_is_requested_again(home, sandbox)


def test_copy_reports_and_omits_harmed_files(project: Project, sandbox: Sandbox) -> None:
    assert project.crawl(limit="3").exit_code == 0
    harmed, gone, *whole = sorted(project.files())
    (project.images / harmed).write_bytes(b"harmed")
    (project.images / gone).unlink()
    target = project.home / "elsewhere"
    copied = project.scrapy("images", "copy", "--to", str(target), "--json")
    assert copied.exit_code == 1
    assert [(each["problem"], each["path"]) for each in copied.json] == [("damaged", harmed), ("missing", gone)]
    assert not (target / harmed).exists()
    assert all((target / path).read_bytes() == project.files()[path] for path in whole)


def test_refused_load_is_one_sentence(project: Project, store: Store, tmp_path: Path) -> None:
    project.environment["DATABASE_URL"] = store.engine.url.render_as_string(hide_password=False)
    path = tmp_path / "dump.gz"
    not_there = project.scrapy("db", "load", str(path))
    store.run(fill)
    store.read(dump, path)
    with PublisherLock(store, "pubquiz") as lock:
        assert lock.held
        crawled = project.scrapy("db", "load", str(path))
    not_empty = project.scrapy("db", "load", str(path))
    for done, exit_code, sentence in (
        (crawled, 75, "pubquiz is being crawled"),
        (not_empty, 1, "is not empty"),
        (not_there, 1, "cannot be read: No such file"),
    ):
        assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (exit_code, "", 1)
        assert sentence in done.stderr


def test_dump_during_crawl_needs_an_option(project: Project, sandbox: Sandbox, tmp_path: Path) -> None:
    assert project.crawl(limit="1").exit_code == 0
    path = tmp_path / "dump.gz"
    path.write_bytes(b"an earlier one")
    with closing(project.store()) as store, PublisherLock(store, "quizmeisters"):
        done = project.scrapy("db", "dump", str(path))
        assert (done.exit_code, path.read_bytes()) == (75, b"an earlier one")
        assert "quizmeisters is being crawled" in done.stderr
        assert project.scrapy("db", "dump", str(path), "--while-crawling").exit_code == 0
    assert lines(path)[0] == HEADER
    done = project.scrapy("db", "dump", str(tmp_path / "no/such/directory.gz"))
    assert (done.exit_code, "cannot be written" in done.stderr) == (1, True)
    os.mkfifo(tmp_path / "pipe")
    done = project.scrapy("db", "dump", str(tmp_path / "pipe"))
    assert (done.exit_code, done.stderr) == (1, f"scrapy db: {tmp_path}/pipe is not a file.\n")
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []
    assert project.scrapy("db", "load", str(path), "--while-crawling").exit_code == 2
    assert project.scrapy("db", "dump").exit_code == 2
    assert project.scrapy("images", "copy").exit_code == 2
