"""Progress of a real crawl: on a pseudo terminal, of which every state is checked, and in a pipe."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import termios
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyte
import pytest

from sandbox.client import Sandbox
from tests.support import forked
from tests.support.children import FORKSERVER
from tests.support.paths import ROOT
from tests.support.project import Project, image_requests

COLUMNS, ROWS = 160, 50
LIVE = re.compile(r"quizmeisters (?:asks|(\d+)/(\d+) venues)")
LOGGED = re.compile(r"\d\d:\d\d:\d\d (INFO|WARNING|ERROR) ")
SPACE = "act-3rd-space-canberra"
SLOWLY = ("-s", "DOWNLOAD_DELAY=0.04", "-s", "AUTOTHROTTLE_ENABLED=False")


@dataclass(frozen=True)
class QuickRefresh:
    """Draws the progress line ten times a second, so that it changes during a short crawl."""

    def __call__(self) -> None:
        from trivia_scraper.extensions import progress

        assert progress._REFRESH_SECONDS <= 1
        progress._REFRESH_SECONDS = 0.1


@dataclass
class Seen:
    """states: all rows of the terminal, with those that scrolled away, after each output."""

    states: list[list[str]]
    cursor_is_hidden: bool
    exit_code: int | None

    @property
    def rows(self) -> list[str]:
        return self.states[-1]


def on_a_terminal(project: Project, *words: str, accident: Any = None, **environment: str) -> Seen:
    """Run `scrapy WORDS` with a terminal as standard error."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    given = {name: value for name, value in project.environment.items() if name not in {"NO_COLOR", "COLUMNS", "LINES"}}
    given |= {"TERM": "xterm-256color"} | environment
    place = Path(os.ttyname(theirs))
    process = FORKSERVER.Process(
        target=forked.scrapy_command, args=(words, given, ROOT, project.home.parent / "stdout", place, accident)
    )
    process.start()
    screen = pyte.HistoryScreen(COLUMNS, ROWS, history=10_000)
    stream = pyte.ByteStream(screen)
    states = [rows_of(screen)]
    for arrived in arrivals(ours, theirs, process):
        stream.feed(arrived)
        states.append(rows_of(screen))
    process.join()
    return Seen(states, screen.cursor.hidden, process.exitcode)


def arrivals(ours: int, theirs: int, process: Any) -> Iterator[bytes]:
    """Yield what is written to the terminal until the process has ended.

    `theirs` stays open until then, because the process may not have opened its own end yet.
    """
    os.set_blocking(ours, False)
    ended = False
    while True:
        try:
            yield os.read(ours, 65536)
        except BlockingIOError:
            if ended:
                break
            process.join(0.02)
            ended = process.exitcode is not None
    os.close(theirs)
    os.close(ours)


def rows_of(screen: Any) -> list[str]:
    gone = ["".join(row[column].data for column in range(COLUMNS)) for row in screen.history.top]
    rows = [row.rstrip() for row in (*gone, *screen.display)]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def unwrapped(rows: list[str]) -> list[str]:
    """Join the parts of lines that were longer than the terminal is wide."""
    whole = [""]
    for row in rows:
        whole[-1] += row
        if len(row) < COLUMNS:
            whole.append("")
    return whole[:-1]


def test_crawl_on_terminal(project: Project, sandbox: Sandbox, subtests: pytest.Subtests) -> None:
    """Crawl with one missing image."""
    project.home.mkdir()
    image = next(each["url"] for each in sandbox.images() if each["venue"] == SPACE)
    sandbox.behave(image, "status", status=404)
    seen = on_a_terminal(project, "crawl", "quizmeisters", *SLOWLY, accident=QuickRefresh())
    with subtests.test("one progress line below the log"):
        assert_one_progress_line_below_the_log(seen)
    with subtests.test("numbers of the progress line"):
        assert_progress_line_has_numbers(seen)
    with subtests.test("lines of the log are complete"):
        assert_lines_of_the_log_are_complete(project, seen)
    with subtests.test("table at the end"):
        assert_table_at_the_end(project, seen)


def assert_one_progress_line_below_the_log(seen: Seen) -> None:
    done = []
    for rows in seen.states:
        found = [line for row in rows if (line := LIVE.match(row))]
        assert len(found) <= 1, "the line is redrawn in place"
        if found and found[0][1]:
            assert rows[-1].startswith(found[0][0])
            done.append((int(found[0][1]), int(found[0][2])))
    assert done == sorted(done)
    assert len(set(done)) > 3, "the line changes"
    assert done[-1][1] == 34, "all listed venues"


def assert_progress_line_has_numbers(seen: Seen) -> None:
    last = [row for rows in seen.states for row in rows if LIVE.match(row)][-1]
    images = r"images \d+ downloaded, 0 kept, 1 failed"
    line = rf"quizmeisters \d+/34 venues, [\d:]+ left, {images}, [\d.]+ \w+ at [\d.]+ \w+/s"
    assert re.fullmatch(line, last), last


def assert_lines_of_the_log_are_complete(project: Project, seen: Seen) -> None:
    beginning = next(number for number, row in enumerate(seen.rows) if row.startswith("venues "))
    rows = [row for row in unwrapped(seen.rows[:beginning]) if not row.startswith((" '", "{'"))]
    assert len(rows) > 10
    assert [row for row in rows if not LOGGED.match(row)] == []
    assert [row for row in rows if row.endswith("; no earlier image is stored")]
    assert not seen.cursor_is_hidden
    assert seen.exit_code == 0
    assert sum("is given (no_schedule)" in row for row in rows) == project.runs()[0]["counts"]["venues/dropped"] - 1


def assert_table_at_the_end(project: Project, seen: Seen) -> None:
    run = project.runs()[0]
    counts = run["counts"]
    table = dict(re.split(r"  +", row, maxsplit=1) for row in seen.rows[-7:])
    assert table.pop("received").endswith("MB")
    assert table == {
        "venues": "34 listed, 28 visited, 6 dropped",
        "events": f"{counts['events/stored/new']} new",
        "images downloaded": f"{counts['images/downloaded/new']} new",
        "images failed": "1 http_404",
        "verdict": "passed",
        "more": f"scrapy runs {run['id']}",
    }


def test_failed_run_shows_reason_on_terminal(project: Project) -> None:
    seen = on_a_terminal(project, "crawl", "quizmeisters", "-a", "venue=nowhere")
    assert seen.exit_code == 1
    (verdict,) = (row for row in seen.rows if row.startswith("verdict"))
    assert "failed; the listing has no venue nowhere" in verdict


def test_raised_log_level_hides_progress(project: Project) -> None:
    for quiet in (("-L", "ERROR"), ("--nolog",)):
        project.home.mkdir(exist_ok=True)
        seen = on_a_terminal(project, "crawl", "quizmeisters", "-a", f"venue={SPACE}", *quiet)
        assert (seen.rows, seen.exit_code) == ([], 0)


def test_log_file_leaves_only_progress_on_terminal(project: Project, tmp_path: Path) -> None:
    log = tmp_path / "crawl.log"
    seen = on_a_terminal(project, "crawl", "quizmeisters", "-s", f"LOG_FILE={log}", "-a", "limit=3", *SLOWLY)
    assert seen.exit_code == 0
    assert not [row for row in seen.rows if LOGGED.match(row)]
    assert seen.rows[0].startswith("venues")
    assert "\x1b" not in log.read_text()
    assert "Spider closed" in log.read_text()


@pytest.mark.parametrize("environment", [{}, {"FORCE_COLOR": "1", "TERM": "xterm"}], ids=["plain", "FORCE_COLOR"])
def test_pipe_gets_plain_lines(project: Project, sandbox: Sandbox, environment: dict[str, str]) -> None:
    words = ("crawl", "quizmeisters", "-s", "LOGSTATS_INTERVAL=0.3", *SLOWLY)
    done = project.scrapy(*words, **environment)
    assert done.exit_code == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.stderr)
    lines = [line.partition(": ")[2] for line in done.stderr.splitlines() if "extensions.progress" in line]
    assert re.fullmatch(r"\d+ of 34 venues done; images: \d+ downloaded, 0 kept, 0 failed; .* [kM]B", lines[1])
    assert lines[-6] == "venues: 34 listed, 28 visited, 6 dropped"
    assert lines[-2:] == ["verdict: passed", f"more: scrapy runs {project.runs()[0]['id']}"]
    assert image_requests(sandbox)


def test_dumb_terminal_gets_plain_lines(project: Project) -> None:
    seen = on_a_terminal(project, "crawl", "quizmeisters", "-a", f"venue={SPACE}", TERM="dumb")
    assert not [row for rows in seen.states for row in rows if LIVE.match(row)]
    assert seen.rows[-1].endswith("more: scrapy runs 1")
