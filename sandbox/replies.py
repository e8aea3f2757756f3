"""Answers and how they are sent. A Reply is plain data, so that a fault is a function from one Reply to another."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime

from aiohttp import web

BLOCK = 65536


@dataclass(frozen=True)
class Reply:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    filler: int | None = 0
    """The number of zero bytes after the body; null: without end."""
    chunked: bool = False
    """Omit Content-Length."""
    delay: float = 0.0
    """Seconds before the headers."""
    piece: int = BLOCK
    """Bytes written at once, `pause` seconds apart."""
    pause: float = 0.0
    cut_after: int | None = None
    """Bytes of the body after which the connection closes; 0: before the headers."""
    raw: bytes | None = None
    """Sent unchanged instead of status, headers and body; `pause` seconds later the connection closes."""


def page_reply(
    status: int,
    body: str | bytes,
    content_type: str = "text/html; charset=utf-8",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Return a reply with a page. headers: in addition to Content-Type."""
    sent = {"Content-Type": content_type, **(headers or {})}
    return Reply(status, sent, body.encode() if isinstance(body, str) else body)


def small_page(status: int, sentence: str) -> Reply:
    head = f"<head><title>{status}</title></head>"
    return page_reply(status, f"<!DOCTYPE html>\n<html>{head}<body><p>{sentence}</p></body></html>\n")


def conditional(reply: Reply, asked: Mapping[str, str]) -> Reply:
    """Return a 304 instead of the reply if the request's validators match, the ETag first. asked: request headers."""
    if reply.status != 200:
        return reply
    tag, modified = reply.headers.get("ETag"), reply.headers.get("Last-Modified")
    if "if-none-match" in asked:
        offered = [part.strip().removeprefix("W/") for part in asked["if-none-match"].split(",")]
        same = tag is not None and ("*" in offered or tag.removeprefix("W/") in offered)
    elif "if-modified-since" in asked and modified is not None:
        same = not_later(modified, asked["if-modified-since"])
    else:
        same = False
    return not_modified(reply) if same else reply


def not_modified(reply: Reply) -> Reply:
    kept = {name: value for name, value in reply.headers.items() if name in ("ETag", "Last-Modified", "Cache-Control")}
    return replace(reply, status=304, headers=kept, body=b"", filler=0, cut_after=None)


def not_later(modified: str, since: str) -> bool:
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        # A date that is invalid or has no zone is ignored.
        return False


async def send(request: web.Request, reply: Reply) -> web.StreamResponse:
    if reply.delay:
        await asyncio.sleep(reply.delay)
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    try:
        await transmit(request, response, reply)
    except ConnectionError:
        # The client closed the connection, as most faults make it do.
        close(request)
    return response


async def transmit(request: web.Request, response: web.StreamResponse, reply: Reply) -> None:
    if reply.raw is not None and request.transport is not None:
        request.transport.write(reply.raw)
        await asyncio.sleep(reply.pause)
    if reply.raw is not None or reply.cut_after == 0:
        close(request)
        return
    bodiless = request.method == "HEAD" or reply.status in (204, 304)
    if not reply.chunked and reply.filler is not None and reply.status not in (204, 304):
        response.content_length = len(reply.body) + reply.filler
    await response.prepare(request)
    if bodiless:
        return
    body = reply.body if reply.cut_after is None else reply.body[: reply.cut_after]
    for start in range(0, len(body), reply.piece):
        await response.write(body[start : start + reply.piece])
        if reply.pause:
            await asyncio.sleep(reply.pause)
    if reply.cut_after is not None:
        close(request)
        return
    left = reply.filler
    while left is None or left > 0:
        size = BLOCK if left is None else min(BLOCK, left)
        await response.write(bytes(size))
        left = None if left is None else left - size
        # Without this, one fast client could block the event loop.
        await asyncio.sleep(0)
    await response.write_eof()


def close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
