"""Secrets are planted wherever an operator keeps them, and looked for wherever a stranger may look."""

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
DATABASE, WEBHOOK, PICTURE = "d8tabase/p@ss", "w3bhook-token", "p1cture-pass"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AK1A-access",
    "AWS_SECRET_ACCESS_KEY": "aws-s3cret",
    "AWS_SESSION_TOKEN": "aws-sess1on",
    "SPIDERMON_SLACK_SENDER_TOKEN": "xoxb-sl4ck",
    "SPIDERMON_TELEGRAM_SENDER_TOKEN": "99:t3legram",
    "SPIDERMON_SMTP_PASSWORD": "smtp-w0rd",
}
SECRETS = (DATABASE, quote(DATABASE), quote(DATABASE, safe=""), WEBHOOK, PICTURE, *ENVIRONMENT.values())


def found_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox, postgresql: postgres.Server) -> Project:
    address = make_url(postgresql.upgraded()).set(password=DATABASE)
    project = Project(tmp_path / "var", sandbox.url, address.render_as_string(hide_password=False))
    project.environment |= ENVIRONMENT | {
        "METRICS_FILE": str(tmp_path / "trivia.prom"),
        "SPIDERMON_ENABLED": "True",
        "SPIDERMON_TELEGRAM_RECIPIENTS": "42",
        "SPIDERMON_REPORT_FILENAME": str(tmp_path / "report.html"),
        # Nothing leaves the machine, and the error of the attempt holds the whole address.
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9"),
    }
    return project


def written(project: Project) -> Iterator[str]:
    """All that runs left behind: files, but for pictures, and every row of every table."""
    for path in project.home.parent.rglob("*"):
        if path.is_file() and project.images not in path.parents:
            yield path.read_text(errors="replace")
    store = Store(project.database)
    try:
        for table in metadata.tables.values():
            yield store.read(lambda connection, query: str(connection.execute(query).all()), table.select())
    finally:
        store.close()


def test_a_crawl_that_goes_well_and_one_that_does_not_show_none(project: Project, sandbox: Sandbox) -> None:
    sandbox.edit(SPACE, hero_src=f"https://somebody:{PICTURE}@cdn.prod.website-files.com/photo.jpg")
    with receiving() as receiver:
        project.environment["ALERT_WEBHOOK_URL"] = f"{receiver.url.replace('//', f'//user:{WEBHOOK}@')}/{WEBHOOK}"
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
    assert "alert was not received: HTTP 500" in outputs[3]
    assert "the Telegram message was not sent" in outputs[3]
    assert (project.home.parent / "report.html").exists()
    for command in ("runs", "runs 1", "events", "images status", "health", "db check", "prune"):
        done = project.scrapy(*command.split(), "--json")
        outputs += [done.stdout, done.stderr]
    outputs += [str(receiver.posts), *written(project)]
    for text in outputs:
        assert found_in(text) == []


@pytest.mark.parametrize(
    "environment",
    [
        {"DATABASE_URL": f"postgresql://u:{quote(DATABASE, safe='')}@127.0.0.1:1/x"},
        {"DATABASE_URL": f"mysql://u:{quote(DATABASE, safe='')}@db/x"},
        {"DATABASE_URL": f"postgresql://u:{DATABASE}@db/x"},
        {"DATABASE_URL": f"postgresql://u:{WEBHOOK}@db:port/x"},
        {"DATABASE_URL": f"postgresql://u@127.0.0.1:1/x?password={WEBHOOK}"},
        {"ALERT_WEBHOOK_URL": WEBHOOK},
        {"ALERT_WEBHOOK_URL": f"ftp://hooks.example/{WEBHOOK}"},
        {"ALERT_WEBHOOK_URL": f"http://[{WEBHOOK}/"},
        {"IMAGES_STORE": "s3://bucket/prefix/", "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"},
        {"IMAGES_STORE": f"s3://{ENVIRONMENT['AWS_ACCESS_KEY_ID']}:{WEBHOOK}@bucket/prefix/"},
        {"SPIDERMON_SLACK_RECIPIENTS": "#pubs"},
        {"SPIDERMON_ENABLED": ENVIRONMENT["SPIDERMON_SMTP_PASSWORD"]},
    ],
)
def test_a_wrong_configuration_is_told_without_them(project: Project, environment: dict[str, str]) -> None:
    done = project.scrapy("crawl", "quizmeisters", **environment)
    assert done.exit_code in (1, 2)
    assert done.stderr.startswith("scrapy crawl: ")
    assert found_in(done.stdout + done.stderr) == []
    assert "Traceback" not in done.stderr


def test_the_list_of_processes_shows_none(project: Project) -> None:
    command = [sys.executable, "-m", "scrapy", "crawl-all", "quizmeisters", "-a", "limit=2"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=project.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    seen = set()
    while process.poll() is None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.add(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:  # it has just ended
                continue
        time.sleep(0.05)
    assert process.stdout is not None
    assert found_in(process.stdout.read()) == []
    process.stdout.close()
    assert any("scrapy crawl quizmeisters" in line for line in seen)
    assert [line for line in seen if found_in(line)] == []
