"""Images that are forgotten when an operator accepts their loss."""

from __future__ import annotations

import errno
import hashlib
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from tests.support.filled import NOW
from tests.support.one_run import OneRun, image
from trivia_scraper.db.image_ledger import VenueImageLedger
from trivia_scraper.db.lost_images import FORGOTTEN, forget_lost
from trivia_scraper.db.schema import images

SLUG = "the-fox"


def shown(one: OneRun) -> Any:
    return one.ledger.read_event_images("quizmeisters", "vic-the-fox", SLUG).shown.get("hero")


def forget(one: OneRun, *, dry: bool = False, refused: bool = False) -> list[tuple[str, str]]:
    storer = replace(one.storer, ledger=VenueImageLedger(one.store, one.files, lambda: None))
    found = forget_lost(one.store, one.files, storer, SLUG, NOW, dry=dry, refused=refused)
    return [(row["path"], row["outcome"]) for row in found]


def test_forget_lost_deletes_only_lost_images(one: OneRun) -> None:
    assert forget(one) == []
    lost = shown(one)
    one.files.remove(lost.path)
    assert forget(one, dry=True) == forget(one) == [(lost.path, FORGOTTEN)]
    known = one.ledger.read_event_images("quizmeisters", "vic-the-fox", SLUG)
    assert (known.shown, known.stored, list(one.files.paths())) == ({}, {}, [])


def test_unreadable_image_is_not_forgotten(one: OneRun, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = shown(one)
    read = one.files.read

    def refuse(path: str) -> bytes | None:
        if path == kept.path:
            raise OSError(errno.EIO, "Input/output error", path)
        return read(path)

    with monkeypatch.context() as patch:
        patch.setattr(one.files, "read", refuse)
        ((path, outcome),) = forget(one)
    assert (path, outcome.partition(":")[0]) == (kept.path, "not repaired")
    assert shown(one) == kept
    assert one.files.read(kept.path) == image("JPEG", (40, 30))


@pytest.mark.parametrize("dry", [True, False])
def test_undecodable_image_is_forgotten_only_on_request(one: OneRun, dry: bool) -> None:
    """An earlier version accepted images without an end mark, which cannot have thumbnails today."""
    kept = shown(one)
    cut = image("JPEG", (40, 30))[:-2]
    stat = one.files.write(kept.path, cut)
    facts = {"sha256": hashlib.sha256(cut).hexdigest(), "bytes": stat.bytes, "modified_ns": stat.modified_ns}
    one.store.write(lambda connection: connection.execute(update(images).values(facts)))
    assert forget(one, dry=dry) == [], "its thumbnails are whole"
    for path in kept.thumbs.values():
        one.files.remove(path)
    ((path, outcome),) = forget(one, dry=dry)
    assert path == kept.path
    assert outcome.startswith("not repaired: ")
    assert outcome.endswith("; --refused forgets it")
    assert one.files.read(kept.path) == cut
    assert forget(one, dry=dry, refused=True) == [(kept.path, FORGOTTEN)]
    assert (shown(one) is None, one.files.read(kept.path) is None) == (not dry, not dry)
