"""One machine with SQLite and a directory moves to PostgreSQL and S3, and back, as docs/operations.md says: real
crawls before and after, and no picture is asked for again."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import Column, Connection, LargeBinary, MetaData, String, Table, func, insert, select

from sandbox.client import Sandbox
from tests.support.operations_page import blocks, section
from tests.support.postgres import Server
from tests.support.project import Project, picture_requests
from trivia_scraper import __version__
from trivia_scraper.db import migrations
from trivia_scraper.db.dump import DumpError, dump, load
from trivia_scraper.db.dump_format import NoRowError, read, written
from trivia_scraper.db.engine import Store
from trivia_scraper.db.locks import PublisherLock
from trivia_scraper.db.schema import history, metadata, runs, venues

BUCKET = "moved"
TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif", ".avif": "image/avif"}


@pytest.fixture(scope="module")
def bucket() -> Iterator[dict[str, str]]:
    """The environment of a machine that keeps its pictures on S3."""
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


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def type_(block: str, project: Project, file: Path, target: str, **environment: str) -> None:
    """What the page tells to type, with another file and another target."""
    for line in block.splitlines():
        scrapy, *words = line.replace("trivia.jsonl.gz", str(file)).replace("s3://bucket/prefix/", target).split()
        assert scrapy == "scrapy"
        done = project.scrapy(*words, **environment)
        assert (done.exit_code, done.stderr) == (0, ""), line


def rows(path: Path) -> list[dict[str, Any]]:
    return [line for line in lines(path)[1:] if "table" not in line]


def assert_nothing_is_asked_for_again(project: Project, sandbox: Sandbox) -> None:
    sandbox.forget_requests()
    done = project.crawl(force_update="1")
    assert done.exit_code == 0, done.stderr
    assert len(done.pictures) > 30
    assert {picture["reason"] for picture in done.pictures} == {"fresh"}
    assert picture_requests(sandbox) == []
    assert {count for count in project.runs()[0]["counts"] if count.startswith("events/stored/")} == {
        "events/stored/unchanged"
    }


@pytest.mark.slow
def test_to_postgresql_and_s3_and_back(
    project: Project, sandbox: Sandbox, postgresql: Server, bucket: dict[str, str], tmp_path: Path
) -> None:
    assert project.crawl().exit_code == 0
    sandbox.change()
    assert project.crawl(force_refresh_images="1").exit_code == 0
    there, back = tmp_path / "there.jsonl.gz", tmp_path / "back.jsonl.gz"
    remote = Project(tmp_path / "remote", sandbox.url, postgresql.empty())
    remote.environment |= bucket | {"IMAGES_STORE": f"s3://{BUCKET}/trivia/"}

    _, here, elsewhere, _ = blocks(section("Moving to PostgreSQL and S3, and back"))
    type_(here, project, there, f"s3://{BUCKET}/trivia/", **bucket)
    type_(elsewhere, remote, there, "")
    with closing(boto3.client("s3")) as client:
        for path in project.files():
            head = client.head_object(Bucket=BUCKET, Key=f"trivia/{path}")
            assert head["ContentType"] == TYPES[Path(path).suffix]
    assert remote.scrapy("db", "dump", str(back)).exit_code == 0
    assert rows(back) == rows(there), "the same lines come out of either engine"
    assert_nothing_is_asked_for_again(remote, sandbox)

    sandbox.change()
    assert remote.crawl(force_refresh_images="1").exit_code == 0
    home = Project(tmp_path / "home", sandbox.url)
    type_(here, remote, back, str(home.images))
    type_(elsewhere, home, back, "")
    times = {row["path"]: row["modified_ns"] for row in home.ledger()}
    assert times == {path: (home.images / path).stat().st_mtime_ns for path in home.files()}
    assert_nothing_is_asked_for_again(home, sandbox)
    assert home.events() != []
    for row in home.ledger():
        assert home.files()[row["path"]] == sandbox.served(row["url"])


def test_without_verify_the_move_is_right_too_and_only_costs_more(
    project: Project, sandbox: Sandbox, tmp_path: Path
) -> None:
    assert project.crawl().exit_code == 0
    dump = str(tmp_path / "dump.gz")
    home = Project(tmp_path / "home", sandbox.url)
    assert project.scrapy("db", "dump", dump).exit_code == 0
    assert project.scrapy("images", "copy", "--to", str(home.images)).exit_code == 0
    assert home.scrapy("db", "load", dump).exit_code == 0
    assert_nothing_is_asked_for_again(home, sandbox)


def test_what_is_not_as_the_ledger_says_is_named_and_left_out(project: Project, sandbox: Sandbox) -> None:
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


EVERYTHING_ODD = [
    {"entity": "venue", "entity_id": 2**40, "field": "latitude", "old": None, "new": -35.282},
    {"entity": "venue", "entity_id": 1, "field": "name", "old": "Żubrówka\n\ud83d", "new": {"a": [1, None, True]}},
]


def fill(connection: Connection) -> None:
    now = datetime(2026, 11, 1, 3, 30, 0, 5, tzinfo=UTC)
    run = {"publisher": "quizmeisters", "source": "sandbox", "version": "1", "verdict": "passed", "started_at": now}
    connection.execute(insert(runs).values(arguments={}, reasons=[], counts={}, **run))
    connection.execute(insert(history), [{"at": now, **each} for each in EVERYTHING_ODD])
    venue = {"name": "Ölstube", "created_at": now, "updated_at": now, "latitude": 0.1 + 0.2}
    connection.execute(insert(venues), [{"slug": f"v-{n}", **venue} for n in range(1200)])
    connection.execute(venues.delete().where(venues.c.slug == "v-1199"))


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_every_value_and_every_number_survives(
    store: Store, to: str, postgresql: Server, project: Project, tmp_path: Path
) -> None:
    store.run(fill)
    first, second = tmp_path / "first.gz", tmp_path / "second.gz"
    url = {"DATABASE_URL": store.engine.url.render_as_string(hide_password=False)}
    assert project.scrapy("db", "dump", str(first), **url).exit_code == 0
    assert project.scrapy("db", "dump", str(second), **url).exit_code == 0
    assert first.read_bytes() == second.read_bytes()
    assert [line["table"] for line in lines(first) if "table" in line] == [t.name for t in metadata.sorted_tables]

    target = postgresql.empty() if to == "postgresql" else f"sqlite:///{tmp_path}/target.db"
    loaded = project.scrapy("db", "load", str(first), "--json", DATABASE_URL=target)
    assert (loaded.exit_code, loaded.stderr) == (0, "")
    assert loaded.json["rows"]["venues"] == 1199
    assert project.scrapy("db", "dump", str(second), DATABASE_URL=target).exit_code == 0
    assert rows(second) == rows(first)
    with closing(Store(target)) as other:
        for table in metadata.sorted_tables:
            count = select(func.count()).select_from(table)
            assert other.read(Connection.scalar, count) == store.read(Connection.scalar, count)
        now = datetime.now(UTC)
        new = {"slug": "new", "name": "New", "created_at": now, "updated_at": now}
        assert other.run(Connection.scalar, insert(venues).values(new).returning(venues.c.id)) == 1201
        assert other.read(Connection.scalar, select(func.count()).where(history.c.old.is_(None))) == 0


def test_bytes_are_carried_too() -> None:
    table = Table("pages", MetaData(), Column("digest", String(2), primary_key=True), Column("body", LargeBinary))
    row = {"digest": "ab", "body": bytes(range(256))}
    line = json.loads(json.dumps(written(table)(row)))
    assert read(table)(line) == row
    with pytest.raises(NoRowError, match="takes no such body"):
        read(table)({"digest": "ab", "body": "not base64!"})


HEADER = {
    "format": "trivia_scraper dump",
    "format_version": 1,
    "revision": migrations.NEWEST,
    "version": __version__,
}


def test_a_load_that_cannot_be_whole_says_why_and_loads_nothing(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "dump.gz"

    def refused(*objects: Any, packed: bytes | None = None) -> str:
        path.write_bytes(packed or gzip.compress(b"\n".join(json.dumps(each).encode() for each in objects)))
        with pytest.raises(DumpError) as error:
            store.run(load, path)
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "is no dump" in refused(packed=b"no gzip at all")
    assert "is no dump" in refused([1, 2])
    assert "is no dump of this project" in refused({"format": "another"})
    assert "update this one" in refused({**HEADER, "format_version": 2})
    sentence = refused({**HEADER, "revision": "9999", "version": "7.0"})
    assert f"at revision 9999, and this version's is {migrations.NEWEST}" in sentence
    assert "version 7.0" in sentence
    first = metadata.sorted_tables[0].name
    assert f"the table {first} does not begin" in refused(HEADER)
    for rows, last_id in ((-1, None), (0, 2**63), (2**70, 1), (True, 1)):
        assert "does not begin" in refused(HEADER, {"table": first, "rows": rows, "last_id": last_id})
    assert "line 1 is no object" in refused(packed=gzip.compress(b"[" * 100_000))

    store.run(fill)
    store.read(dump, path)
    good = lines(path)
    assert "is not empty, its table" in refused(*good)
    for table in reversed(metadata.sorted_tables):
        store.run(Connection.execute, table.delete())

    last = max(number for number, line in enumerate(good) if "slug" in line)
    for harm, sentence in (
        ({"slug": None}, "takes no such slug"),
        ({"created_at": "yesterday"}, "takes no such created_at"),
        ({"colour": "red"}, "has no column colour"),
        ({"slug": "v-1"}, "refuses"),
        ({"id": 2**70}, "refuses"),
    ):
        assert sentence in refused(*good[:last], good[last] | harm, *good[last + 1 :])
    assert "damaged" in refused(*good[:last])
    assert "goes on after" in refused(*good, {})
    whole = gzip.compress(b"\n".join(json.dumps(each).encode() for each in good))
    assert "cut short or damaged" in refused(packed=whole[: len(whole) // 2])
    for table in metadata.sorted_tables:
        assert store.read(Connection.scalar, select(func.count()).select_from(table)) == 0


def test_a_load_that_is_refused_is_one_sentence(project: Project, store: Store, tmp_path: Path) -> None:
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


def test_a_dump_waits_for_crawls_unless_it_is_told_not_to(project: Project, sandbox: Sandbox, tmp_path: Path) -> None:
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
    assert (done.exit_code, done.stderr) == (1, f"scrapy db: {tmp_path}/pipe is no file.\n")
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []
    assert project.scrapy("db", "load", str(path), "--while-crawling").exit_code == 2
    assert project.scrapy("db", "dump").exit_code == 2
    assert project.scrapy("images", "copy").exit_code == 2
