"""Feeds are whole or absent."""

from __future__ import annotations

import csv
import errno
import gzip
import io
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from scrapy import Spider
from scrapy.exporters import (
    BaseItemExporter,
    CsvItemExporter,
    JsonItemExporter,
    JsonLinesItemExporter,
    PickleItemExporter,
    XmlItemExporter,
)
from scrapy.extensions.postprocessing import PostProcessingManager

from trivia_scraper.errors import OutputError
from trivia_scraper.extensions import feeds
from trivia_scraper.extensions.feeds import Collected, LocalFeedStorage, S3WholeFeedStorage

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
def test_a_feed_appears_when_it_is_whole(tmp_path: Path, exporter: Exporter, read: Callable[[bytes], Any]) -> None:
    path = tmp_path / "new" / "feed"
    storage = LocalFeedStorage(str(path))
    file = storage.open(SPIDER)
    export(file, exporter)
    assert list(path.parent.iterdir()) == [], "nothing is there, nor left by a process that is killed now"
    storage._store_in_thread(file)
    assert read(path.read_bytes()) == ROWS
    assert list(path.parent.iterdir()) == [path]


def test_a_feed_can_be_compressed(tmp_path: Path) -> None:
    storage = LocalFeedStorage(str(tmp_path / "feed.csv.gz"))
    file = storage.open(SPIDER)
    packed = PostProcessingManager(["scrapy.extensions.postprocessing.GzipPlugin"], file, {})
    export(packed, CsvItemExporter)
    packed.close()
    storage._store_in_thread(packed.file)
    lines = gzip.decompress((tmp_path / "feed.csv.gz").read_bytes()).decode().splitlines()
    assert lines == ["name", "The Fox", "The Żubr"]


@pytest.mark.parametrize(("overwrite", "lines"), [(False, 3), (True, 2)])
def test_a_feed_is_appended_unless_it_overwrites(tmp_path: Path, overwrite: bool, lines: int) -> None:
    path = tmp_path / "feed.jsonl"
    path.write_text('{"name": "before"}\n')
    storage = LocalFeedStorage(str(path), feed_options={"overwrite": overwrite})
    file = storage.open(SPIDER)
    export(file)
    storage._store_in_thread(file)
    assert len(path.read_text().splitlines()) == lines


def test_a_feed_can_go_to_what_is_not_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    storage = LocalFeedStorage(str(pipe))
    file = storage.open(SPIDER)
    export(file)
    storage._store_in_thread(file)
    assert len(os.read(reader, 1000).splitlines()) == 2
    os.close(reader)


def test_a_full_disk_leaves_the_feed_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "feed.jsonl"
    path.write_text("before\n")
    monkeypatch.setattr(feeds, "TemporaryFile", lambda **_: FullDisk())
    storage = LocalFeedStorage(str(path))
    file = storage.open(SPIDER)
    export(file)  # raises nothing: each item would log it
    with pytest.raises(OutputError, match=rf"^the feed {path} could not be written: No space left on device$"):
        storage._store_in_thread(file)
    assert storage.error is not None
    assert path.read_text() == "before\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_found_when_the_feed_is_stored(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    storage = LocalFeedStorage(str(tmp_path / "file" / "feed.jsonl"))
    file = storage.open(SPIDER)
    export(file)
    with pytest.raises(OutputError, match="could not be written: "):
        storage._store_in_thread(file)


def test_keys_of_an_s3_feed_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    storage = S3WholeFeedStorage("s3://key:secret@bucket/feed.jsonl", region_name="us-east-1")
    file = Collected(FullDisk)
    export(file)
    with pytest.raises(OutputError, match=r"^the feed s3://bucket/feed.jsonl could not be written: No space left"):
        storage._store_in_thread(file)
