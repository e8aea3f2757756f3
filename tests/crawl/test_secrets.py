"""Secrets of the configuration appear in no log, message, row, file or process list."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import make_url

from sandbox.client import Sandbox
from tests.support import postgres
from tests.support.paths import ROOT
from tests.support.project import Project
from tests.support.receiver import receiving
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import metadata

LISTING = "https://storerocket.io/api/user/kDJ3BbK4mn/locations"
SPACE = "act-3rd-space-canberra"
DATABASE, ALERT, MAIL, IMAGE = "d8tabase/p@ss", "al3rt-token", "smtp-w0rd", "p1cture-pass"
TELEGRAM = "987654321:t3legram_token_0123456789abcdefghijk"
# Sending to these fails, because no server listens. Telegram's error contains the whole URL.
OTHER_RECEIVERS = f"mailto://somebody:{MAIL}@127.0.0.1:9?from=b@pubs.example&to=a@pubs.example tgram://{TELEGRAM}/42"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AK1A-access",
    "AWS_SECRET_ACCESS_KEY": "aws-s3cret",
    "AWS_SESSION_TOKEN": "aws-sess1on",
}
PROXY, SERVER, BUCKET = "pr0xy-w0rd", "s4ndbox-w0rd", "buck3t-key"
SECRETS = (
    *(DATABASE, quote(DATABASE), quote(DATABASE, safe=""), ALERT, MAIL, TELEGRAM, IMAGE, PROXY, SERVER, BUCKET),
    *ENVIRONMENT.values(),
)


def found_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox, postgresql: postgres.Server) -> Project:
    address = make_url(postgresql.upgraded()).set(password=DATABASE)
    project = Project(tmp_path / "var", sandbox.url, address.render_as_string(hide_password=False))
    project.environment |= ENVIRONMENT | {
        "METRICS_FILE": str(tmp_path / "trivia.prom"),
        # No request leaves the machine, and the error contains the whole proxy URL.
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), f"http://somebody:{PROXY}@127.0.0.1:9"),
    }
    return project


def stored_texts(project: Project) -> Iterator[str]:
    """Yield every file except images, and every table."""
    for path in project.home.parent.rglob("*"):
        if path.is_file() and project.images not in path.parents:
            yield path.read_text(errors="replace")
    store = Store(project.database)
    try:
        for table in metadata.tables.values():
            yield store.read(lambda connection, query: str(connection.execute(query).all()), table.select())
    finally:
        store.close()


def test_crawls_show_no_secret(project: Project, sandbox: Sandbox) -> None:
    sandbox.edit(SPACE, hero_src=f"https://somebody:{IMAGE}@cdn.prod.website-files.com/photo.jpg")
    with receiving() as receiver:
        project.environment["ALERT_URLS"] = (
            f"{receiver.json_url.replace('//', f'//user:{ALERT}@')}/{ALERT}?:key={ALERT} {OTHER_RECEIVERS}"
        )
        outputs = []
        for answers, status in ((200, 200), (500, 404), (200, 404)):
            receiver.answers = answers
            sandbox.heal()
            if status != 200:
                sandbox.behave(LISTING, "status", status=status)
            done = project.crawl("-s", "LOG_LEVEL=DEBUG", "-s", "MAX_FAILED_IMAGES=1")
            assert done.exit_code == (status != 200), done.stderr
            outputs += [done.stdout, done.stderr]
        assert len(receiver.posts) == 2
    assert "receiver 1 of ALERT_URLS (json): HTTP 500" in outputs[3]
    for failed in ("2 of ALERT_URLS (mailto)", "3 of ALERT_URLS (tgram)"):
        assert f"Alert not delivered to receiver {failed}" in outputs[3]
    for command in ("runs", "runs 1", "events", "images status", "health", "db check", "prune"):
        done = project.scrapy(*command.split(), "--json")
        outputs += [done.stdout, done.stderr]
    posts = [{name: each for name, each in post.items() if name != "key"} for post in receiver.posts]
    outputs += [str(posts), *stored_texts(project)]
    for text in outputs:
        assert found_in(text) == []


@pytest.mark.parametrize(
    "environment",
    [
        {"DATABASE_URL": f"postgresql://u:{quote(DATABASE, safe='')}@127.0.0.1:1/x"},
        {"DATABASE_URL": f"mysql://u:{quote(DATABASE, safe='')}@db/x"},
        {"DATABASE_URL": f"postgresql://u:{DATABASE}@db/x"},
        {"DATABASE_URL": f"postgresql://u:{ALERT}@db:port/x"},
        {"DATABASE_URL": f"postgresql://u@127.0.0.1:1/x?password={ALERT}"},
        {"ALERT_URLS": ALERT},
        {"ALERT_URLS": f"ftp://hooks.example/{ALERT}"},
        {"ALERT_URLS": f"http://[{ALERT}/"},
        {"ALERT_URLS": f"{ALERT}:{MAIL}@hooks.example"},
        {"ALERT_URLS": f"json://user:{ALERT}@hooks.example:port/ mailto://{MAIL}@"},
        {"ALERT_URLS": f"slack://{ALERT}/{MAIL}"},
        {"ALERT_WEBHOOK_URL": f"https://hooks.example/{ALERT}"},
        {"SPIDERMON_SMTP_PASSWORD": MAIL},
        {"IMAGES_STORE": "s3://bucket/prefix/", "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"},
        {"IMAGES_STORE": "s3://bucket/prefix/", "AWS_ENDPOINT_URL": f"http://u:{BUCKET}@127.0.0.1:9"},
        {"IMAGES_STORE": f"s3://bucket/prefix/?key={BUCKET}"},
        {"IMAGES_STORE": f"gs://bucket/prefix?key={BUCKET}"},
        {"SANDBOX_SERVER": f"http://somebody:{SERVER}@127.0.0.1:9"},
        {"SANDBOX_SERVER": f"http://127.0.0.1:9/?key={SERVER}"},
        {"IMAGES_STORE": f"s3://{ENVIRONMENT['AWS_ACCESS_KEY_ID']}:{ALERT}@bucket/prefix/"},
    ],
)
def test_configuration_errors_show_no_secret(project: Project, environment: dict[str, str]) -> None:
    done = project.scrapy("crawl", "quizmeisters", **environment)
    assert done.exit_code in (1, 2)
    assert done.stderr.startswith("scrapy crawl: ")
    assert found_in(done.stdout + done.stderr) == []
    assert "Traceback" not in done.stderr


def test_process_list_shows_no_secret(project: Project, sandbox: Sandbox) -> None:
    """Look at the command lines while crawls run and an alert is sent."""
    sandbox.behave(LISTING, "status", status=404)
    command = [sys.executable, "-m", "scrapy", "crawl-all", "quizmeisters"]
    with receiving() as receiver:
        receiver.seconds = 1
        project.environment["ALERT_URLS"] = f"{receiver.json_url}/{ALERT} {OTHER_RECEIVERS}"
        seen, printed = _processes_during(command, project)
        assert len(receiver.posts) == 1
    assert found_in(printed) == []
    assert any("scrapy crawl quizmeisters" in line for line in seen)
    assert any("trivia_scraper.extensions.send_alert" in line for line in seen)
    assert [line for line in seen if found_in(line)] == []


def _processes_during(command: list[str], project: Project) -> tuple[set[str], str]:
    """Return the command lines of all processes while `command` runs, and what it printed."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=project.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    seen: set[str] = set()
    while process.poll() is None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.add(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:  # the process has just ended
                continue
        time.sleep(0.05)
    assert process.stdout is not None
    with process.stdout:
        return seen, process.stdout.read()
