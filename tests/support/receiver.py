"""Somebody who takes posts on a local port, as the other end of a webhook."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Receiver:
    """`posts`: the bodies of every post; `answers` and `seconds`: with which status, after how long; `sends_to`: the
    Location of every answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.posts: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.answers = 200
        self.seconds = 0.0
        self.sends_to = ""

    def taken(self) -> list[dict[str, Any]]:
        """The posts since the last time."""
        posts, self.posts = self.posts, []
        return posts


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.paths.append(self.path)
            receiver.posts.append(json.loads(body))
            time.sleep(receiver.seconds)
            self.send_response(receiver.answers)
            if receiver.sends_to:
                self.send_header("Location", receiver.sends_to)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()
