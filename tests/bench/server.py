"""Quizmeisters with as many venues as asked for, each with a photograph of its own: `python -m tests.bench.server N`.

In the shape that SANDBOX_SERVER expects, and with the sandbox's own listing and pages, but with everything made before
the first request, so that two busy cores are the crawler's and not the server's.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections import Counter
from email.utils import formatdate
from io import BytesIO
from urllib.parse import urlsplit

from aiohttp import web
from PIL import Image, ImageChops, ImageFilter

from sandbox.pubfront import pub_front
from sandbox.publisher import Publisher
from sandbox.quizmeisters import LISTING, location, venue_page
from sandbox.quizmeisters_venues import QuizmeistersVenue, photo, venue

SIZE = (1600, 900)
DRAWINGS = 4
GRAIN, BLUR, QUALITY = 30, 1.0, 82
"""A photograph has noise in its colours too; with these, about 260 kB an image."""
COMMENT = b"\xff\xfe"
JFIF_END = 20
"""Pillow's JPEGs begin with the start marker and a JFIF segment of 18 bytes; a comment may follow those."""


class BenchServer:
    def __init__(self, count: int) -> None:
        venues = [bench_venue(number) for number in range(1, count + 1)]
        self.drawings = [drawing(number) for number in range(min(DRAWINGS, count))]
        listing = json.dumps({"success": True, "results": {"locations": [location(each) for each in venues]}})
        self.texts = {f"/storerocket.io{LISTING}": (listing.encode(), "application/json")}
        self.pages: dict[str, tuple[bytes, bytes]] = {}
        """With and without its image."""
        self.images: dict[str, int] = {}
        for number, each in enumerate(venues):
            without = bench_venue(number + 1, with_images=False)
            self.pages[routed(str(each.page))] = (venue_page(each).encode(), venue_page(without).encode())
            assert each.hero is not None
            self.images[routed(each.hero.url)] = number
        self.modified = formatdate(usegmt=True)
        self.with_images = True
        self.edition = "1"
        """Another one, and every image is another."""
        self.counts: Counter[str] = Counter()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith("/_bench/"):
            return self.control(request)
        response = self.answer(request)
        await response.prepare(request)
        await response.write_eof()
        if request.path in self.images:
            self.counts[f"images/{response.status}"] += 1
            self.counts["bytes"] += response.body_length  # headers and body, in spite of its name
        elif request.path in self.pages:
            self.counts["pages"] += 1
        return response

    def answer(self, request: web.BaseRequest) -> web.Response:
        path = request.path
        if (number := self.images.get(path)) is not None:
            headers = {"ETag": f'"{self.edition}-{number}"', "Last-Modified": self.modified}
            if request.headers.get("If-None-Match") == headers["ETag"]:
                return web.Response(status=304, headers=headers)
            return web.Response(body=self.image(number), content_type="image/jpeg", headers=headers)
        if path in self.pages:
            return web.Response(body=self.pages[path][0 if self.with_images else 1], content_type="text/html")
        if path in self.texts:
            body, content_type = self.texts[path]
            return web.Response(body=body, content_type=content_type)
        if path.endswith("/robots.txt"):
            return web.Response(text=Publisher.robots)
        return web.Response(status=404)

    def image(self, number: int) -> bytes:
        """A drawing with a comment of its own: no two bodies are the same, and only the drawings are kept."""
        comment = f"edition {self.edition} of image {number}".encode()
        drawn = self.drawings[number % DRAWINGS]
        segment = COMMENT + (len(comment) + 2).to_bytes(2, "big") + comment
        return b"".join((drawn[:JFIF_END], segment, drawn[JFIF_END:]))

    def control(self, request: web.BaseRequest) -> web.Response:
        what = request.path.removeprefix("/_bench/")
        if what == "start":
            self.with_images = request.query["with_images"] == "yes"
            self.edition = request.query["edition"]
            self.counts.clear()
        elif what == "images":
            return web.json_response(list(self.images) if self.with_images else [])
        return web.json_response(self.counts)


def bench_venue(number: int, *, with_images: bool = True) -> QuizmeistersVenue:
    name = f"Bench {number:05}"
    south, east = divmod(number, 100)  # a kilometre apart, as pubs are at most
    return venue(
        number, f"act-bench-{number:05}", name, f"{number} Lonsdale St", "Braddon", f"{2000 + number % 900}",
        -35.2727 - south / 100, 149.1331 + east / 100,
        "Tuesdays at 7pm", description="Two hours of questions about how long things take.",
        **({"hero": photo(f"act-bench-{number:05}.jpg", name)} if with_images else {"quirks": ("photo_absent",)}),
    )  # fmt: skip


def routed(url: str) -> str:
    parts = urlsplit(url)
    return f"/{parts.netloc}{parts.path}"


def drawing(number: int) -> bytes:
    front = pub_front(f"bench {number}", "The Measure", 1).resize(SIZE, Image.Resampling.BICUBIC)
    grain = Image.merge("RGB", [Image.effect_noise(SIZE, GRAIN) for _ in "RGB"])
    file = BytesIO()
    image = ImageChops.add(front, grain.filter(ImageFilter.GaussianBlur(BLUR)), offset=-128)
    image.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


async def serve(count: int) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    runner = web.ServerRunner(web.Server(BenchServer(count).handle))
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        await web.SockSite(runner, listener).start()
        sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        await ended.wait()
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
