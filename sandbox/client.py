"""Starts a sandbox as a child process and controls it from Python. Needs only the standard library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypedDict
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT_SECONDS = 30
# Ignores a proxy of the environment, because both processes are on this machine.
_opener = build_opener(ProxyHandler({}))


class LoggedRequest(TypedDict):
    method: str
    url: str
    headers: dict[str, str]
    status: int | None
    at: float


class ShownImage(TypedDict):
    url: str
    venue: str
    kind: str
    format: str


class SandboxError(Exception):
    """The sandbox refused a request or did not start. The text is one sentence."""


class Sandbox:
    def __init__(self, url: str) -> None:
        self.url = url

    def local(self, url: str) -> str:
        """Return the local URL at which the sandbox serves a publisher's URL."""
        return f"{self.url}/{url.partition('://')[2]}"

    def change(self, urls: Iterable[str] | None = None) -> list[str]:
        """Serve new bytes at these image URLs, by default at all. Return the URLs."""
        body = {"all": True} if urls is None else {"urls": list(urls)}
        changed: list[str] = self._ask("POST", "change", body)["changed"]
        return changed

    def behave(self, url: str, behaviour: str, *, times: int | None = None, **parameters: object) -> None:
        """Let a URL misbehave, `times` times or until `heal`. Behaviours and parameters are functions of faults.py."""
        self._ask("POST", "behave", {"url": url, "behaviour": behaviour, "times": times, **parameters})

    def heal(self) -> None:
        """Remove all faults."""
        self._ask("DELETE", "behave")

    def move(self, venue: str, kind: str = "hero", url: str | None = None) -> str:
        """Move an image and return its new URL. The old one answers 404 unless another venue shows it too."""
        moved: str = self._ask("POST", "move", {"venue": venue, "kind": kind, "url": url})["url"]
        return moved

    def edit(self, venue: str, **facts: object) -> None:
        self._ask("POST", "edit", {"venue": venue, **facts})

    def show(self, publisher: str, case: str) -> str:
        """Show a recorded case at its address instead of the one that is there. Return the address."""
        shown: str = self._ask("POST", "show", {"publisher": publisher, "case": case})["url"]
        return shown

    def guests(self, count: int) -> list[str]:
        """Add this many plain venues and return their ids. With edit(venue, hero_src=...) one names any image URL."""
        venues: list[str] = self._ask("POST", "guests", {"count": count})["venues"]
        return venues

    def requests(self) -> list[LoggedRequest]:
        log: list[LoggedRequest] = self._ask("GET", "requests")
        return log

    def forget_requests(self) -> None:
        self._ask("DELETE", "requests")

    def images(self) -> list[ShownImage]:
        shown: list[ShownImage] = self._ask("GET", "images")
        return shown

    def served(self, url: str) -> bytes:
        """Return the current bytes of an image, ignoring faults. This is not logged as a request."""
        return self._send("GET", f"served?url={quote(url, safe='')}")

    def reset(self) -> None:
        self._ask("POST", "reset", {})

    def _ask(self, method: str, what: str, body: object = None) -> Any:
        return json.loads(self._send(method, what, body))

    def _send(self, method: str, what: str, body: object = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        url = f"{self.url}/_sandbox/{what}"
        request = Request(url, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310 - always http
        try:
            with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                content: bytes = answer.read()
                return content
        except HTTPError as error:
            with error:
                raise SandboxError(json.loads(error.read())["error"]) from None


@contextmanager
def running_sandbox(scale: str = "small") -> Iterator[Sandbox]:
    """Start a sandbox. scale: "small", or "real" for as many venues as the publishers list."""
    # The child imports the package from the same place as this process, and not from the current directory.
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)
    child = subprocess.Popen(  # noqa: S603 - the scale is one of two words, and no shell reads it
        [sys.executable, "-m", "sandbox", "--port", "0", "--scale", scale],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"},
    )
    with child:
        try:
            assert child.stdout is not None
            url = child.stdout.readline().strip()
            if not url:
                raise SandboxError(f"The sandbox did not start; it ended with exit code {child.wait()}.")
            yield Sandbox(url)
        finally:
            child.terminate()
            try:
                child.wait(timeout=5)
            except subprocess.TimeoutExpired:
                child.kill()
