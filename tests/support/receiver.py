"""Receivers of alerts on local ports: HTTP, and mail."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

MAIL_PASSWORD = "smtp-Pa55word"


class Receiver:
    """A receiver of HTTP posts.

    `posts`, `paths`, `headers`: of every post. `answers`: the status. `seconds`: the delay of the answer. `sends_to`:
    the Location of every answer. `drips`: the answer never ends, a byte at a time.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.posts: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.answers = 200
        self.seconds = 0.0
        self.sends_to = ""
        self.drips = False
        self.closing = Event()

    def taken(self) -> list[dict[str, Any]]:
        """Return the posts since the last call."""
        posts, self.posts = self.posts, []
        return posts

    @property
    def json_url(self) -> str:
        """Return its Apprise URL, json://127.0.0.1:PORT."""
        return self.url.replace("http:", "json:")


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.paths.append(self.path)
            receiver.headers.append(dict(self.headers))
            receiver.posts.append(json.loads(body))
            time.sleep(receiver.seconds)
            if receiver.drips:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                self._drip()
                return
            self.send_response(receiver.answers)
            if receiver.sends_to:
                self.send_header("Location", receiver.sends_to)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _drip(self) -> None:
            try:
                while not receiver.closing.wait(0.1):
                    self.wfile.write(b"x")
            except OSError:  # the client has closed the connection
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield receiver
        receiver.closing.set()
        server.shutdown()
        thread.join()


class Mailbox:
    """A mail server without TLS. The user `crawler` must log in with MAIL_PASSWORD."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert session.authenticated
        mail = message_from_bytes(envelope.original_content or b"", policy=default)
        mail["X-Recipients"] = ",".join(envelope.rcpt_tos)
        self.mails.append(mail)
        return "250 OK"

    @property
    def url(self) -> str:
        """Return its Apprise URL."""
        return (
            f"mailto://crawler:{MAIL_PASSWORD}@127.0.0.1:{self.port}"
            "?from=crawler@pubs.example&to=operator@pubs.example,second@pubs.example"
        )

    def taken(self) -> list[EmailMessage]:
        """Return the mails since the last call."""
        mails, self.mails = self.mails, []
        return mails


@contextmanager
def receiving_mail() -> Iterator[Mailbox]:
    def login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=data == LoginPassword(b"crawler", MAIL_PASSWORD.encode()), handled=False)

    with socket.create_server(("127.0.0.1", 0)) as free:  # the controller needs the port in advance
        mailbox = Mailbox(free.getsockname()[1])
    controller = Controller(mailbox, "127.0.0.1", mailbox.port, authenticator=login, auth_require_tls=False)
    controller.start()
    yield mailbox
    controller.stop()
