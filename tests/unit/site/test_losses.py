"""What is published is not replaced by far less."""

from __future__ import annotations

import errno
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.filled import NOW, begin, finish, quiz, record
from tests.support.in_process import scrapy_in_process, settings_of
from trivia_scraper.atomic import Edition, replace_directory
from trivia_scraper.db.engine import Store
from trivia_scraper.errors import RefusedError
from trivia_scraper.site.losses import refuse_losses


@pytest.mark.parametrize("words", ["catalogue", "calendars -o {}/catalogue"])
def test_a_publication_that_would_lose_most_of_its_venues_stays(
    words: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command = words.format(tmp_path).split()

    def publish(database: str, venues: int, *options: str) -> int:
        with closing(Store(f"sqlite:///{tmp_path}/{database}")) as store:
            run_id = begin(store)
            for number in range(venues):
                record(store, quiz(f"{number}"), run_id)
            finish(store, run_id, NOW)
        settings = settings_of(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/{database}")
        return scrapy_in_process(settings, *command, *options)

    def venues() -> int:
        return len({path.stem for path in (tmp_path / "catalogue/venues").iterdir()})

    assert publish("full.db", 7) == 0
    capfd.readouterr()
    assert publish("other.db", 3) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.endswith(
        "what is published has 7 venues and would have 3, so it stays as it is; --force replaces it anyway."
    )
    assert venues() == 7
    assert publish("half.db", 4) == 0, "a season may be over"
    assert publish("few.db", 1, "--force") == 0
    assert venues() == 1


def test_a_publication_that_cannot_be_read_stays_unless_forced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with replace_directory(tmp_path / "site", "site") as edition:
        edition.write("venues/the-fox.html", "")
    monkeypatch.setattr(Edition, "list_previous", fail)
    with replace_directory(tmp_path / "site", "site") as edition:
        edition.write("venues/the-hound.html", "")
        with pytest.raises(RefusedError, match=r"^what is published cannot be read \(Input/output error\), so"):
            refuse_losses(edition, 1, ".html", force=False)
        refuse_losses(edition, 1, ".html", force=True)
