"""Wrong command lines: one sentence, the exit code of its class, no traceback, and nothing is created."""

from __future__ import annotations

import os
import runpy
import shlex
import sys
from pathlib import Path

import pytest
import scrapy.cmdline
from scrapy.settings import Settings

from sandbox import recorder
from trivia_scraper import settings as project
from trivia_scraper.errors import StorageError
from trivia_scraper.extensions.checks import check_feeds

FIRST_PUBLISHER = min(recorder.spiders())
HANDLERS = '{"http": "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"}'
Captured = pytest.CaptureFixture[str]
LONG = "x" * 70_000
NAMES = "names something that cannot be imported: "
NO_SANDBOX = "SANDBOX_SERVER takes an address like http://127.0.0.1:8800, without a password or a query."


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set up a project whose state is below a directory that does not exist."""
    for name in ("IMAGES_STORE", "DATABASE_URL", "FEEDS_DIR", "ALERT_URLS", "METRICS_FILE", "QUEUE_PLANS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRIVIA_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("SANDBOX_SERVER", "http://127.0.0.1:9")
    (tmp_path / "file").write_text("")
    return tmp_path / "var"


def said(line: str, home: Path, captured: Captured, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Return the exit code and the sentence of a command line. Fail when it begins a crawl, or creates anything."""

    def begin(settings: object) -> None:
        raise AssertionError(f"`scrapy {line}` was not refused")

    for name in ("AsyncCrawlerProcess", "CrawlerProcess"):
        monkeypatch.setattr(scrapy.cmdline, name, begin)
    settings = Settings()
    settings.setmodule(project)
    settings.setdict({name: each for name, each in runpy.run_path(str(project.__file__)).items() if name.isupper()}, 20)
    monkeypatch.setattr(sys, "path", [*sys.path])  # runspider puts its own
    words = [word.replace("LONG", LONG).replace("SCRATCH", str(home.parent)) for word in shlex.split(line)]
    before = sorted(home.parent.rglob("*"))
    with pytest.raises(SystemExit) as ended:
        scrapy.cmdline.execute(["scrapy", *words], settings)
    stdout, stderr = captured.readouterr()
    assert stdout == ""
    assert sorted(home.parent.rglob("*")) == before
    assert (stderr.count("\n"), "Traceback" in stderr) == (1, False), stderr
    assert len(stderr) < 1000
    code = ended.value.code
    assert isinstance(code, int)
    return code, stderr


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("LOG_LEVEL=TRACE", "the setting LOG_LEVEL takes DEBUG, INFO, WARNING, ERROR or CRITICAL, not 'TRACE'."),
        ("LOG_FILE=/nonexistent/log", "the setting LOG_FILE takes the path of a file that can be written, not "),
        ("LOG_FILE=SCRATCH", "the setting LOG_FILE takes the path of a file that can be written, not "),
        ("LOG_FILE=LONG", "the setting LOG_FILE takes the path of a file that can be written, not 'xxx"),
        ("LOG_FORMAT=%", "the setting LOG_FORMAT takes a format of Python's logging, "),
        ("LOG_FORMAT=%(nonsense)s", "the setting LOG_FORMAT takes a format of Python's logging, "),
        ("LOG_ENCODING=klingon", "the setting LOG_ENCODING takes the name of an encoding, not 'klingon'."),
        ("FEED_EXPORT_ENCODING=klingon", "the setting FEED_EXPORT_ENCODING takes the name of an encoding, not "),
        ("LOG_FORMATTER=no.such.Thing", f"LOG_FORMATTER {NAMES}No module named 'no'."),
        ("LOG_FORMATTER=nothing", f"LOG_FORMATTER {NAMES}Error loading object 'nothing': not a full path."),
        ("RETRY_GIVE_UP_LOG_LEVEL=LOUD", "the setting RETRY_GIVE_UP_LOG_LEVEL takes DEBUG, "),
        ("CONCURRENT_REQUESTS=abc", "the setting CONCURRENT_REQUESTS takes a whole number, 1 or more, not 'abc'."),
        ("CONCURRENT_REQUESTS_PER_IP=x", "the setting CONCURRENT_REQUESTS_PER_IP takes a whole number, 0 or more, "),
        ("CONCURRENT_ITEMS=0", "the setting CONCURRENT_ITEMS takes a whole number, 1 or more, not '0'."),
        ("REACTOR_THREADPOOL_MAXSIZE=0", "the setting REACTOR_THREADPOOL_MAXSIZE takes a whole number, 1 or more, "),
        ("DOWNLOAD_DELAY=-1", "the setting DOWNLOAD_DELAY takes a number, 0 or more, not '-1'."),
        ("DOWNLOAD_MAXSIZE=-1", "the setting DOWNLOAD_MAXSIZE takes a whole number, 0 or more, not '-1'."),
        ('DOWNLOAD_SLOTS={"a": 1}', "the setting DOWNLOAD_SLOTS takes limits by host, like "),
        ('DOWNLOAD_SLOTS={"a": {"delay": "x"}}', "the setting DOWNLOAD_SLOTS takes limits by host, like "),
        ('DOWNLOAD_HANDLERS={"http": "no.such.Handler"}', f"DOWNLOAD_HANDLERS {NAMES}No module named 'no'."),
        ("DOWNLOAD_TLS_MIN_VERSION=x", "the setting DOWNLOAD_TLS_MIN_VERSION takes TLSv1.0, "),
        ("DOWNLOADER_CLIENTCONTEXTFACTORY=no.such.Thing", f"DOWNLOADER_CLIENTCONTEXTFACTORY {NAMES}"),
        ('DOWNLOADER_MIDDLEWARES={"no.such.Thing": 5}', f"DOWNLOADER_MIDDLEWARES {NAMES}No module named 'no'."),
        ('SPIDER_MIDDLEWARES={"scrapy.NoSuch": 5}', f"SPIDER_MIDDLEWARES {NAMES}Module 'scrapy' doesn't define "),
        ('ITEM_PIPELINES={"no.such.Thing": 5}', f"ITEM_PIPELINES {NAMES}No module named 'no'."),
        ('ITEM_PIPELINES={"scrapy.Spider": "x"}', "ITEM_PIPELINES has a wrong value: Invalid value x for component "),
        ("ITEM_PIPELINES=[]", "the setting ITEM_PIPELINES takes a JSON object, not '[]'."),
        ('EXTENSIONS={"no.such.Thing": null}', f"EXTENSIONS {NAMES}No module named 'no'."),
        ("EXTENSIONS={}", "EXTENSIONS must include trivia_scraper.extensions.run.Run, or nothing would be stored."),
        ('EXTENSIONS={"no.such.Thing": 5}', f"EXTENSIONS {NAMES}No module named 'no'."),
        ('ADDONS={"no.such.Thing": 5}', f"ADDONS {NAMES}No module named 'no'."),
        ("SCHEDULER=no.such.Thing", f"SCHEDULER {NAMES}No module named 'no'."),
        ("DUPEFILTER_CLASS=no.such.Thing", f"DUPEFILTER_CLASS {NAMES}No module named 'no'."),
        ("TWISTED_DNS_RESOLVER=no.such.Thing", f"TWISTED_DNS_RESOLVER {NAMES}No module named 'no'."),
        ("ASYNCIO_EVENT_LOOP=no.such.Thing", f"ASYNCIO_EVENT_LOOP {NAMES}No module named 'no'."),
        ("TWISTED_REACTOR=x", "the setting TWISTED_REACTOR takes twisted.internet.asyncioreactor.Asyncio"),
        ("TWISTED_REACTOR_ENABLED=False", "the setting TWISTED_REACTOR_ENABLED takes True, because "),
        ("SPIDER_LOADER_CLASS=no.such.Thing", f"SPIDER_LOADER_CLASS {NAMES}No module named 'no'."),
        ("SPIDER_MODULES=no.such", f"SPIDER_MODULES {NAMES}No module named 'no'."),
        ("RETRY_HTTP_CODES=500,x", "the setting RETRY_HTTP_CODES takes HTTP status codes, separated by commas, "),
        ("RETRY_EXCEPTIONS=no.such.Error", f"RETRY_EXCEPTIONS {NAMES}No module named 'no'."),
        ("RETRY_TIMES=-1", "the setting RETRY_TIMES takes a whole number, 0 or more, not '-1'."),
        (
            "AUTOTHROTTLE_TARGET_CONCURRENCY=0",
            "the setting AUTOTHROTTLE_TARGET_CONCURRENCY takes a number, more than 0",
        ),
        ("AUTOTHROTTLE_MAX_DELAY=x", "the setting AUTOTHROTTLE_MAX_DELAY takes a number, 0 or more, not 'x'."),
        ("HTTPCACHE_ENABLED=perhaps", "the setting HTTPCACHE_ENABLED takes True or False, not 'perhaps'."),
        ("HTTPCACHE_STORAGE=no.such.Thing", f"HTTPCACHE_STORAGE {NAMES}No module named 'no'."),
        ("HTTPCACHE_DBM_MODULE=nosuch", f"HTTPCACHE_DBM_MODULE {NAMES}No module named 'nosuch'."),
        ("HTTPCACHE_IGNORE_HTTP_CODES=x", "the setting HTTPCACHE_IGNORE_HTTP_CODES takes HTTP status codes, "),
        ("MEMUSAGE_CHECK_INTERVAL_SECONDS=0", "the setting MEMUSAGE_CHECK_INTERVAL_SECONDS takes seconds, more than 0"),
        ("TELNETCONSOLE_PORT=99999,99999", "the setting TELNETCONSOLE_PORT takes two ports, "),
        ("FEEDS=x", "the setting FEEDS takes a JSON object, not 'x'."),
        ('FEEDS={"SCRATCH/x": {"format": ["csv"]}}', "jsonlines, marshal, pickle, xml, not ['csv']."),
        ('FEEDS={"SCRATCH/x": {}}', "takes a format of csv, jl, json, jsonl, jsonlines, marshal, pickle, xml, not ''."),
        ('FEEDS={"SCRATCH/x": {"format": "nosuch"}}', "pickle, xml, not 'nosuch'."),
        ('FEEDS={"SCRATCH/x": 1}', "takes a JSON object with its options, not 1."),
        ('FEEDS={"nosuch://x": {"format": "json"}}', "the feed 'nosuch://x' takes a file or one of file, ftp, "),
        ('FEEDS={"SCRATCH/%(nosuch)s.json": {}}', "has a field that cannot be filled in: "),
        ('FEEDS={"x": {"format": "json", "item_filter": "no.such"}}', f"item_filter of the feed 'x' {NAMES}"),
        ('FEEDS={"x": {"format": "json", "item_classes": ["no.such"]}}', f"item_classes of the feed 'x' {NAMES}"),
        ('FEEDS={"x": {"format": "json", "postprocessing": ["x"]}}', f"postprocessing of the feed 'x' {NAMES}"),
        ('FEEDS={"SCRATCH/x": {"format": "json", "item_classes": [5]}}', "takes import paths of classes, not 5."),
        ("FEED_EXPORT_BATCH_ITEM_COUNT=2", "is written in batches, so it needs %(batch_id)d or %(batch_time)s."),
        ('FEED_EXPORTERS={"json": "no.such"}', f"FEED_EXPORTERS {NAMES}No module named 'no'."),
        ("FEED_URI_PARAMS=no.such", f"FEED_URI_PARAMS {NAMES}No module named 'no'."),
        (
            "IMAGES_EXPIRES=soon",
            "the setting IMAGES_EXPIRES takes days, at most 36500; negative for never, not 'soon'.",
        ),
        ('IMAGES_THUMBS={"../x": [10, 10]}', "IMAGES_THUMBS takes names "),
        ("IMAGES_STORE=", "IMAGES_STORE is empty; it must be a directory or s3://bucket/prefix/."),
        ("IMAGES_STORE=gs://bucket", "IMAGES_STORE must be a directory or s3://bucket/prefix/, not 'gs://bucket'."),
        ("MEDIA_ALLOW_REDIRECTS=x", "the setting MEDIA_ALLOW_REDIRECTS takes True or False, not 'x'."),
        ("SANDBOX_SERVER=http://[", NO_SANDBOX),
        ("SANDBOX_SERVER=http://a:x", NO_SANDBOX),
        ("SPILL_DIR=", "the setting SPILL_DIR takes a directory, not ''."),
        ("DATABASE_URL=", "DATABASE_URL is not a database URL; write it like sqlite:///var/trivia.db."),
        ("=x", "-s takes NAME=VALUE, not '=x'."),
        ("NONSENSE", "-s takes NAME=VALUE, not 'NONSENSE'."),
    ],
)
def test_wrong_crawl_setting_is_refused(
    home: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, setting: str, sentence: str
) -> None:
    line = f"crawl quizmeisters -s {shlex.quote(setting)}"
    code, stderr = said(line, home, capsys, monkeypatch)
    assert code == 2
    assert stderr.startswith("scrapy crawl: ")
    assert sentence.replace("SCRATCH", str(home.parent)) in stderr


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("IMAGES_STORE=SCRATCH/file", "IMAGES_STORE SCRATCH/file cannot be created: File exists."),
        ("IMAGES_STORE=LONG", "…"),
        ("JOBDIR=SCRATCH/file", "JOBDIR SCRATCH/file cannot be written: SCRATCH/file is not a directory."),
        ("JOBDIR=SCRATCH/file/job", "JOBDIR SCRATCH/file/job cannot be written: SCRATCH/file is not a directory."),
        ("SPILL_DIR=SCRATCH/file", "SPILL_DIR SCRATCH/file cannot be written: SCRATCH/file is not a directory."),
        (
            "HTTPCACHE_DIR=SCRATCH/file",
            "HTTPCACHE_DIR SCRATCH/file cannot be written: SCRATCH/file is not a directory.",
        ),
        (
            "METRICS_FILE=/nonexistent/x",
            "METRICS_FILE /nonexistent/x cannot be written: /nonexistent is not a directory.",
        ),
        ('FEEDS={"SCRATCH": {"format": "json"}}', "the feed SCRATCH cannot be written: SCRATCH is a directory."),
        ('FEEDS={"SCRATCH/file/x.json": {}}', "the feed SCRATCH/file/x.json cannot be written: SCRATCH/file is not a "),
        (
            "DATABASE_URL=sqlite:///SCRATCH",
            "the database sqlite:///SCRATCH cannot be opened: unable to open database file.",
        ),
        ("DATABASE_URL=sqlite:///LONG", "… cannot be opened: File name too long."),
    ],
)
def test_unwritable_place_is_refused(
    home: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, setting: str, sentence: str
) -> None:
    line = f"crawl quizmeisters -s HTTPCACHE_ENABLED=True -s {shlex.quote(setting)}"
    code, stderr = said(line, home, capsys, monkeypatch)
    assert code == 1
    assert sentence.replace("SCRATCH", str(home.parent)) in stderr


@pytest.mark.parametrize(
    ("code", "line", "sentence"),
    [
        (2, "crawl ''", f"there is no publisher ''; choose from {FIRST_PUBLISHER}, "),
        (2, "crawl LONG", "there is no publisher 'xxx"),
        (2, "crawl quizmeisters -a limit=1 -a limit=2", "the spider argument limit is given twice."),
        (2, "crawl quizmeisters -a =x", "-a takes NAME=VALUE, not '=x'."),
        (2, "crawl quizmeisters -a limit=LONG", "the spider argument limit takes a whole number, 1 or more, not 'xxx"),
        (2, "crawl quizmeisters -a limit=٣", "the spider argument limit takes a whole number, 1 or more, not '٣'."),
        (2, "crawl quizmeisters -a self=x", "there is no spider argument 'self': "),
        (2, "crawl quizmeisters -a venue=\udcff", "'venue=\\udcff' is not text in this locale's encoding; try LC_ALL="),
        (2, "crawl quizmeisters -L TRACE", "the setting LOG_LEVEL takes DEBUG, "),
        (
            2,
            "crawl quizmeisters -o SCRATCH/x.nosuch",
            "-o and -O take a file whose name ends in json, jsonlines, jsonl, jl, csv, xml, marshal, pickle, or "
            "FILE:FORMAT, not 'nosuch'; see `scrapy crawl -h`.",
        ),
        (2, "crawl quizmeisters -a", "-a needs a value; see `scrapy crawl -h`."),
        (1, "crawl quizmeisters -o SCRATCH/file/x.json", "the feed SCRATCH/file/x.json cannot be written: "),
        (1, "crawl quizmeisters --pidfile=/nonexistent/x", "--pidfile /nonexistent/x cannot be written: /nonexistent "),
        (1, "crawl quizmeisters --profile=SCRATCH", "--profile SCRATCH cannot be written: SCRATCH is a directory."),
        (1, "events --pidfile=LONG", "cannot be written: File name too long."),
        (2, "events --venue \udcff", "'\\udcff' is not text in this locale's encoding; try LC_ALL=C.UTF-8."),
        (2, "events -s DATABASE_URL=nonsense", "DATABASE_URL is not a database URL; "),
        (2, "runs -1", "RUN takes a whole number, 0 or more, not '-1'."),
        (2, "runs 99999999999999999999", "RUN takes a whole number, 0 or more, not "),
        (2, "crawl-all -s LOG_DIR=", "the setting LOG_DIR takes a directory, not ''."),
        (2, "crawl-all -a limit=1 -a limit=2", "the spider argument limit is given twice."),
        *(
            (2, f"{line} -s 'DOWNLOAD_HANDLERS={HANDLERS}'", "SANDBOX_SERVER needs trivia_scraper.downloader.handler.")
            for line in ("fetch http://a/", "view http://a/", "runspider setup.py", "shell", "crawl quizmeisters")
        ),
        (2, "runspider", "name the file of a spider, like my_spider.py."),
        (2, "runspider a.py b.py", "it takes one file, not a.py b.py."),
        (2, "runspider /nonexistent.py", "'/nonexistent.py' is not a Python file."),
        (2, "runspider scrapy.cfg", "'scrapy.cfg' is not a Python file."),
        (2, "runspider --nonsense x.py", "`scrapy runspider` has no option --nonsense; "),
        (2, "runspider -a", "-a needs a value; see `scrapy runspider -h`."),
        (2, "runspider trivia_scraper/items.py -s LOG_FORMAT=%", "the setting LOG_FORMAT takes a format of "),
        (2, "db dump ''", "FILE takes the name of a file, not ''."),
        (2, "db replay ''", "FILE takes the name of a file, not ''."),
        (2, "export --format csv -o ''", "-o/--output takes the name of a file, not ''."),
        (2, "calendars -o ''", "-o/--output takes the name of a file, not ''."),
        (2, "catalogue -o ''", "-o/--output takes the name of a file, not ''."),
        (2, "catalogue -s CATALOGUE_DIR=", "the setting CATALOGUE_DIR takes a directory, not ''."),
        (2, "catalogue --base-url http://a:x/", "--base-url takes an address like https://quiz.example/catalogue/, "),
        (2, "venues unmatch pubquiz/", "unmatch takes PUBLISHER/ID as `scrapy venues matches` shows them, not "),
        (2, "genspider", "it takes a name and a domain, like: scrapy genspider -t publisher mypub mypub.example"),
        (2, "genspider '' ''", "the name of a spider takes ASCII letters, digits, - and _, not ''."),
        (2, "genspider -t publisher 'a b' a.example", "the name of a spider takes ASCII letters, digits, - and _, "),
        (
            2,
            "genspider -t publisher Pub-Table2 a.example",
            "a publisher's key takes small letters, digits and _, like ",
        ),
        (
            2,
            "genspider -t publisher pubquiz a.example",
            "there is a spider 'pubquiz': trivia_scraper/spiders/pubquiz.py",
        ),
        (2, """genspider -t publisher a 'a".example'""", "a domain looks like mypub.example, not "),
        (
            2,
            "genspider -t publishr a a.example",
            "there is no template 'publishr'; scrapy genspider --list names them.",
        ),
        (2, "genspider --nonsense a b", "`scrapy genspider` has no option --nonsense; "),
        *((2, f"{name} -L TRACE", "the setting LOG_LEVEL takes DEBUG, ") for name in ("fetch x", "shell", "view x")),
        (2, "parse --nonsense x", "`scrapy parse` has no option --nonsense; "),
        (2, "check nobody", f"there is no publisher 'nobody'; choose from {FIRST_PUBLISHER}, "),
        (2, "bench extra", "'extra' is an unexpected argument; see `scrapy bench -h`."),
        (2, "bench -s LOG_LEVEL=LOUD", "the setting LOG_LEVEL takes DEBUG, "),
    ],
)
def test_wrong_command_line_is_refused(
    home: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, code: int, line: str, sentence: str
) -> None:
    found, stderr = said(line, home, capsys, monkeypatch)
    assert found == code
    assert sentence.replace("SCRATCH", str(home.parent)) in stderr


def test_runspider_cannot_bypass_the_sandbox(
    tmp_path: Path, home: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bypass.py"
    file.write_text(
        "import scrapy\nclass Bypass(scrapy.Spider):\n    name = 'bypass'\n"
        f"    custom_settings = {{'DOWNLOAD_HANDLERS': {HANDLERS}}}\n"
    )
    settings = Settings()
    settings.setmodule(project)
    settings.set("SANDBOX_SERVER", "http://127.0.0.1:9")
    with pytest.raises(SystemExit) as ended:
        scrapy.cmdline.execute(["scrapy", "runspider", str(file)], settings)
    assert ended.value.code == 2
    assert "SANDBOX_SERVER needs trivia_scraper.downloader.handler.Handler" in capsys.readouterr().err


@pytest.mark.parametrize("format_", ["csv", "json", "xml"])
def test_feed_that_cannot_be_appended_is_refused(
    home: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, format_: str
) -> None:
    file = home.with_name("items")
    file.write_text("before")
    code, stderr = said(f"crawl quizmeisters -o SCRATCH/items:{format_}", home, capsys, monkeypatch)
    assert code == 2
    assert f"the feed {file} would append to a {format_} file and make it unreadable; use -O" in stderr


def test_feed_needs_writable_directory_unless_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path or mode == os.F_OK)
    (tmp_path / "feed").touch()
    os.mkfifo(tmp_path / "pipe")
    settings = Settings({"FEEDS": {str(tmp_path / "pipe"): {"format": "json"}}})
    check_feeds(settings)
    settings["FEEDS"] = {str(tmp_path / "feed"): {"format": "json"}}
    with pytest.raises(StorageError, match=f"^the feed {tmp_path}/feed cannot be written: {tmp_path} is not writable"):
        check_feeds(settings)
