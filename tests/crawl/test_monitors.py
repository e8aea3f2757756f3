"""The Spidermon suite in real crawls: mail to a real server, the other actions as far as they go without a network."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sandbox.client import Sandbox
from tests.support.project import Finished, Project

LISTING = "https://storerocket.io/api/user/kDJ3BbK4mn/locations"
SECRETS = {
    "SPIDERMON_SMTP_PASSWORD": "smtp-Pa55word",
    "SPIDERMON_SLACK_SENDER_TOKEN": "xoxb-S1ack-token",
    "SPIDERMON_TELEGRAM_SENDER_TOKEN": "12345:Te1egram-token",
}


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert session.authenticated
        mail = message_from_bytes(envelope.original_content or b"", policy=default)
        mail["X-Recipients"] = ",".join(envelope.rcpt_tos)
        self.mails.append(mail)
        return "250 OK"

    def taken(self) -> list[EmailMessage]:
        mails, self.mails = self.mails, []
        return mails


@pytest.fixture
def mailbox(project: Project) -> Iterator[Mailbox]:
    def login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
        right = LoginPassword(b"crawler", SECRETS["SPIDERMON_SMTP_PASSWORD"].encode())
        return AuthResult(success=data == right, handled=False)

    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:  # the controller wants to know it beforehand
        port = free.getsockname()[1]
    controller = Controller(mailbox, "127.0.0.1", port, authenticator=login, auth_require_tls=False)
    controller.start()
    project.environment |= {
        "SPIDERMON_ENABLED": "True",
        "SPIDERMON_EMAIL_TO": "operator@pubs.example,second@pubs.example",
        "SPIDERMON_EMAIL_SENDER": "crawler@pubs.example",
        "SPIDERMON_SMTP_HOST": "127.0.0.1",
        "SPIDERMON_SMTP_PORT": str(port),
        "SPIDERMON_SMTP_USER": "crawler",
        **SECRETS,
    }
    yield mailbox
    controller.stop()


def crawl(project: Project, **environment: str) -> Finished:
    done = project.scrapy("crawl", "quizmeisters", **environment)
    assert not any(secret in done.stderr for secret in SECRETS.values())
    assert "Traceback" not in done.stderr
    return done


def test_mail_comes_while_it_is_broken_and_once_when_it_heals(
    project: Project, sandbox: Sandbox, mailbox: Mailbox
) -> None:
    assert crawl(project).exit_code == 0
    assert mailbox.taken() == []

    sandbox.behave(LISTING, "status", status=404)
    report = project.home / "report.html"
    assert crawl(project, SPIDERMON_REPORT_FILENAME=str(report)).exit_code == 1
    (mail,) = mailbox.taken()
    assert mail["X-Recipients"] == "operator@pubs.example,second@pubs.example"
    assert mail["Subject"].startswith("quizmeisters failed: the listing https://storerocket.io")
    text, page = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert "scrapy runs 2" in text
    assert "HTTP 404" in page
    assert not re.search(r"(?:src|href|url)\s*[=(]", page), "it loads nothing from anywhere"
    assert "HTTP 404" in report.read_text()

    assert project.scrapy("crawl", "quizmeisters", "-a", "dry_run=true").exit_code == 1
    assert mailbox.taken() == []
    sandbox.heal()
    assert crawl(project).exit_code == 0
    (mail,) = mailbox.taken()
    assert mail["Subject"].startswith("quizmeisters passed")
    assert crawl(project).exit_code == 0
    assert mailbox.taken() == []


def test_a_server_that_refuses_costs_one_line(project: Project, sandbox: Sandbox, mailbox: Mailbox) -> None:
    sandbox.behave(LISTING, "status", status=404)
    done = crawl(project, SPIDERMON_SMTP_USER="somebody")
    assert done.exit_code == 1
    assert [line for line in done.stderr.splitlines() if "the mail was not sent: SMTPAuthenticationError" in line]
    assert project.runs()[0]["verdict"] == "failed"
    done = crawl(project, SPIDERMON_SMTP_PORT="9")
    assert "the mail was not sent: ConnectionRefusedError" in done.stderr


def test_slack_and_telegram_speak_our_words(project: Project, sandbox: Sandbox, mailbox: Mailbox) -> None:
    """SPIDERMON_..._FAKE, Spidermon's own, logs what would be sent."""
    sandbox.behave(LISTING, "status", status=404)
    done = crawl(
        project,
        SPIDERMON_SLACK_RECIPIENTS="#pubs",
        SPIDERMON_SLACK_SENDER_NAME="crawler",
        SPIDERMON_SLACK_FAKE="True",
        SPIDERMON_TELEGRAM_RECIPIENTS="42",
        SPIDERMON_TELEGRAM_FAKE="True",
    )
    assert done.exit_code == 1
    slack = next(line for line in done.stderr.splitlines() if "contrib.actions.slack" in line)
    telegram = next(line for line in done.stderr.splitlines() if "contrib.actions.telegram" in line)
    assert "quizmeisters failed: the listing https://storerocket.io" in slack
    assert "quizmeisters%20failed%3A%20the%20listing" in telegram


def test_a_telegram_that_cannot_be_reached_does_not_show_its_token(
    project: Project, sandbox: Sandbox, mailbox: Mailbox
) -> None:
    """The token is part of the address, which stands in every error of a connection."""
    sandbox.behave(LISTING, "status", status=404)
    nowhere = "http://127.0.0.1:9"
    done = crawl(
        project, SPIDERMON_TELEGRAM_RECIPIENTS="42", HTTPS_PROXY=nowhere, https_proxy=nowhere, SPIDERMON_EMAIL_TO=""
    )
    assert done.exit_code == 1
    assert "the Telegram message was not sent: ProxyError" in done.stderr


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"SPIDERMON_SMTP_HOST": ""}, "SPIDERMON_EMAIL_TO is set and SPIDERMON_SMTP_HOST is not."),
        (
            {"SPIDERMON_SLACK_RECIPIENTS": "#a"},
            "SPIDERMON_SLACK_RECIPIENTS is set and SPIDERMON_SLACK_SENDER_NAME is not.",
        ),
        ({"SPIDERMON_ENABLED": "perhaps"}, "SPIDERMON_ENABLED takes True or False."),
    ],
)
def test_a_half_configured_suite_is_refused(
    project: Project, sandbox: Sandbox, mailbox: Mailbox, environment: dict[str, str], sentence: str
) -> None:
    done = crawl(project, **environment)
    assert (done.exit_code, done.stderr.splitlines()) == (2, [f"scrapy crawl: {sentence}"])
    assert sandbox.requests() == []
