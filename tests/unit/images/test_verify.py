"""The ledger compared with the stored files."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.support.events import event
from tests.support.one_run import STEM, OneRun, picture
from tests.support.stored_file import OLD, OTHER, PICTURE, overwrite, row
from trivia_scraper.db import image_queries
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.verify import Finding, confirmed, named_by, verify


def test_what_a_crawl_replaced_meanwhile_is_nothing_to_find(one: OneRun) -> None:
    before = one.store.read(image_queries.catalogue)
    one.begin()
    one.crawl(event(), picture("PNG", (41, 30)))
    one.files.remove(f"{STEM}.jpg")
    found = list(verify(before, one.files, named_by(before)))
    assert {finding.problem for finding in found} == {"missing", "orphaned"}
    rows = one.store.read(image_queries.catalogue)
    assert list(confirmed(found, rows, one.files, named_by(rows))) == []
    one.files.write(f"{STEM}.png", b"garbled")
    one.files.write("venues/the-fox/bar.gif", b"whose?")
    rows = one.store.read(image_queries.catalogue)
    found = list(verify(rows, one.files, named_by(rows)))
    assert list(confirmed(found, rows, one.files, named_by(rows))) == [
        Finding("damaged", f"{STEM}.png", "the-fox"),
        Finding("orphaned", "venues/the-fox/bar.gif", None),
    ]


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
        ([row()], [Finding("orphaned", THUMB, None)]),
        ([], [Finding("orphaned", PICTURE, None), Finding("orphaned", THUMB, None)]),
        (
            [row(sha256="0" * 64, thumbs={"small": THUMB})],
            [Finding("damaged", PICTURE, "the-bell")],
        ),
        (
            [
                row(
                    path="venues/the-bell/gone.jpg",
                    thumbs={"small": THUMB, "wide": "venues/the-bell/thumbs/wide/hero.jpg"},
                )
            ],
            [
                Finding("missing", "venues/the-bell/gone.jpg", "the-bell"),
                Finding("missing", "venues/the-bell/thumbs/wide/hero.jpg", "the-bell"),
                Finding("orphaned", PICTURE, None),
            ],
        ),
        # A picture that never came has a row and no file.
        ([row(thumbs={"small": THUMB}), row(path=None, sha256=None, venue="the-crown")], []),
    ],
)
def test_verify_compares_the_ledger_with_the_store_both_ways(
    files: LocalFileStore, rows: list[dict[str, Any]], findings: list[Finding]
) -> None:
    files.write(PICTURE, OLD)
    files.write(THUMB, thumbnail())
    (files.root / "venues/.tmp-abc").write_bytes(b"half")
    assert list(verify(rows, files, named_by(rows))) == findings


def test_verify_reads_every_byte(files: LocalFileStore) -> None:
    files.write(PICTURE, OLD)
    overwrite(files, OTHER, same_time=True)
    assert list(verify([row()], files, named_by([row()]))) == [Finding("damaged", PICTURE, "the-bell")]
