"""The sandbox from Python: starts one as a child process and asks it for changes and faults. Standard library only."""

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
# A proxy from the environment has no business between two processes of one machine.
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
    """The sandbox refused, in its own words, or did not start."""


class Sandbox:
    def __init__(self, url: str) -> None:
        self.url = url

    def local(self, url: str) -> str:
        """Where the sandbox serves a publisher's URL."""
        return f"{self.url}/{url.partition('://')[2]}"

    def change(self, urls: Iterable[str] | None = None) -> list[str]:
        """Serve new bytes at these URLs, or at every image's URL if none is given."""
        asked = {"all": True} if urls is None else {"urls": list(urls)}
        changed: list[str] = self._ask("POST", "change", asked)["changed"]
        return changed

    def behave(self, url: str, behaviour: str, *, times: int | None = None, **parameters: object) -> None:
        """Behaviours and their parameters are the functions of faults.py."""
        self._ask("POST", "behave", {"url": url, "behaviour": behaviour, "times": times, **parameters})

    def heal(self) -> None:
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
        """Add this many plain venues; edit(venue, hero_src=...) lets one show any text as its image's address."""
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
        """Return an image's present bytes without its faults. It is not logged as a request."""
        return self._send("GET", f"served?url={quote(url, safe='')}")

    def reset(self) -> None:
        self._ask("POST", "reset", {})

    def _ask(self, method: str, what: str, asked: object = None) -> Any:
        return json.loads(self._send(method, what, asked))

    def _send(self, method: str, what: str, asked: object = None) -> bytes:
        body = None if asked is None else json.dumps(asked).encode()
        url = f"{self.url}/_sandbox/{what}"
        request = Request(url, body, {"Content-Type": "application/json"}, method=method)  # noqa: S310 - always http
        try:
            with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                content: bytes = answer.read()
                return content
        except HTTPError as error:
            with error:
                raise SandboxError(json.loads(error.read())["error"]) from None


@contextmanager
def running_sandbox(scale: str = "small") -> Iterator[Sandbox]:
    """scale: "small", or "real" for as many venues as the publishers list."""
    # The child finds the package where this process found it, be that a folder or an egg, and not in its own cwd.
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
