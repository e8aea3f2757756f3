"""The child process that sends an alert: its input, its result, its end."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import requests

from tests.support.receiver import receiving
from tests.unit.extensions.test_alerts import FACTS
from trivia_scraper.extensions import send_alert
from trivia_scraper.extensions.alerts import compose

SECRETS = ("DATABASE_URL", "AWS_SECRET_ACCESS_KEY", "ALERT_URLS", "HOME")


def is_running(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def send(url: str, seconds: float) -> str | None:
    return asyncio.run(send_alert.send(url, "title", "body", "failure", seconds))


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the script that runs in place of the child."""
    script = tmp_path / "child"
    script.touch()
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    return script


@pytest.mark.parametrize("end", ["wait", "exit 0"])
def test_child_is_killed_with_its_children(fake: Path, end: str) -> None:
    fake.write_text(f'#!/bin/sh\nsleep 600 &\necho $$ $! > "$0.pids"\n{end}\n')
    assert send("json://127.0.0.1", 0.5) == "no answer within 0.5 s"
    numbers = Path(f"{fake}.pids").read_text().split()
    assert len(numbers) == 2
    patient_until = monotonic() + 5  # a killed process ends a moment later
    while any(is_running(int(number)) for number in numbers) and monotonic() < patient_until:
        sleep(0.05)
    assert [number for number in numbers if is_running(int(number))] == []


@pytest.mark.parametrize(
    ("printed", "code", "failure"),
    [
        ("", 0, None),
        ("503", 1, "HTTP 503"),
        ("", 1, "it refused the alert or is unreachable"),
        ("the secret", 1, "it refused the alert or is unreachable"),
    ],
)
def test_child_answer_is_read(fake: Path, printed: str, code: int, failure: str | None) -> None:
    fake.write_text(f"#!/bin/sh\ncat > /dev/null\nprintf '{printed}'\nexit {code}\n")
    assert send("json://127.0.0.1", 20) == failure


def test_child_gets_no_secret_by_arguments_or_environment(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "s3cret")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    fake.write_text('#!/bin/sh\n(echo "$@"; env) > "$0.seen"\ncat > "$0.stdin"\n')
    assert send("json://127.0.0.1/s3cret", 20) is None
    seen = Path(f"{fake}.seen").read_text()
    assert "s3cret" not in seen
    assert {"HTTPS_PROXY=http://proxy.example", "NETRC=/dev/null"} <= set(seen.splitlines())
    assert json.loads(Path(f"{fake}.stdin").read_text())["url"] == "json://127.0.0.1/s3cret"


def test_netrc_password_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login operator password s3cret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    # Without HOME a library looks the directory up in the list of users, which a test cannot change.
    monkeypatch.setattr(send_alert, "_PASSED_ON", (*send_alert._PASSED_ON, "HOME"))
    with receiving() as receiver:
        assert send(receiver.json_url, 20) is None
        assert "Authorization" not in receiver.headers[0]


def test_text_arrives_unchanged_and_cut_to_limit() -> None:
    body = r":smile: \n \t {{ app_id }}"
    with receiving() as receiver:
        assert asyncio.run(send_alert.send(receiver.json_url, ":smile: t", body, "failure", 20)) is None
        assert asyncio.run(send_alert.send(receiver.json_url, "title", "x" * 100_000, "failure", 20)) is None
        short, long = receiver.taken()
    assert (short["title"], short["message"]) == (":smile: t", body)
    assert 30_000 < len(long["message"]) < 40_000


HOSTILE = "<!channel> @everyone @here <@U1> [c](https://evil.example) <b>bold</b> **x** `y` ||z|| ~~s~~ http_404 9 & 10"
# Markup of chat programs: a link with another text, a mention, a tag, bold, code, hidden and struck text.
MARKUP = re.compile(r"<!|<@|<b>bold|(?<![\w＠])@\w|\]\(|\*\*|`|\|\||(?<!\\)~~")
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"
DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
TELEGRAM = "tgram://123456789:abcdefg_hijklmnop/12315544"


@pytest.mark.parametrize(
    ("url", "escaped"),
    [
        *((f"{SLACK}{query}", "&amp;") for query in ("", "?blocks=yes", "?format=markdown")),
        *((f"{DISCORD}{query}", "&") for query in ("", "?format=markdown")),
        *((f"{TELEGRAM}{query}", "&amp;") for query in ("", "?format=html")),
        (f"{TELEGRAM}?format=markdown", r"http\\_404"),
        (f"{TELEGRAM}?format=markdown&mdv=v2", r"http\\_404"),
        ("ntfy://topic", "http_404"),
        ("ntfy://topic?format=markdown", r"http\\_404"),
        ("json://host/path", "http_404"),
        ("json://host/path?format=html", "&amp;"),
        ("mmost://host/3ccdd113474722377935511fc85d3dd4", "http_404"),
        ("gotify://host/abcdefghijklmno", "http_404"),
    ],
)
def test_publisher_text_is_neither_markup_nor_mention(monkeypatch: pytest.MonkeyPatch, url: str, escaped: str) -> None:
    sent: list[dict[str, Any]] = []

    def post(*_: object, **request: Any) -> Any:
        sent.append(request)
        raise requests.ConnectionError("nothing leaves the test")

    for name in ("post", "request"):
        monkeypatch.setattr(requests, name, post)
    alert = compose(FACTS | {"publisher": "question_one", "reasons": [HOSTILE]})
    assert send_alert._deliver(url, alert.title, alert.body, 5, alert.kind) == (False, "")
    (request,) = sent
    message = str(request["data"].decode() if isinstance(request["data"], bytes) else request["data"])
    message = json.dumps(json.loads(message), ensure_ascii=False)
    assert "question" in message
    assert escaped in message
    assert MARKUP.findall(message) == []
    assert request["allow_redirects"] is False


def test_child_imports_nothing_from_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "apprise.py").write_text("raise SystemExit('imported')")
    monkeypatch.chdir(tmp_path)
    with receiving() as receiver:
        assert send(receiver.json_url, 20) is None
        assert len(receiver.taken()) == 1


def test_child_ends_at_limit_without_its_parent() -> None:
    with receiving() as receiver:
        receiver.drips = True
        order = {"url": receiver.json_url, "title": "t", "body": "b", "kind": "failure", "seconds": 1.5}
        done = subprocess.run(
            [sys.executable, "-m", "trivia_scraper.extensions.send_alert"],
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=30,
            start_new_session=True,
            check=False,
        )
    assert (done.returncode, done.stdout, done.stderr) == (-9, b"", b"")
