"""Images that are known since the start of the run, without a look at the database."""

from __future__ import annotations

import pytest

from tests.support.events import event
from tests.support.one_run import HERO, URL, OneRun


def test_a_whole_picture_is_known_from_the_start_and_only_until_it_is_asked_for(one: OneRun) -> None:
    one.begin()
    (task,) = one.known(event())
    assert (task.file, task.thumbs_missing, task.entry.url) == ("ok", False, URL)
    one.opening.asked.add(task.entry.id)
    assert one.opening.known(event(), HERO) is None, "another venue's event with the same row reads it anew"


@pytest.mark.parametrize("harm", ["unlink", "write_bytes"])
@pytest.mark.parametrize("path", ["venues/the-fox/bar.jpg", "venues/the-fox/thumbs/small/bar.jpg"])
def test_what_is_not_whole_is_not_known(one: OneRun, harm: str, path: str) -> None:
    getattr(one.files.root / path, harm)(*([b""] if harm == "write_bytes" else []))
    visit = one.begin()["vic-the-fox"]
    assert one.opening.known(event(), HERO) is None
    assert visit.scraped_at is None, "nor is its venue skipped"


def test_other_pictures_than_those_shown_are_not_known(one: OneRun) -> None:
    one.begin()
    for pictures in ([], [("hero", f"{URL}?2")], [*HERO, ("performer", URL)]):
        assert one.opening.known(event(), pictures) is None
