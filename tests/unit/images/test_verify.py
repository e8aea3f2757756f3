"""The ledger compared with the stored files."""

from __future__ import annotations

from tests.support.events import event
from tests.support.one_run import OneRun, picture
from trivia_scraper.db import image_ledger
from trivia_scraper.images.verify import Finding, confirmed, verify


def test_what_a_crawl_replaced_meanwhile_is_nothing_to_find(one: OneRun) -> None:
    before = one.store.read(image_ledger.catalogue)
    one.begin()
    one.crawl(event(), picture("PNG", (41, 30)))
    one.files.remove("venues/the-fox/bar.jpg")
    found = list(verify(before, one.files))
    assert {finding.problem for finding in found} == {"missing", "orphaned"}
    assert list(confirmed(found, one.store.read(image_ledger.catalogue), one.files)) == []
    one.files.write("venues/the-fox/bar.png", b"garbled")
    one.files.write("venues/the-fox/bar.gif", b"whose?")
    rows = one.store.read(image_ledger.catalogue)
    assert list(confirmed(list(verify(rows, one.files)), rows, one.files)) == [
        Finding("damaged", "venues/the-fox/bar.png", "the-fox"),
        Finding("orphaned", "venues/the-fox/bar.gif", None),
    ]
