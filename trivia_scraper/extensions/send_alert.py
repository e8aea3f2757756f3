"""Send one alert to one receiver through Apprise, in a child process with a time limit.

The crawl calls `send`. The child process runs this file: `python -m trivia_scraper.extensions.send_alert`. A receiver's
URL contains secrets, so the child reads it from standard input. It returns only an exit code and an HTTP status.
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

# Environment variables that connections need. The child gets no others, so it sees no password of the database or S3.
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
_STATUS = re.compile(r"\berror=(\d{3})\b")  # Apprise's plugins log failed responses like this


def is_understood(url: str) -> bool:
    """Return whether Apprise accepts the URL. Nothing is logged or sent."""
    return _service(url) is not None


async def send(url: str, title: str, body: str, kind: str, seconds: float) -> str | None:
    """Send an alert. Return None, or the reason of the failure, without the URL.

    kind: "failure", "warning" or "success"; many receivers show it as a colour. seconds: time limit for the whole
    delivery.
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
        start_new_session=True,  # a process group, so that its children can be killed too
    )
    order = {"url": url, "title": title, "body": body, "kind": kind, "seconds": seconds}
    answer = None
    try:
        async with asyncio.timeout(seconds):
            answer, _ = await process.communicate(json.dumps(order).encode())
    except TimeoutError:
        pass
    finally:
        if answer is None:  # a timeout, or the crawl was stopped
            await _kill(process)
    if answer is None or process.returncode == -signal.SIGKILL:  # the child's own timer may be a moment earlier
        return f"no answer within {seconds:g} s"
    if process.returncode == 0:
        return None
    return f"HTTP {answer.decode()}" if re.fullmatch(rb"\d{3}", answer) else "it refused the alert or is unreachable"


async def _kill(process: asyncio.subprocess.Process) -> None:
    """Kill a child process and its children. Wait until it has ended and its output is closed."""
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
    """Return an Apprise object with this receiver, or None if Apprise does not accept the URL."""
    logging.getLogger("apprise").propagate = False  # it may quote the URL
    logging.getLogger("apprise").addHandler(logging.NullHandler())
    from apprise import Apprise, AppriseAsset, PersistentStoreMode  # optional, and slow to import

    asset = AppriseAsset(
        interpret_emojis=False,
        storage_mode=PersistentStoreMode.MEMORY,
        service_timeout=0,
        allow_templates=False,
    )
    service = Apprise(asset=asset)
    try:
        with warnings.catch_warnings(action="ignore"):  # it imports modules that Python 3.13 removed
            return service if service.add(url) and len(service) == 1 else None
    except Exception:  # plugins raise anything, with the URL in the text
        return None


def _deliver(url: str, title: str, body: str, seconds: float, kind: str) -> tuple[bool, str]:
    """Deliver an alert. Return whether the receiver accepted it, and the last HTTP status of a failure."""
    service = _service(url)
    if service is None:
        return False, ""
    from apprise import LogCapture, NotifyFormat, NotifyType, OverflowMode

    for plugin in service:
        plugin.redirects = False  # even if the URL enables them: they could send the alert to another host
        plugin.overflow_mode = OverflowMode.TRUNCATE  # long alerts are cut, not split
        # The process is killed after `seconds`. Apprise's own limit of 4 s would report a slow receiver as a failure.
        plugin.socket_connect_timeout = plugin.socket_read_timeout = 2 * seconds
    with LogCapture(level=logging.WARNING) as log:  # type: ignore[no-untyped-call]
        was_accepted = service.notify(
            body=body, title=title, notify_type=NotifyType(kind), body_format=NotifyFormat.TEXT, interpret_escapes=False
        )
        statuses = _STATUS.findall(log.getvalue())
    return bool(was_accepted), statuses[-1] if statuses else ""


def _main() -> int:
    order = json.load(sys.stdin)
    limit = Timer(order["seconds"], os.killpg, (0, signal.SIGKILL))  # needed if the crawl has been killed
    limit.daemon = True
    limit.start()
    answer = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # plugins may print anything
    was_accepted, status = _deliver(**order)
    os.write(answer, b"" if was_accepted else status.encode())
    return 0 if was_accepted else 1


if __name__ == "__main__":
    sys.exit(_main())
