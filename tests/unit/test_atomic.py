"""Files and directories that change in one step, even if the process is killed."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from tests.support.accidents import KilledAt
from tests.support.children import FORKSERVER
from trivia_scraper.atomic import place_new, replace_directory, replace_text_file
from trivia_scraper.errors import BusyError, OutputError

FILES = [f"pages/{number}.html" for number in range(20)]
STEP = "trivia_scraper.directory."
MOMENTS = [KilledAt(f"{STEP}written", times) for times in (1, 2, len(FILES))]
MOMENTS += [KilledAt(f"{STEP}{step}") for step in ("complete", "synced", "linked", "swapped")]


def publish(directory: Path, text: str, accident: KilledAt | None = None) -> None:
    if accident:
        accident()
    with replace_directory(directory, "site") as edition:
        for name in FILES:
            edition.write(name, text)


def shown(directory: Path) -> set[str]:
    """Return the texts of all files. Raises if one is missing."""
    return {(directory / name).read_text() for name in FILES}


@pytest.mark.parametrize("accident", MOMENTS, ids=lambda moment: f"{moment.event}-{moment.times}")
@pytest.mark.parametrize("first", [True, False], ids=["nothing before", "one before"])
def test_killed_publishing_leaves_a_whole_directory(tmp_path: Path, accident: KilledAt, first: bool) -> None:
    directory = tmp_path / "site"
    if not first:
        publish(directory, "old")
    process = FORKSERVER.Process(target=publish, args=(directory, "new", accident))
    process.start()
    process.join()
    assert process.exitcode == -9
    swapped = accident.event.endswith("swapped")
    if first and not swapped:
        assert not os.path.lexists(directory)
    else:
        assert shown(directory) == {"new" if swapped else "old"}
    publish(directory, "newest")
    assert shown(directory) == {"newest"}
    left = {path.name for path in (tmp_path / ".site.versions").iterdir()}
    before = 0 if first and not swapped else 1
    assert len(left) == 1 + before + 1, "the version before, the present one and the lock"


def test_reader_sees_one_version(tmp_path: Path) -> None:
    directory = tmp_path / "site"
    publish(directory, "0")
    done = threading.Event()
    seen: list[set[str]] = []

    def read() -> None:
        while not done.is_set():
            where = Path(os.path.realpath(directory))
            seen.append(shown(where))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 8):
        publish(directory, str(number))
        after = len(seen)
        while len(seen) < after + 2:  # until readers of the previous version have finished
            assert reader.is_alive()
    done.set()
    reader.join()
    assert {len(texts) for texts in seen} == {1}
    assert len({text for texts in seen for text in texts}) > 3


def test_directory_of_another_kind_is_refused(tmp_path: Path) -> None:
    publish(tmp_path / "site", "old")
    with (
        pytest.raises(OutputError, match="not written by this command"),
        replace_directory(tmp_path / "site", "calendars"),
    ):
        pass
    assert shown(tmp_path / "site") == {"old"}


def test_failed_publishing_leaves_nothing(tmp_path: Path) -> None:
    publish(tmp_path / "site", "old")

    def fail() -> None:
        with replace_directory(tmp_path / "site", "site") as edition:
            edition.write("a.html", "new")
            raise OSError("full")

    with pytest.raises(OutputError, match=rf"^{tmp_path}/site cannot be written: full\.$"):
        fail()
    assert shown(tmp_path / "site") == {"old"}
    assert len(list((tmp_path / ".site.versions").iterdir())) == 2


def test_full_disk_error_names_the_file(tmp_path: Path) -> None:
    def fail() -> None:
        with replace_text_file(tmp_path / "events.csv") as out:
            out.write("half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OutputError, match=rf"^{tmp_path}/events.csv cannot be written: No space left on device\.$"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_two_at_once(tmp_path: Path) -> None:
    with replace_directory(tmp_path / "site", "site") as edition:
        edition.write("a.html", "first")
        with pytest.raises(BusyError), replace_directory(tmp_path / "site", "site"):
            pass
    assert (tmp_path / "site/a.html").read_text() == "first"


@pytest.fixture(params=["a directory", "a file", "a link elsewhere", "another's versions", "the root"])
def not_ours(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    place = tmp_path / "theirs"
    if request.param == "the root":
        place = Path("/")
    elif request.param == "a directory":
        place.mkdir()
        (place / "letter.txt").write_text("dear")
    elif request.param == "a file":
        place.write_text("dear")
    elif request.param == "a link elsewhere":
        (tmp_path / "elsewhere").mkdir()
        place.symlink_to("elsewhere")
    else:
        (tmp_path / ".theirs.versions").mkdir()
        (tmp_path / ".theirs.versions/letter.txt").write_text("dear")
    return place


def test_foreign_directory_is_not_replaced(not_ours: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError, match="name"), replace_directory(not_ours, "site"):
        pass
    assert sorted(tmp_path.rglob("*")) == before


def test_empty_directory_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    publish(tmp_path / "site", "new")
    assert shown(tmp_path / "site") == {"new"}


def test_files_are_synced_before_the_switch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def sync() -> None:
        (version,) = (path for path in (tmp_path / ".site.versions").iterdir() if path.is_dir())
        seen.append((sorted(path.name for path in version.rglob("*.html")), os.path.lexists(tmp_path / "site")))

    monkeypatch.setattr(os, "sync", sync)
    publish(tmp_path / "site", "new")
    assert seen == [(sorted(Path(name).name for name in FILES), False)]


def test_unchanged_files_are_linked(tmp_path: Path) -> None:
    with replace_directory(tmp_path / "site", "site") as edition:
        edition.write("images/a.jpg", b"bytes")
        assert edition.list_previous("images") == []
    first = (tmp_path / "site/images/a.jpg").stat()
    with replace_directory(tmp_path / "site", "site") as edition:
        assert edition.list_previous("images") == ["a.jpg"]
        assert edition.read_previous("images/a.jpg") == b"bytes"
        edition.keep("images/a.jpg")
        with pytest.raises(FileNotFoundError):
            edition.keep("images/b.jpg")
    assert (tmp_path / "site/images/a.jpg").stat().st_ino == first.st_ino


@pytest.mark.parametrize("path", ["../a.html", "/etc/a", "a//b", "a/../b", "A.html", "", ".hidden", "a/\0"])
def test_path_outside_the_edition_is_refused(tmp_path: Path, path: str) -> None:
    with (
        replace_directory(tmp_path / "site", "site") as edition,
        pytest.raises(ValueError, match="not a path of a site"),
    ):
        edition.write(path, "x")


def overwrite(file: Path, accident: KilledAt | None = None) -> None:
    if accident:
        accident()
    with replace_text_file(file) as out:
        for _ in range(2000):
            out.write("new line\n")


@pytest.mark.parametrize("step", ["begun", "written", "synced", "renamed"])
@pytest.mark.parametrize("before", [None, "old"])
def test_killed_writing_leaves_old_or_new_file(tmp_path: Path, step: str, before: str | None) -> None:
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


def test_failed_writing_keeps_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("old")
    file.chmod(0o640)
    with pytest.raises(UnicodeEncodeError), replace_text_file(file) as out:
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
    with replace_text_file(file) as out:
        with pytest.raises(BusyError):
            overwrite(file)
        out.write("first")
    assert file.read_text() == "first"
    with pytest.raises(OutputError, match="is not a file"):
        overwrite(tmp_path)
    with pytest.raises(OutputError, match="No such file"):
        overwrite(tmp_path / "nowhere" / "events.jsonl")


@pytest.mark.parametrize("links", [True, False])
def test_place_new_replaces_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    made, path = tmp_path / "made", tmp_path / "path"
    made.write_bytes(b"new")
    place_new(made, path)
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("path", b"new")]
    made.write_bytes(b"newer")
    with pytest.raises(FileExistsError):
        place_new(made, path)
    assert (made.read_bytes(), path.read_bytes()) == (b"newer", b"new")
