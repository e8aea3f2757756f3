"""Requests to the sandbox itself, below `/_sandbox/`. Answers are JSON; a refusal is {"error": one sentence}.

GET requests            list every request to a publisher so far, in order
DELETE requests         clear that list
GET images              list the images that venues show now
GET served?url=...      get the current bytes of an image, ignoring faults
POST change             {"urls": [...]} or {"all": true}: serve new bytes at the same URLs
POST behave             {"url", "behaviour", "times", and parameters of the behaviour}: make a URL fail
DELETE behave           remove all faults
POST move               {"venue", "kind", "url"}: give a venue's image a new URL
POST edit               {"venue", and the facts to change}
POST show               {"publisher", "case"}: serve a recorded case at its address
POST guests             {"count"}: add this many plain venues at the end of Quizmeisters' listing
POST reset              return to the initial state
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from aiohttp import web

from sandbox.publisher import Refused, address
from sandbox.state import State

MOST_GUESTS = 1000
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Body:
    """The JSON object of a request. Each value is taken once. Values that are left are unknown parameters."""

    def __init__(self, values: dict[str, object]) -> None:
        self.values = values

    def text(self, name: str) -> str:
        value = self.values.pop(name, None)
        if not isinstance(value, str) or not value:
            raise Refused(f"{name} takes a text, not {value!r}.")
        return value

    def optional_text(self, name: str) -> str | None:
        return None if self.values.setdefault(name) is None else self.text(name)

    def rest(self) -> dict[str, object]:
        rest, self.values = self.values, {}
        return rest

    def done(self) -> None:
        left = [name for name, value in self.values.items() if value is not None]
        if left:
            raise Refused(f"Unknown parameters: {', '.join(left)}.")


async def read(request: web.Request) -> Body:
    try:
        values = json.loads(await request.read())
    except ValueError as error:
        raise Refused("The body is not JSON.") from error
    if not isinstance(values, dict):
        raise Refused("The body is not a JSON object.")
    return Body(values)


class Control:
    def __init__(self, state: State) -> None:
        self.state = state

    async def requests(self, request: web.Request) -> web.Response:
        return web.json_response([asdict(entry) for entry in self.state.log])

    async def forget(self, request: web.Request) -> web.Response:
        self.state.log.clear()
        return web.json_response({})

    async def change(self, request: web.Request) -> web.Response:
        asked = await read(request)
        urls, everything = asked.values.pop("urls", None), asked.values.pop("all", False)
        asked.done()
        if everything is True and urls is None:
            return web.json_response({"changed": self.state.change_all()})
        if everything is False and isinstance(urls, list) and all(isinstance(url, str) for url in urls):
            return web.json_response({"changed": self.state.change(urls)})
        raise Refused('It takes {"urls": [...]} or {"all": true}.')

    async def behave(self, request: web.Request) -> web.Response:
        asked = await read(request)
        url, behaviour, times = asked.text("url"), asked.text("behaviour"), asked.values.pop("times", None)
        self.state.behave(url, behaviour, asked.rest(), times)
        return web.json_response({})

    async def heal(self, request: web.Request) -> web.Response:
        self.state.faults.clear()
        return web.json_response({})

    async def move(self, request: web.Request) -> web.Response:
        asked = await read(request)
        venue, kind, url = asked.text("venue"), asked.optional_text("kind") or "hero", asked.optional_text("url")
        asked.done()
        return web.json_response({"url": self.state.move(venue, kind, url)})

    async def edit(self, request: web.Request) -> web.Response:
        asked = await read(request)
        return web.json_response(self.state.edit(asked.text("venue"), asked.rest()))

    async def show(self, request: web.Request) -> web.Response:
        asked = await read(request)
        publisher, case = asked.text("publisher"), asked.text("case")
        asked.done()
        return web.json_response({"url": self.state.show(publisher, case)})

    async def guests(self, request: web.Request) -> web.Response:
        asked = await read(request)
        count = asked.values.pop("count", None)
        asked.done()
        if not isinstance(count, int) or not 1 <= count <= MOST_GUESTS:
            raise Refused(f"count takes a whole number from 1 to {MOST_GUESTS}, not {count!r}.")
        return web.json_response({"venues": self.state.guests(count)})

    async def images(self, request: web.Request) -> web.Response:
        return web.json_response(self.state.shown())

    async def served(self, request: web.Request) -> web.Response:
        url = request.query.get("url", "")
        image = self.state.image(address(url))
        if image is None:
            raise Refused(f"No image is served at {url}.")
        reply = await asyncio.to_thread(self.state.image_reply, image)
        return web.Response(body=reply.body, headers=reply.headers)

    async def reset(self, request: web.Request) -> web.Response:
        self.state.reset()
        return web.json_response({})


STATE = web.AppKey("state", State)


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        request.app[STATE].refresh()
        return await handler(request)
    except Refused as refused:
        return web.json_response({"error": str(refused)}, status=400)
    except web.HTTPError as error:
        return web.json_response({"error": f"{error.reason}."}, status=error.status)


def control_app(state: State) -> web.Application:
    control = Control(state)
    app = web.Application(middlewares=[refusals])
    app[STATE] = state
    app.router.add_get("/requests", control.requests)
    app.router.add_delete("/requests", control.forget)
    app.router.add_post("/change", control.change)
    app.router.add_post("/behave", control.behave)
    app.router.add_delete("/behave", control.heal)
    app.router.add_post("/move", control.move)
    app.router.add_post("/edit", control.edit)
    app.router.add_post("/show", control.show)
    app.router.add_post("/guests", control.guests)
    app.router.add_get("/images", control.images)
    app.router.add_get("/served", control.served)
    app.router.add_post("/reset", control.reset)
    return app
