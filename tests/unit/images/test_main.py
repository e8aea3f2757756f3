"""Tests `python -m trivia_scraper.images` with a store that has its own ledger."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.drawn import encoded, quarters
from tests.support.paths import ROOT
from trivia_scraper.clock import utc_now
from trivia_scraper.images import __main__ as command
from trivia_scraper.images.digests import sha256_of
from trivia_scraper.images.ledger import LEDGER_FILE, SqliteLedger
from trivia_scraper.images.records import ImageRecord
from trivia_scraper.images.storage.local import LocalFileStore

IMAGE = encoded(quarters(), "PNG")
URL = "https://images.example/a.png"


@pytest.fixture(autouse=True)
def _settle_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_SETTLING_SECONDS", 0)


@pytest.fixture
def files(tmp_path: Path) -> LocalFileStore:
    return LocalFileStore(tmp_path / "images")


@pytest.fixture
def ledger(files: LocalFileStore) -> Iterator[SqliteLedger]:
    with closing(SqliteLedger(files.root / LEDGER_FILE, files)) as opened:
        yield opened


@pytest.fixture
def stored(files: LocalFileStore, ledger: SqliteLedger) -> ImageRecord:
    """Store an image that was checked two days ago."""
    record = recorded(files, ledger)
    ledger.close()
    return record


def recorded(files: LocalFileStore, ledger: SqliteLedger) -> ImageRecord:
    stat = files.write("full/a.png", IMAGE)
    checked_at = utc_now() - timedelta(days=2)
    blank = ImageRecord(url=URL, stem="full/a")
    record = ImageRecord(
        url=URL,
        stem="full/a",
        path="full/a.png",
        sha256=sha256_of(IMAGE),
        bytes=stat.bytes,
        modified_ns=stat.modified_ns,
        thumbs_spec="fit ",
        etag='"1"',
        checked_at=checked_at,
    )
    return ledger.save(blank, record)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    exit_code = command.main([*words, "--json"])
    return exit_code, json.loads(capsys.readouterr().out)


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_status_lists_records(files: LocalFileStore, stored: ImageRecord, capsys: pytest.CaptureFixture[str]) -> None:
    exit_code, (row,) = run(capsys, "status", str(files.root))
    assert (exit_code, row["path"], row["url"], row["bytes"]) == (0, "full/a.png", URL, len(IMAGE))
    assert command.main(["status", str(files.root)]) == 0
    heading, line = capsys.readouterr().out.splitlines()
    assert heading.split("\t")[:3] == ["path", "url", "format"]
    assert line.split("\t")[:3] == ["full/a.png", URL, "-"]


def test_verify_finds_missing_damaged_and_orphaned_files(
    files: LocalFileStore, stored: ImageRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(files.root)
    assert run(capsys, "verify", root) == (0, [])
    assert command.main(["verify", root]) == 0
    assert capsys.readouterr().out == "1 image: every file matches its record.\n"
    files.write("full/a.png", IMAGE[:-1])
    files.write("Any Folder/b.png", IMAGE)
    damaged, orphaned = (
        {"problem": "damaged", "path": "full/a.png"},
        {"problem": "orphaned", "path": "Any Folder/b.png"},
    )
    assert run(capsys, "verify", root) == (1, [damaged, orphaned])
    files.remove("full/a.png")
    assert run(capsys, "verify", root) == (1, [damaged | {"problem": "missing"}, orphaned])
    assert run(capsys, "orphans", root) == (1, [{"path": "Any Folder/b.png"}])


def test_file_recorded_during_check_is_not_reported(
    files: LocalFileStore, ledger: SqliteLedger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.save(ImageRecord(url="x", stem="x"), ImageRecord(url="x", stem="x"))
    files.write("full/a.png", IMAGE)
    monkeypatch.setattr(time, "sleep", lambda _: recorded(files, ledger))
    assert run(capsys, "orphans", str(files.root)) == (0, [])
    assert run(capsys, "verify", str(files.root)) == (0, [])


@pytest.mark.parametrize("name", ["full/a.png", "full/a", URL])
def test_explain_describes_next_run(
    files: LocalFileStore, stored: ImageRecord, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    root = str(files.root)
    _, (fresh,) = run(capsys, "explain", root, name)
    assert (fresh["file"], fresh["next_run"], fresh["reason"], fresh["request"]) == ("ok", "keep", "fresh", None)
    _, (expired,) = run(capsys, "explain", root, name, "--expires", "0.5")
    assert (expired["next_run"], expired["request"]) == ("revalidate", "GET, conditional by ETag")
    _, (never,) = run(capsys, "explain", root, name, "--expires", "-1")
    assert never["reason"] == "fresh"
    files.remove("full/a.png")
    _, (missing,) = run(capsys, "explain", root, name)
    assert (missing["file"], missing["next_run"], missing["reason"]) == ("missing", "fetch", "missing")
    assert command.main(["explain", root, name]) == 0
    assert "next_run: fetch\nreason: missing\nrequest: GET\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "path"),
    [("a.png", "full/a.png"), ("b.png", "pubs/the-bell/b.png"), ("the-bell/b.png", "pubs/the-bell/b.png")],
)
def test_explain_finds_image_by_end_of_path(
    files: LocalFileStore, stored: ImageRecord, capsys: pytest.CaptureFixture[str], name: str, path: str
) -> None:
    files.write("pubs/the-bell/b.png", IMAGE)
    exit_code, (facts,) = run(capsys, "explain", str(files.root), name)
    assert (exit_code, facts["path"]) == (0, path)


def test_explain_describes_file_without_record(
    files: LocalFileStore, stored: ImageRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    files.write("full/b.png", IMAGE)
    _, (facts,) = run(capsys, "explain", str(files.root), "full/b.png")
    assert (facts["file"], facts["reason"], facts["request"]) == ("no record", "adopted", None)
    _, (facts,) = run(capsys, "explain", str(files.root), "full/b.png", "--expires", "0")
    assert (facts["reason"], facts["request"]) == ("expired", "GET")


def test_reading_changes_nothing(
    files: LocalFileStore, stored: ImageRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(files.root)
    for words in (["status"], ["verify"], ["orphans"], ["explain"]):
        run(capsys, *words, str(files.root), *(["full/a.png"] if words == ["explain"] else []))
    assert contents(files.root) == before


AS_NOBODY = """
import os, sys
from trivia_scraper.images import ledger, verify
from trivia_scraper.images.__main__ import main
if os.getuid() == 0:  # root may write everywhere
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
sys.exit(main(sys.argv[1:]))
"""


def test_read_only_store_is_read() -> None:
    with tempfile.TemporaryDirectory() as folder:  # a directory that every user may enter, unlike those of pytest
        os.chmod(folder, 0o755)
        files = LocalFileStore(Path(folder, "images"))
        with closing(SqliteLedger(files.root / LEDGER_FILE, files)) as ledger:
            recorded(files, ledger)
        os.chmod(files.root, 0o555)
        before = contents(files.root)
        for words in (["status"], ["verify"], ["orphans"], ["explain", "a.png"]):
            command_line = [sys.executable, "-c", AS_NOBODY, words[0], str(files.root), *words[1:]]
            done = subprocess.run(command_line, cwd=ROOT, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, "")
        assert contents(files.root) == before


@pytest.mark.parametrize(
    ("store_id", "hint"),
    [
        (None, "The next crawl adopts the files of a store without a ledger.\n"),
        ("7f", "The ledger of trivia_scraper's own store is in the database: use `scrapy images`.\n"),
    ],
)
def test_store_without_ledger_is_explained(
    files: LocalFileStore, capsys: pytest.CaptureFixture[str], store_id: str | None, hint: str
) -> None:
    files.write("full/a.png", IMAGE)
    if store_id:
        files.write_id(store_id)
    assert command.main(["status", str(files.root)]) == 1
    assert capsys.readouterr().err.endswith(f" add --ledger FILE. {hint}")


def test_missing_store_or_ledger_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, empty, other = tmp_path / "nowhere", tmp_path / "empty", tmp_path / "other.sqlite3"
    empty.mkdir()
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE pubs (name TEXT)")
    before = contents(tmp_path)
    rows = (
        (["status", str(store)], f"There is no store at {store}.\n"),
        (
            ["status", str(empty)],
            f"There is no ledger at {empty / LEDGER_FILE}. If IMAGES_LEDGER names another file, add",
        ),
        (
            ["verify", str(empty), "--ledger", str(other)],
            f"the ledger {other} cannot be used: no such table: images.\n",
        ),
        (["status", "gs://bucket/"], "STORE must be a directory or s3://bucket/prefix/, not 'gs://bucket/'.\n"),
    )
    for words, sentence in rows:
        assert command.main(words) == (2 if "gs://bucket/" in words else 1)
        error = capsys.readouterr().err
        assert error.startswith(sentence)
        assert error.count("\n") == 1
    assert not store.exists()
    assert contents(tmp_path) == before


def test_unknown_image_is_one_sentence(
    files: LocalFileStore, stored: ImageRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["explain", str(files.root), "../secret"]) == 1
    assert capsys.readouterr().err == "No record and no file has the path or URL '../secret'.\n"


@pytest.mark.parametrize("words", [[], ["delete", "x"], ["status"], ["explain", "x", "y", "--expires", "soon"]])
def test_invalid_command_line_exits_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(words)
    assert ended.value.code == 2


def test_command_starts_without_scrapy() -> None:
    script = "import sys, trivia_scraper.images.__main__; print({'scrapy', 'twisted'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_verify_of_empty_store_exits_1(
    files: LocalFileStore, ledger: SqliteLedger, stored: ImageRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    files.remove("full/a.png")
    with closing(sqlite3.connect(files.root / LEDGER_FILE)) as connection, connection:
        connection.execute("DELETE FROM images")
    assert command.main(["verify", str(files.root)]) == 1
    assert capsys.readouterr().out == "No images are stored, so there is nothing to verify.\n"


def test_corrupt_ledger_error_matches_text_in_docs(
    files: LocalFileStore, stored: ImageRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    path = files.root / LEDGER_FILE
    path.write_bytes(b"\xff" * 100 + path.read_bytes()[100:])
    assert command.main(["status", str(files.root)]) == 1
    assert capsys.readouterr().err == f"the ledger {path} cannot be used: file is not a database.\n"
    line = 'it "is malformed" or "is not a database", move it away'
    assert line in " ".join((ROOT / "docs/images.md").read_text().split())
