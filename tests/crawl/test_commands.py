"""Options of the commands that list, hints after a mistake, and changes in words."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.filled import NOW, begin, finish, quiz, record
from tests.support.paths import ROOT
from tests.support.project import Project, Rows
from tests.support.sqlite import put_upgraded_database
from trivia_scraper.db import runs
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.items import Performer, Venue

# Found without the settings, which a child process must not import before it has its environment.
FIRST_PUBLISHER = min(
    found[1]
    for path in (ROOT / "trivia_scraper" / "spiders").glob("*.py")
    if (found := re.search(r'^    name = "(\w+)"$', path.read_text("utf-8"), re.MULTILINE))
)
HERO = "https://a.example/fox.jpg"


def table(text: str) -> Rows:
    """Return the rows of a list printed to a pipe."""
    heading, *lines = text.splitlines()
    return [dict(zip(heading.split("\t"), line.split("\t"), strict=True)) for line in lines]


@pytest.fixture
def filled(project: Project) -> Project:
    """Two publishers with one event each. Run 2 failed. Run 3 changed the host, the image and the town of one event."""
    put_upgraded_database(project.home / "trivia.db")
    store, files = project.store(), LocalFileStore(project.images)
    first = begin(store)
    record(store, quiz("fox", performer=Performer("Priya Nandakumar")), first, NOW, [("hero", HERO, "old")], files)
    finish(store, first)
    failed = begin(store, publisher="pubquiz")
    hound = Venue("The Hound", address="2 Low St", city="Leeds")
    record(store, quiz("hound", "pubquiz", venue=hound), failed)
    store.run(runs.finish_run, failed, runs.Outcome("finished", "failed", ["the listing is empty"], {}), NOW)
    later = NOW + timedelta(days=1)
    second = begin(store, later)
    record(
        store, quiz("fox", performer=Performer("Quentin Marsh")), second, later, [("hero", HERO, "a new one")], files
    )
    finish(store, second, later)
    store.close()
    return project


def test_runs_options_select_rows(filled: Project) -> None:
    for words, found in (
        ([], ["3", "2", "1"]),
        (["--publisher", "quizmeisters"], ["3", "1"]),
        (["--failed"], ["2"]),
        (["--limit", "2"], ["3", "2"]),
        (["--publisher", "quizmeisters", "--publisher", "pubquiz", "--limit", "1"], ["3"]),
    ):
        done = filled.scrapy("runs", *words)
        assert [row["id"] for row in table(done.stdout)] == found, words
    nothing = filled.scrapy("runs", "--failed", "--publisher", "quizmeisters")
    assert (table(nothing.stdout), nothing.stderr) == ([], "No run matches --publisher quizmeisters --failed.\n")
    assert [row["id"] for row in filled.scrapy("runs", "--failed", "--json").json] == [2]


def test_events_options_select_rows(filled: Project) -> None:
    for words, found in (
        ([], ["hound", "fox"]),
        (["--publisher", "pubquiz"], ["hound"]),
        (["--publisher", "pubquiz", "--publisher", "quizmeisters"], ["hound", "fox"]),
        (["--town", "BALLARAT"], ["fox"]),
        (["--venue", "the-hound", "--status", "active"], ["hound"]),
    ):
        assert [row["id"] for row in table(filled.scrapy("events", *words).stdout)] == found, words
    for options, why in (
        ("--publisher inquizition", "No events of inquizition are stored: no run was made yet.\n"),
        ("--status gone --town Ballarat", "No stored event matches --town Ballarat --status gone.\n"),
    ):
        nothing = filled.scrapy("events", *options.split())
        assert (table(nothing.stdout), nothing.stderr) == ([], why)


def test_images_status_options_select_rows(filled: Project) -> None:
    assert [row["venue"] for row in table(filled.scrapy("images", "status").stdout)] == ["the-fox"]
    assert len(filled.scrapy("images", "status", "--publisher", "quizmeisters", "--json").json) == 1
    for words in ("--failed", "--publisher pubquiz"):
        nothing = filled.scrapy("images", "status", *words.split())
        assert (table(nothing.stdout), nothing.stderr) == ([], f"No image matches {words}.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("events --venue the-foxx", "no event at a venue 'the-foxx' is stored; did you mean 'the-fox'?"),
        ("events --venue nowhere", "no event at a venue 'nowhere' is stored; `scrapy events` lists them."),
        ("events --town balarat", "no event in a town 'balarat' is stored; did you mean 'Ballarat'?"),
        ("events --town Nowhere", "no event in a town 'Nowhere' is stored; `scrapy events` lists the towns."),
        ("export --format csv --town balarat", "did you mean 'Ballarat'?"),
        ("images status --venue the-fo", "no image of a venue 'the-fo' is stored; did you mean 'the-fox'?"),
        ("images status --venue the-hound", "no image of a venue 'the-hound' is stored."),
        ("images explain the-foxx", "there is no venue 'the-foxx'; did you mean 'the-fox'?"),
        ("venues merge the-fox the-hond", "there is no venue 'the-hond'; did you mean 'the-hound'?"),
        ("venues distinct the-foxx the-hound", "there is no venue 'the-foxx'; did you mean 'the-fox'?"),
        ("venues unmerge the-foxx", "there is no venue 'the-foxx'; did you mean 'the-fox'?"),
        ("venues unmatch quizmeisters/fux", "quizmeisters has no venue 'fux'; `scrapy venues matches` lists them."),
        ("runs 99", "there is no run 99; the newest is 3; `scrapy runs` lists them."),
    ],
)
def test_unknown_name_is_refused_with_nearest(filled: Project, words: str, said: str) -> None:
    done = filled.scrapy(*words.split())
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.rstrip().endswith(said)


def test_changes_name_hosts_and_describe_images(filled: Project) -> None:
    run, _, changes = filled.scrapy("runs", "3").stdout.split("\n\n")
    assert {row["what"]: row["value"] for row in table(run)}["verdict"] == "passed"
    rows = {row["field"]: row for row in table(changes)}
    assert (rows["host"]["old"], rows["host"]["new"]) == ("Priya Nandakumar", "Quentin Marsh")
    (image,) = filled.ledger()
    assert rows["content"]["of"] == image["path"]
    assert rows["content"]["new"] == "9 bytes"
    assert rows["content"]["old"].endswith(", size unknown"), "no run recorded the old size"
    in_json = {change["field"]: change for change in filled.scrapy("runs", "3", "--json").json["changes"]}
    assert set(in_json) == {"performer_id", "sha256"}
    assert set(in_json["sha256"]) == {"entity", "of", "field", "old", "new", "at"}


def test_duplicates_show_town_and_address_of_both(filled: Project) -> None:
    store = filled.store()
    near = Venue("The Fox Hotel", address="1 High Street", city="Ballarat", latitude=-37.5627, longitude=143.86)
    record(store, quiz("fox-hotel", "pubquiz", venue=near), begin(store, publisher="pubquiz"))
    store.close()
    (pair,) = table(filled.scrapy("venues", "duplicates").stdout)
    assert (pair["first_town"], pair["first_address"]) == ("Ballarat", "1 High St")
    assert (pair["second_town"], pair["second_address"]) == ("Ballarat", "1 High Street")


def test_unencodable_name_is_escaped(filled: Project) -> None:
    store = filled.store()
    record(store, quiz("cafe", venue=Venue("Café", city="Łódź")), begin(store))
    store.close()
    environment = filled.environment | {"PYTHONIOENCODING": "ascii"}
    for words, shown in (("events", rb"\u0141\xf3d\u017a"), ("events --json", rb'"city": "\u0141\u00f3d\u017a"')):
        command = [sys.executable, "-m", "scrapy", *words.split()]
        done = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
        assert shown in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("crawl quizmeisters --force_refresh_images=true", 2, "write -a force_refresh_images=true."),
        ("crawl quizmeisters --force-refresh-images", 2, "write -a force_refresh_images=true."),
        ("crawl quizmeisters --limit 5", 2, "limit is a spider argument; write -a limit=VALUE."),
        ("crawl --limit quizmeisters", 2, "limit is a spider argument; write -a limit=VALUE."),
        ("crawl quizmeisters --limit", 2, "limit is a spider argument; write -a limit=VALUE."),
        ("crawl --force-refresh-images quizmeisters", 2, "write -a force_refresh_images=true."),
        ("crawl-all limit=5", 2, "limit is a spider argument; write -a limit=5."),
        ("crawl-all --dry-run pubquiz", 2, "dry_run is a spider argument; write -a dry_run=true."),
        ("queue plan pubquiz --limit 5", 2, "limit is a spider argument; write -a limit=VALUE."),
        ("queue plan pubquiz limit=5", 2, "limit is a spider argument; write -a limit=5."),
        ("crawl quizmeisters limit=5", 2, "limit is a spider argument; write -a limit=5."),
        ("evnts", 2, "scrapy: there is no command 'evnts'; did you mean 'events'?"),
        ("crawlall", 2, "scrapy: there is no command 'crawlall'; did you mean 'crawl-all'?"),
        ("crawl quizmeister", 2, "there is no publisher 'quizmeister'; did you mean 'quizmeisters'?"),
        ("crawl quizmeisters pubquiz", 2, "it takes one publisher, not quizmeisters pubquiz; `scrapy crawl-all` "),
        ("crawl", 2, f"name a publisher: {FIRST_PUBLISHER}, "),
        ("crawl quizmeisters --nolgo", 2, "has no option --nolgo; did you mean --nolog?"),
        ("crawl quizmeisters -s IMAGE_EXPIRES=3", 2, "there is no setting IMAGE_EXPIRES; did you mean IMAGES_EXPIRES?"),
        ("events -s IMAGE_EXPIRES=3", 2, "there is no setting IMAGE_EXPIRES; did you mean IMAGES_EXPIRES?"),
        ("images status -s IMAGE_EXPIRES=3", 2, "did you mean IMAGES_EXPIRES?"),
        ("images --json status", 2, "write --json after the command: `scrapy images status --json`."),
        (
            "images verify --last 3",
            2,
            "`scrapy images verify` has no option --last; see `scrapy images verify -h`.",
        ),
        ("images", 2, "scrapy images: add a command: "),
        ("images explain", 2, "scrapy images explain: it needs VENUE; "),
        ("runs x", 2, "scrapy runs: "),
        ("events x", 2, "'x' is an unexpected argument; "),
        ("images stats", 2, "there is no command 'stats'; did you mean 'status'?"),
        ("images status --publisher quizmeister", 2, "did you mean 'quizmeisters'?"),
        ("runs --publisher quizmeister", 2, "did you mean 'quizmeisters'?"),
        ("runs 1 --failed", 2, "--publisher, --failed and --limit cannot be combined with RUN; omit one or the other."),
        ("runs --limit 0", 2, "--limit takes a whole number, 1 or more, not '0'"),
        ("events --publsher x", 2, "`scrapy events` has no option --publsher; did you mean --publisher?"),
        ("events --status lost", 2, "--status takes active, on_break, missing, gone, not 'lost'"),
        ("events --publisher quizmeister", 2, "there is no publisher 'quizmeister'; did you mean 'quizmeisters'?"),
        ("images copy --to gs://bucket", 2, "--to must be a directory or s3://bucket/prefix/, not 'gs://bucket'."),
        ("images verify -s IMAGES_STORE=gs://bucket", 2, "IMAGES_STORE must be a directory or s3://bucket"),
        ("runs -s DATABASE_URL=mysql://host/name", 2, "DATABASE_URL must be sqlite:///FILE or postgresql"),
        ("venues merge no-such other", 1, "there is no venue 'no-such'; `scrapy events` lists them."),
        ("venues unmatch pubquiz/none", 1, "pubquiz has no venue 'none'; `scrapy venues matches` lists them."),
        ("health nobody", 2, f"there is no publisher 'nobody'; choose from {FIRST_PUBLISHER}, "),
        ("health quizmeister", 2, "did you mean 'quizmeisters'?"),
        ("export --formt csv", 2, "`scrapy export` has no option --formt; did you mean --format?"),
        ("calendars --outptu x", 2, "`scrapy calendars` has no option --outptu; did you mean --output?"),
        ("images copy --too x", 2, "`scrapy images copy` has no option --too; did you mean --to?"),
        ("export", 2, "it needs --format; see `scrapy export -h`."),
        ("calendars", 2, "it needs -o; see `scrapy calendars -h`."),
        ("images copy", 2, "it needs --to; see `scrapy images copy -h`."),
        ("export --format", 2, "--format needs a value; "),
        ("events --json=1", 2, "--json takes no value, not '1'."),
    ],
)
def test_mistake_is_one_sentence_with_advice(project: Project, words: str, code: int, said: str) -> None:
    project.begin_run()
    done = project.scrapy(*words.split())
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (code, "", 1), done.stderr
    assert said in done.stderr


def test_crawl_help_shows_usage(project: Project) -> None:
    assert "scrapy crawl PUBLISHER [-a NAME=VALUE ...] [options]" in project.scrapy("crawl", "-h").stdout


@pytest.mark.parametrize("command", ["crawl", "crawl-all", "queue plan"])
def test_crawl_help_explains_spider_arguments(project: Project, command: str) -> None:
    shown = project.scrapy(*command.split(), "-h").stdout
    for name in ("force_refresh_images", "force_update", "limit", "venue", "dry_run"):
        assert f"\n  {name}\n      " in shown
    assert "at most this many venues" in shown


def test_subcommands_have_own_help(project: Project) -> None:
    shown = project.scrapy("images", "prune", "-h")
    assert shown.exit_code == 0
    assert "scrapy images prune [options]" in shown.stdout
    assert "--dry-run" in shown.stdout
    assert "--last" not in shown.stdout
    listed = project.scrapy("images", "-h").stdout
    for verb in ("status", "verify", "prune", "copy", "explain"):
        assert f"    {verb} " in listed
    titles = {before for before, line in pairwise(listed.splitlines()) if line and set(line) == {"="}}
    assert titles <= {"Usage", "Options", "Global Options", "Commands"}, "a line that ends with a colon becomes a title"


def test_options_may_precede_publishers_and_subcommands(filled: Project) -> None:
    done = filled.scrapy("health", "quizmeisters", "--json", "pubquiz")
    assert [row["publisher"] for row in done.json] == ["pubquiz", "quizmeisters"]
    empty = f"DATABASE_URL=sqlite:///{filled.home}/other.db"
    for words in (("images", "-s", empty, "status"), ("images", "status", "-s", empty)):
        assert f"the database sqlite:///{filled.home}/other.db does not exist" in filled.scrapy(*words).stderr


@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_real_publishers_are_refused_on_sandbox_store(filled: Project, dry_run: str) -> None:
    done = filled.scrapy("crawl", "quizmeisters", "-a", f"dry_run={dry_run}", SANDBOX_SERVER="")
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (1, "", 1), done.stderr
    assert "this store holds the sandbox's invented venues" in done.stderr


def test_merged_slug_and_publisher_id_select_venue(filled: Project) -> None:
    assert filled.scrapy("venues", "merge", "the-fox", "the-hound").exit_code == 0
    for words in (["events", "--venue", "the-hound"], ["export", "--format", "csv", "--venue", "the-hound"]):
        done = filled.scrapy(*words)
        assert done.exit_code == 0, done.stderr
        assert len(done.stdout.splitlines()) == 3
    by_slug = filled.scrapy("images", "explain", "the-fox")
    assert (by_slug.exit_code, len(table(by_slug.stdout))) == (0, 2)
    for name in ("fox", "hound", "the-hound"):
        assert filled.scrapy("images", "explain", name).stdout == by_slug.stdout
    assert filled.scrapy("images", "explain", "cat").exit_code == 1


def test_removed_publisher_is_known_by_its_runs(filled: Project) -> None:
    store = filled.store()
    finish(store, begin(store, publisher="old_pub"))
    store.close()
    for words in (
        ("health", "old_pub"),
        ("health", "-s", 'EXPECTED_EVERY_HOURS={"*": 1e6, "old_pub": null}'),
        ("images", "status", "--publisher", "old_pub"),
        ("runs", "--publisher", "old_pub"),
        ("events", "--publisher", "old_pub"),
    ):
        assert "there is no publisher" not in filled.scrapy(*words).stderr, words
    for words in (("crawl", "old_pub"), ("crawl-all", "old_pub"), ("queue", "plan", "old_pub")):
        assert "there is no publisher 'old_pub'" in filled.scrapy(*words).stderr, words


def run_into_closed_pipe(project: Project, *words: str) -> tuple[int, bytes]:
    """Run a command whose standard output is a pipe without a reader. Return exit code and standard error."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    command, environment = [sys.executable, "-m", "scrapy", *words], os.environ | project.environment
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=write_end, stderr=subprocess.PIPE, check=False)
    os.close(write_end)
    return done.returncode, done.stderr


def test_closed_pipe_keeps_exit_code(filled: Project) -> None:
    assert run_into_closed_pipe(filled, "images", "verify") == (1, b""), "the thumbnails do not exist"
    assert run_into_closed_pipe(filled, "export", "--format", "jsonl")[0] == 0


@pytest.mark.parametrize(
    "words", ["events", "runs --json", "crawl quizmeisters -a venue=act-3rd-space-canberra -a dry_run=true"]
)
def test_full_standard_output_is_one_sentence(filled: Project, words: str) -> None:
    done = filled.scrapy(*words.split(), accident=Streams(full=True))
    assert done.exit_code == 1
    assert "Traceback" not in done.stderr
    sentence = f"scrapy {words.split(maxsplit=1)[0]}: standard output cannot be written: No space left on device."
    assert done.stderr.splitlines()[-1] == sentence


def test_commands_run_with_closed_standard_streams(filled: Project, tmp_path: Path) -> None:
    assert filled.scrapy("events", accident=Streams()).exit_code == 0
    wrong = filled.scrapy("events", "--publisher", "nobody", accident=Streams())
    assert (wrong.exit_code, wrong.stdout, wrong.stderr) == (2, "", "")
    feed = tmp_path / "feed.jsonl"
    words = ("-a", "venue=act-3rd-space-canberra", "-o", str(feed))
    assert filled.scrapy("crawl", "quizmeisters", *words, accident=Streams()).exit_code == 0
    assert [json.loads(line)["publisher"] for line in feed.read_text().splitlines()] == ["quizmeisters"]


@dataclass(frozen=True)
class Streams:
    """Standard output is on a full disk, or all three streams are closed as by `<&- >&- 2>&-`."""

    full: bool = False

    def __call__(self) -> None:
        if self.full:
            os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
            return
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            os.close(number)
            setattr(sys, name, None)


def test_ctrl_c_exits_with_130(filled: Project) -> None:
    assert filled.scrapy("runs", accident=Interrupted()).exit_code == 130


@dataclass(frozen=True)
class Interrupted:
    """Ctrl-C while the first row is read."""

    def __call__(self) -> None:
        def interrupt(*args: object, **options: object) -> None:
            raise KeyboardInterrupt

        runs.list_runs = interrupt  # type: ignore[assignment]
