"""A case of the hostile image server: a URL, its answer, and the expected result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sandbox import hostile_files as files
from sandbox.replies import Reply, small_page

HOST = "hostile.example"


@dataclass(frozen=True)
class Case:
    name: str
    url: str
    answer: Callable[[], Reply]
    reason: str | None
    """The expected reason of images/policy.py; null if the image must be stored."""
    body: Callable[[], bytes] | None = None
    """The bytes that must be stored."""


def url_of(name: str, path: str | None = None, host: str = HOST) -> str:
    return f"https://{host}{path or f'/{name}.jpg'}"


def refused(name: str, reason: str, answer: Callable[[], Reply], **where: str) -> Case:
    return Case(name, url_of(name, **where), answer, reason)


def stored(
    name: str, body: Callable[[], bytes] = files.good, answer: Callable[[], Reply] | None = None, **where: str
) -> Case:
    return Case(name, url_of(name, **where), answer or (lambda: image(body())), None, body)


def image(body: bytes, content_type: str | None = "image/jpeg", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    # aiohttp would add its own type. An empty one has the same effect as none.
    return Reply(200, {"Content-Type": content_type or "", **named}, body)


def status(number: int, **headers: str) -> Callable[[], Reply]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: replace(small_page(number, "Not here."), headers=named)


def to(location: str | None, number: int = 302) -> Callable[[], Reply]:
    return lambda: Reply(number, {} if location is None else {"Location": location})


def claim(body: bytes | Callable[[], bytes], content_type: str | None = "image/jpeg") -> Callable[[], Reply]:
    return lambda: image(body if isinstance(body, bytes) else body(), content_type)
