"""Feeds are complete or missing."""

from __future__ import annotations

import asyncio
import csv
import errno
import gzip
import io
import json
import os
import pickle
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, ClassVar
from xml.etree import ElementTree

import pytest
from scrapy import Spider, signals
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.exporters import (
    BaseItemExporter,
    CsvItemExporter,
    JsonItemExporter,
    JsonLinesItemExporter,
    PickleItemExporter,
    XmlItemExporter,
)
from scrapy.extensions.postprocessing import PostProcessingManager
from scrapy.settings import Settings

from trivia_scraper.errors import OutputError
from trivia_scraper.extensions import feeds
from trivia_scraper.extensions.feeds import FeedBuffer, FeedWatch, LocalFeedStorage, S3WholeFeedStorage

Exporter = Callable[[Any], BaseItemExporter]
SPIDER = Spider("quizzes")
ROWS = [{"name": "The Fox"}, {"name": "The Żubr"}]


def export(file: Any, exporter: Exporter = JsonLinesItemExporter) -> None:
    exporting = exporter(file)
    exporting.start_exporting()
    for row in ROWS:
        exporting.export_item(row)
    exporting.finish_exporting()


class FullDisk(io.BytesIO):
    """Takes ten bytes."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > 10:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


@pytest.mark.parametrize(
    ("exporter", "read"),
    [
        (JsonLinesItemExporter, lambda body: [json.loads(line) for line in body.splitlines()]),
        (JsonItemExporter, json.loads),
        (CsvItemExporter, lambda body: list(csv.DictReader(io.StringIO(body.decode())))),
        (XmlItemExporter, lambda body: [{"name": each.findtext("name")} for each in ElementTree.fromstring(body)]),
        (PickleItemExporter, lambda body: [pickle.load(io.BytesIO(body)), ROWS[1]]),
    ],
)
def test_feed_appears_when_complete(tmp_path: Path, exporter: Exporter, read: Callable[[bytes], Any]) -> None:
    path = tmp_path / "new" / "feed"
    storage = LocalFeedStorage(str(path))
    file = storage.open(SPIDER)
    export(file, exporter)
    assert list(path.parent.iterdir()) == [], "nothing is there, nor left by a process that is killed now"
    storage._store_in_thread(file)
    assert read(path.read_bytes()) == ROWS
    assert list(path.parent.iterdir()) == [path]


def test_feed_can_be_compressed(tmp_path: Path) -> None:
    storage = LocalFeedStorage(str(tmp_path / "feed.csv.gz"))
    file = storage.open(SPIDER)
    packed = PostProcessingManager(["scrapy.extensions.postprocessing.GzipPlugin"], file, {})
    export(packed, CsvItemExporter)
    packed.close()
    storage._store_in_thread(packed.file)
    lines = gzip.decompress((tmp_path / "feed.csv.gz").read_bytes()).decode().splitlines()
    assert lines == ["name", "The Fox", "The Żubr"]


@pytest.mark.parametrize(("overwrite", "lines"), [(False, 3), (True, 2)])
def test_feed_is_appended_unless_overwrite(tmp_path: Path, overwrite: bool, lines: int) -> None:
    path = tmp_path / "feed.jsonl"
    path.write_text('{"name": "before"}\n')
    storage = LocalFeedStorage(str(path), feed_options={"overwrite": overwrite})
    file = storage.open(SPIDER)
    export(file)
    storage._store_in_thread(file)
    assert len(path.read_text().splitlines()) == lines


def test_feed_can_be_written_to_device(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    storage = LocalFeedStorage(str(pipe))
    file = storage.open(SPIDER)
    export(file)
    storage._store_in_thread(file)
    assert len(os.read(reader, 1000).splitlines()) == 2
    os.close(reader)


def test_full_disk_keeps_the_old_feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "feed.jsonl"
    path.write_text("before\n")
    monkeypatch.setattr(feeds, "TemporaryFile", lambda **_: FullDisk())
    storage = LocalFeedStorage(str(path))
    file = storage.open(SPIDER)
    export(file)  # raises nothing, because each item would log it
    with pytest.raises(OutputError, match=rf"^the feed {path} could not be written: No space left on device$"):
        storage._store_in_thread(file)
    assert storage.error is not None
    assert path.read_text() == "before\n"
    assert list(tmp_path.iterdir()) == [path]


def test_uncreatable_folder_fails_the_feed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    storage = LocalFeedStorage(str(tmp_path / "file" / "feed.jsonl"))
    file = storage.open(SPIDER)
    export(file)
    with pytest.raises(OutputError, match="could not be written: "):
        storage._store_in_thread(file)


def test_keys_of_an_s3_feed_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    storage = S3WholeFeedStorage("s3://key:secret@bucket/feed.jsonl", region_name="us-east-1")
    file = FeedBuffer(FullDisk)
    export(file)
    with pytest.raises(OutputError, match=r"^the feed s3://bucket/feed.jsonl could not be written: No space left"):
        storage._store_in_thread(file)


class QuizSpider(Spider):
    """Yields four items."""

    name = "quizzes"

    async def start(self) -> AsyncIterator[Any]:
        for number in range(4):
            yield {"name": f"quiz {number}"}


class FailingExporter(JsonLinesItemExporter):
    """Cannot export the second item."""

    def export_item(self, item: Any) -> None:
        if item["name"] == "quiz 1":
            raise TypeError("no way to write it")
        super().export_item(item)


class Watch:
    """An extension that keeps the failures of FeedWatch."""

    failures: ClassVar[list[str]] = []

    def __init__(self, crawler: Crawler) -> None:
        self.feeds = FeedWatch(crawler)
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Watch:
        return cls(crawler)

    def spider_opened(self) -> None:
        self.feeds.watch_items()

    async def spider_closed(self) -> None:
        self.failures[:] = await self.feeds.collect_failures()


def failures_of(uri: str, **feed: Any) -> list[str]:
    """Crawl into a feed and return its failures."""
    storages = Settings()
    storages.setmodule("trivia_scraper.settings")
    settings = {
        "TWISTED_REACTOR_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "EXTENSIONS": {Watch: 1},
        "FEEDS": {uri: {"format": "jsonlines"} | feed},
        "FEED_EXPORTERS": {"failing": FailingExporter},
        "FEED_STORAGES": storages.getdict("FEED_STORAGES"),
        "LOG_INSTALL_ROOT_HANDLER": False,
    }

    async def crawl() -> None:
        await AsyncCrawlerRunner(settings).crawl(QuizSpider)

    with pytest.MonkeyPatch.context() as patch:
        # Another test of this process may have imported a reactor, which does not run.
        for module in ("scrapy.crawler", "scrapy.utils.asyncio", "scrapy.utils.reactor", "scrapy.utils.reactorless"):
            patch.setattr(f"{module}.is_reactor_installed", lambda: False, raising=False)
        asyncio.run(crawl())
    return list(Watch.failures)


@pytest.mark.parametrize("batch", [2, 3, 4])
def test_feeds_in_batches_are_stored_whatever_their_size(tmp_path: Path, batch: int) -> None:
    assert failures_of(f"{tmp_path}/%(batch_id)d.jsonl", batch_item_count=batch) == []
    assert sum(len(each.read_text().splitlines()) for each in tmp_path.iterdir()) == 4


def test_unexportable_item_is_counted(tmp_path: Path) -> None:
    sentence = "1 item could not be written to a feed: TypeError: no way to write it"
    assert failures_of(f"{tmp_path}/feed.jsonl", format="failing") == [sentence]
    assert len((tmp_path / "feed.jsonl").read_text().splitlines()) == 3


def test_hanging_feed_is_abandoned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MOST_SECONDS", 0.2)
    hung = threading.Event()

    def hang(storage: LocalFeedStorage, file: Any) -> None:
        hung.wait(1)

    monkeypatch.setattr(LocalFeedStorage, "store_file", hang)
    path = tmp_path / "feed.jsonl"
    assert failures_of(str(path)) == [f"the feed {path} was not stored within 0.2 s"]


def test_standard_output_feed_is_complete_or_fails_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert failures_of("stdout:") == []
    assert len((tmp_path / "out").read_text().splitlines()) == 4
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        sentence = "the feed on standard output could not be written: No space left on device"
        assert failures_of("stdout:") == [sentence]


def test_device_feed_needs_no_writable_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def temporary_file(**options: Any) -> io.BytesIO:
        asked.append(options)
        return io.BytesIO()

    monkeypatch.setattr(feeds, "TemporaryFile", temporary_file)
    LocalFeedStorage("/dev/null").open(SPIDER)
    assert asked == [{}]
