"""A file that changes as a whole: killed at any moment, it is the old one or the new one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.accidents import KilledAt
from tests.support.project import FORKSERVER
from trivia_scraper.atomic import whole_file
from trivia_scraper.errors import BeingWrittenError, OutputError


def overwrite(file: Path, accident: KilledAt | None = None) -> None:
    if accident:
        accident()
    with whole_file(file) as out:
        for _ in range(2000):
            out.write("new line\n")


@pytest.mark.parametrize("step", ["begun", "written", "synced", "renamed"])
@pytest.mark.parametrize("before", [None, "old"])
def test_killed_at_any_moment_the_file_is_the_old_one_or_the_new_one(
    tmp_path: Path, step: str, before: str | None
) -> None:
    file = tmp_path / "events.jsonl"
    if before is not None:
        file.write_text(before)
    process = FORKSERVER.Process(target=overwrite, args=(file, KilledAt(f"trivia_scraper.file.{step}")))
    process.start()
    process.join()
    assert process.exitcode == -9
    if step == "renamed":
        assert file.read_text() == "new line\n" * 2000
    else:
        assert (file.read_text() if file.exists() else None) == before
    overwrite(file)
    assert file.read_text() == "new line\n" * 2000
    assert [path.name for path in tmp_path.iterdir()] == ["events.jsonl"], "what was left is used again"


def test_a_failure_leaves_the_old_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("old")
    file.chmod(0o640)
    with pytest.raises(UnicodeEncodeError), whole_file(file) as out:
        out.writelines(["new", "\ud800"])
    assert [path.name for path in tmp_path.iterdir()] == ["events.jsonl"]
    assert file.read_text() == "old"
    link = tmp_path / "link.jsonl"
    link.symlink_to(file)
    overwrite(link)
    assert link.is_symlink()
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new line\n" * 2000, 0o640)


def test_two_do_not_write_one_file(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    with whole_file(file) as out:
        with pytest.raises(BeingWrittenError):
            overwrite(file)
        out.write("first")
    assert file.read_text() == "first"
    with pytest.raises(OutputError, match="is no file"):
        overwrite(tmp_path)
    with pytest.raises(OutputError, match="No such file"):
        overwrite(tmp_path / "nowhere" / "events.jsonl")
