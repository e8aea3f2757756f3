"""Sends one alert to one receiver through Apprise, in a process of its own that ends at a time limit.

`send` is the crawl's side. The child is this file: `python -m trivia_scraper.extensions.send_alert`. A receiver's URL
holds secrets, so the child reads it from standard input, and answers with an exit code and an HTTP status at most.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import signal
import sys
import warnings
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from threading import Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apprise import Apprise

# Variables that a connection depends on. The child gets no other, so it knows no password of the database or of S3.
_PASSED_ON = (
    "PATH",
    "LD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "PYTHONWARNINGS",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
)
_STATUS = re.compile(r"\berror=(\d{3})\b")  # how Apprise's plugins log an answer that is not a success


def understands(url: str) -> bool:
    """Return whether Apprise can read the URL. It logs and sends nothing."""
    return _service(url) is not None


async def send(url: str, title: str, body: str, kind: str, seconds: float) -> str | None:
    """Send an alert; return None, or the reason of a failure in words without the URL.

    kind: "failure" or "success", which many receivers show as a colour. seconds: the limit for all of it.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        __name__,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env=_environment(),
        start_new_session=True,  # a group of its own: it is killed with its children
    )
    order = {"url": url, "title": title, "body": body, "kind": kind, "seconds": seconds}
    answer = None
    try:
        async with asyncio.timeout(seconds):
            answer, _ = await process.communicate(json.dumps(order).encode())
    except TimeoutError:
        pass
    finally:
        if answer is None:  # also when the crawl is stopped
            await _kill(process)
    if answer is None or process.returncode == -signal.SIGKILL:  # the child's own limit can be a moment earlier
        return f"no answer within {seconds:g} s"
    if process.returncode == 0:
        return None
    return f"HTTP {answer.decode()}" if re.fullmatch(rb"\d{3}", answer) else "it refused the alert or is unreachable"


async def _kill(process: asyncio.subprocess.Process) -> None:
    """Kill a child with its children, and wait until it has ended and its output is closed."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
    assert process.stdout is not None
    with suppress(TimeoutError):
        async with asyncio.timeout(1):
            await process.stdout.read()


def _environment() -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # requests would send a password from ~/.netrc to a receiver on the same host.
    return passed_on | {"NETRC": os.devnull, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _service(url: str) -> Apprise | None:
    """Return an Apprise with this one receiver, or None when it cannot read the URL."""
    logging.getLogger("apprise").propagate = False  # it may quote the URL
    logging.getLogger("apprise").addHandler(logging.NullHandler())
    from apprise import Apprise, AppriseAsset, PersistentStoreMode  # a quarter of a second, and an optional part

    asset = AppriseAsset(
        interpret_emojis=False,
        storage_mode=PersistentStoreMode.MEMORY,
        service_timeout=0,
        allow_templates=False,
    )
    service = Apprise(asset=asset)
    try:
        with warnings.catch_warnings(action="ignore"):  # it imports what Python 3.13 does not have any more
            return service if service.add(url) and len(service) == 1 else None
    except Exception:  # of a plugin, with the URL in its text
        return None


def _deliver(url: str, title: str, body: str, seconds: float, kind: str) -> tuple[bool, str]:
    """Return whether the receiver accepted the alert, and the last HTTP status of a failure."""
    service = _service(url)
    if service is None:
        return False, ""
    from apprise import LogCapture, NotifyFormat, NotifyType, OverflowMode

    for plugin in service:
        plugin.redirects = False  # also where the URL asks for them: they could carry the alert to somebody else
        plugin.overflow_mode = OverflowMode.TRUNCATE  # a receiver of short messages gets the beginning
        # `seconds` ends the process. Apprise's own 4 seconds would count a slow answer as a failure.
        plugin.socket_connect_timeout = plugin.socket_read_timeout = 2 * seconds
    with LogCapture(level=logging.WARNING) as log:  # type: ignore[no-untyped-call]
        was_accepted = service.notify(
            body=body, title=title, notify_type=NotifyType(kind), body_format=NotifyFormat.TEXT, interpret_escapes=False
        )
        statuses = _STATUS.findall(log.getvalue())
    return bool(was_accepted), statuses[-1] if statuses else ""


def _main() -> int:
    order = json.load(sys.stdin)
    limit = Timer(order["seconds"], os.killpg, (0, signal.SIGKILL))  # also when the crawl is gone
    limit.daemon = True
    limit.start()
    answer = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever a plugin prints
    was_accepted, status = _deliver(**order)
    os.write(answer, b"" if was_accepted else status.encode())
    return 0 if was_accepted else 1


if __name__ == "__main__":
    sys.exit(_main())
