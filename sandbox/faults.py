"""Faults of a URL: a table of named behaviours, each a function from the right Reply to a wrong one.

`POST /_sandbox/behave` takes the keyword parameters of a behaviour besides url, behaviour and times. Seconds are
floats, sizes are bytes. The text of a ValueError is one sentence about a parameter.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import get_type_hints

from sandbox.publisher import Refused, accepts
from sandbox.replies import Reply, not_modified, page_reply, small_page

LOGIN_PAGE = """<!DOCTYPE html>
<html><head><title>Sign in</title></head>
<body><form method="post"><h1>Sign in</h1><input name="email"><input type="password"></form></body></html>
"""
SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200">
<rect width="300" height="200" fill="#264"/><script>alert("an image should not do this")</script></svg>
"""


def status(reply: Reply, *, status: int = 503, retry_after: int | str | None = None) -> Reply:
    if not 200 <= status <= 599:
        raise ValueError(f"status takes 200 to 599, not {status}.")
    if status in (204, 304):
        return Reply(status)
    answer = small_page(status, "The sandbox answers with this status on request.")
    if retry_after is None:
        return answer
    return replace(answer, headers={**answer.headers, "Retry-After": str(retry_after)})


def redirect(reply: Reply, *, to: str, status: int = 302) -> Reply:
    """Redirect to any text, which is not checked. A redirect of a URL to itself is a loop."""
    if not 300 <= status <= 399:
        raise ValueError(f"status takes 300 to 399, not {status}.")
    return Reply(status, {"Location": to})


def slow(reply: Reply, *, seconds: float) -> Reply:
    return replace(reply, delay=positive("seconds", seconds))


def drip(reply: Reply, *, seconds: float = 0.05, piece: int = 1024) -> Reply:
    return replace(reply, pause=positive("seconds", seconds), piece=int(positive("piece", piece)))


def truncated(reply: Reply) -> Reply:
    return replace(reply, cut_after=max(1, len(reply.body) // 2))


def cut_file(reply: Reply) -> Reply:
    # It is not the whole file, so it must not have the validators of the whole one.
    headers = {name: value for name, value in reply.headers.items() if name not in ("ETag", "Last-Modified")}
    return replace(reply, headers=headers, body=reply.body[: len(reply.body) // 2])


def empty(reply: Reply) -> Reply:
    return Reply(200, {"Content-Type": reply.headers.get("Content-Type", "image/jpeg")})


def html(reply: Reply, *, body: str = LOGIN_PAGE, content_type: str = "image/jpeg") -> Reply:
    return page_reply(200, body, content_type)


def json_(reply: Reply, *, value: object = None) -> Reply:
    document = {"error": "not available"} if value is None else value
    return page_reply(200, json.dumps(document), "application/json")


def text(reply: Reply, *, body: str, content_type: str = "text/plain; charset=utf-8") -> Reply:
    return page_reply(200, body, content_type)


def wrong_type(reply: Reply, *, content_type: str = "text/html") -> Reply:
    return replace(reply, headers={**reply.headers, "Content-Type": content_type})


def headers(reply: Reply, *, headers: dict[str, str | None]) -> Reply:
    """Set response headers; null removes one."""
    if not all(isinstance(value, str | None) for value in headers.values()):
        raise ValueError("headers takes an object of strings and nulls.")
    changed = {name.lower() for name in headers}
    kept = {name: value for name, value in reply.headers.items() if name.lower() not in changed}
    return replace(reply, headers=kept | {name: value for name, value in headers.items() if value is not None})


def no_validators(reply: Reply) -> Reply:
    return headers(reply, headers={"ETag": None, "Last-Modified": None})


def weak_etag(reply: Reply) -> Reply:
    tag = reply.headers.get("ETag", '"weak"')
    return headers(reply, headers={"ETag": f"W/{tag}"})


def not_modified_always(reply: Reply) -> Reply:
    return not_modified(reply)


def huge(reply: Reply, *, bytes: int | None = None, declared: bool = True) -> Reply:
    """Append zeros to the image, up to `bytes` or without end. If not `declared`, omit Content-Length."""
    if bytes is None:
        return replace(no_validators(reply), filler=None)
    size = int(positive("bytes", bytes))
    body = reply.body[:size]
    return replace(no_validators(reply), body=body, filler=size - len(body), chunked=not declared)


def svg(reply: Reply) -> Reply:
    return page_reply(200, SVG, "image/svg+xml")


def close(reply: Reply) -> Reply:
    return replace(reply, cut_after=0)


BEHAVIOURS: dict[str, Callable[..., Reply]] = {
    "status": status,
    "redirect": redirect,
    "slow": slow,
    "drip": drip,
    "truncated": truncated,
    "cut_file": cut_file,
    "empty": empty,
    "html": html,
    "json": json_,
    "text": text,
    "wrong_type": wrong_type,
    "headers": headers,
    "no_validators": no_validators,
    "weak_etag": weak_etag,
    "not_modified_always": not_modified_always,
    "huge": huge,
    "svg": svg,
    "close": close,
}


@dataclass
class Fault:
    apply: Callable[[Reply], Reply]
    left: int | None
    """The number of requests to which it still applies; null: all."""


def positive(name: str, value: float) -> float:
    if not value > 0:
        raise ValueError(f"{name} takes a number above 0, not {value}.")
    return value


def fault(behaviour: str, parameters: Mapping[str, object], times: object = None) -> Fault:
    """Return a fault. Raise Refused if the behaviour is unknown or its parameters are wrong."""
    function = BEHAVIOURS.get(behaviour)
    if function is None:
        raise Refused(f"There is no behaviour {behaviour!r}; there are {', '.join(BEHAVIOURS)}.")
    if times is not None and not (accepts(int, times) and isinstance(times, int) and times >= 1):
        raise Refused(f"times takes a whole number, 1 or more, not {times!r}.")
    known = {name: part for name, part in inspect.signature(function).parameters.items() if name != "reply"}
    hints = get_type_hints(function)
    for name, value in parameters.items():
        if name not in known:
            raise Refused(f"{behaviour} has no parameter {name!r}; it takes {', '.join(known) or 'none'}.")
        if not accepts(hints[name], value):
            raise Refused(f"the parameter {name} of {behaviour} cannot be {value!r}.")
    for name, part in known.items():
        if part.default is part.empty and name not in parameters:
            raise Refused(f"{behaviour} needs the parameter {name!r}.")
    try:
        trial = function(Reply(), **parameters)
    except ValueError as error:
        raise Refused(str(error)) from error
    if not all(name.isprintable() and value.isprintable() for name, value in trial.headers.items()):
        raise Refused(f"{behaviour} cannot send a control character in a header.")
    return Fault(lambda reply: function(reply, **parameters), times if isinstance(times, int) else None)
