"""The HTTP server: finds a publisher's answer for host and path, applies faults, logs the request and sends it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from html import escape

from aiohttp import web

from sandbox import hostile
from sandbox.control import control_app
from sandbox.front import crawl_command, front_page
from sandbox.publisher import Publisher, Refused, Visit, address
from sandbox.recorded import CaseError
from sandbox.replies import Reply, conditional, page_reply, send, small_page
from sandbox.state import Logged, Scale, State

NOT_FOUND = small_page(404, "This page does not exist.")
# Slow and endless answers must not delay the end of the process.
SHUTDOWN_SECONDS = 0.2


class Server:
    def __init__(self, state: State) -> None:
        self.state = state

    async def handle(self, request: web.Request) -> web.StreamResponse:
        url = "https://" + request.raw_path.lstrip("/")
        headers = {name.lower(): value for name, value in request.headers.items()}
        entry = Logged(request.method, url, headers, None, time.time())
        self.state.log.append(entry)
        try:
            where = address(url)
            self.state.refresh()
        except CaseError as error:
            entry.status = 500
            sys.stderr.write(f"{error}\n")
            return await send(request, small_page(500, escape(str(error))))
        except Refused:
            entry.status = 404
            return await send(request, NOT_FOUND)
        # Taken before the first await, so that concurrent requests get the fault exactly `times` times.
        fault = self.state.take_fault(where)
        reply = await self.right_reply(request, where, headers)
        if fault is not None:
            reply = fault.apply(reply)
        if request.method in ("GET", "HEAD"):
            reply = conditional(reply, headers)
        if reply.cut_after != 0:
            entry.status = reply.status
        return await send(request, reply)

    async def right_reply(self, request: web.Request, where: str, headers: dict[str, str]) -> Reply:
        case = hostile.find(where)
        if case is not None:
            return await asyncio.to_thread(case.answer)
        image = self.state.image(where)
        if image is not None and request.method in ("GET", "HEAD"):
            return await asyncio.to_thread(self.state.image_reply, image)
        host, _, path = where.partition("?")[0].partition("/")
        if path == "robots.txt":
            robots = next((each.robots for each in self.state.publishers if host in each.hosts), Publisher.robots)
            return page_reply(200, robots, "text/plain; charset=utf-8")
        visit = Visit(request.method, host, "/" + path, request.query, headers, await request.read(), where)
        for publisher in self.state.publishers:
            if host in publisher.hosts:
                page = publisher.page(visit)
                if page is not None:
                    return page_reply(page.status, page.body, page.content_type, page.headers)
        return NOT_FOUND


def application(state: State) -> web.Application:
    app = web.Application()

    async def front(request: web.Request) -> web.StreamResponse:
        return await send(request, page_reply(200, front_page(state.publishers, f"http://{request.host}")))

    app.add_subapp("/_sandbox/", control_app(state))
    app.router.add_get("/", front)
    app.router.add_route("*", "/{address:(?s:.*)}", Server(state).handle)  # a path may hold a %0A
    return app


def run(port: int, scale: Scale = "small") -> int:
    """Serve until SIGINT or SIGTERM. Return the exit code."""
    try:
        state = State(scale)
    except CaseError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        sys.stderr.write(f"The sandbox cannot listen on port {port}: {os.strerror(error.errno or 0)}.\n")
        return 1
    with listener:
        asyncio.run(serve(listener, state))
    return 0


async def serve(listener: socket.socket, state: State) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    runner = web.AppRunner(application(state), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        server = f"http://127.0.0.1:{listener.getsockname()[1]}"
        sys.stdout.write(f"{server}\n{crawl_command(server)}\n")
        sys.stdout.flush()
        await ended.wait()
    finally:
        await runner.cleanup()
