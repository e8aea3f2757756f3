"""Tests the comparison of the ledger with the stored files."""

from __future__ import annotations

import argparse
import errno
import hashlib
import json
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from tests.support.events import event
from tests.support.media import URL, ImageProject, image
from tests.support.one_run import STEM, OneRun
from tests.support.one_run import image as encoded_image
from tests.support.stored import stored_images
from tests.support.stored_file import IMAGE, OLD, OTHER, overwrite, row
from trivia_scraper.commands import images as command
from trivia_scraper.images import __main__ as command_of_store
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.verify import Finding, copy_files, index_paths, recheck, verify


def test_image_replaced_between_checks_is_not_found(one: OneRun) -> None:
    before = one.store.read(stored_images)
    one.begin()
    one.crawl(event(), encoded_image("PNG", (41, 30)))
    one.files.remove(f"{STEM}.jpg")
    found = list(verify(before, one.files, index_paths(before)))
    assert {finding.problem for finding in found} == {"missing", "orphaned"}
    rows = one.store.read(stored_images)
    assert list(recheck(found, rows, one.files, index_paths(rows))) == []
    one.files.write(f"{STEM}.png", b"garbled")
    one.files.write("venues/the-fox/bar.gif", b"whose?")
    rows = one.store.read(stored_images)
    found = list(verify(rows, one.files, index_paths(rows)))
    assert list(recheck(found, rows, one.files, index_paths(rows))) == [
        Finding("damaged", f"{STEM}.png"),
        Finding("orphaned", "venues/the-fox/bar.gif"),
    ]


def test_unreadable_file_is_not_missing(one: OneRun, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{**each, "venue": "the-fox"} for each in one.store.read(stored_images)]

    def refuse(path: str) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(one.files, "read", refuse)
    found = list(verify(rows, one.files, index_paths(rows)))
    assert {finding.problem for finding in found} == {"unreadable"}
    assert set(copy_files(rows, one.files, one.files)) == set(found)
    assert set(recheck(found, rows, one.files, index_paths(rows))) == set(found)


def thumbnail() -> bytes:
    file = BytesIO()
    Image.new("RGB", (3, 2), "green").save(file, "JPEG")
    return file.getvalue()


THUMB = "venues/the-bell/thumbs/small/hero.jpg"


@pytest.mark.parametrize(
    ("rows", "findings"),
    [
        ([row(thumbs={"small": THUMB})], []),
        ([row(), row(path=THUMB, sha256=hashlib.sha256(thumbnail()).hexdigest())], []),
        ([row()], [Finding("orphaned", THUMB)]),
        ([], [Finding("orphaned", IMAGE), Finding("orphaned", THUMB)]),
        (
            [row(sha256="0" * 64, thumbs={"small": THUMB})],
            [Finding("damaged", IMAGE)],
        ),
        (
            [
                row(
                    path="venues/the-bell/gone.jpg",
                    thumbs={"small": THUMB, "wide": "venues/the-bell/thumbs/wide/hero.jpg"},
                )
            ],
            [
                Finding("missing", "venues/the-bell/gone.jpg"),
                Finding("missing", "venues/the-bell/thumbs/wide/hero.jpg"),
                Finding("orphaned", IMAGE),
            ],
        ),
        # An image that was never downloaded has a row and no file.
        ([row(thumbs={"small": THUMB}), row(path=None, sha256=None, venue="the-crown")], []),
    ],
)
def test_verify_compares_ledger_and_store_both_ways(
    files: LocalFileStore, rows: list[dict[str, Any]], findings: list[Finding]
) -> None:
    files.write(IMAGE, OLD)
    files.write(THUMB, thumbnail())
    (files.root / "venues/.tmp-abc").write_bytes(b"half")
    assert list(verify(rows, files, index_paths(rows))) == findings


def test_verify_reads_every_byte(files: LocalFileStore) -> None:
    files.write(IMAGE, OLD)
    overwrite(files, OTHER, same_time=True)
    assert list(verify([row()], files, index_paths([row()]))) == [Finding("damaged", IMAGE)]


def test_images_verify_reads_rows_again_for_recheck(
    one: OneRun, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A crawl may have replaced a file just before, and record it between the two checks."""
    replacement = encoded_image("JPEG", (41, 30))
    one.files.write(f"{STEM}.jpg", replacement)

    def crawl(_: float) -> None:
        one.begin()
        one.crawl(event(), replacement)

    monkeypatch.setattr(command, "sleep", crawl)
    monkeypatch.setattr(command.Command, "open_store", lambda self, **_: one.store)
    monkeypatch.setattr(command.Command, "open_files", lambda self, store: one.files)
    assert command.Command()._verify(argparse.Namespace(json=True)) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_store_command_reads_records_again_for_recheck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = ImageProject(tmp_path / "images")
    project.site.answers[URL] = image(40)
    path = project.run().result["path"]
    project.site.answers[URL] = image(50)
    (project.store / path).write_bytes(image(50))
    monkeypatch.setattr(command_of_store, "time", SimpleNamespace(sleep=lambda _: project.force()))
    assert command_of_store.main(["verify", str(project.store), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
