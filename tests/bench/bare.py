"""The limit: aiohttp, the same decode and the same files, and nothing else: `python -m tests.bench.bare SERVER DIR`."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

import aiohttp

from trivia_scraper.images.formats import suffix_of
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.validate import examine

CONNECTIONS = 16
THREADS = 2
THUMBS = {"small": (300, 300)}


def place(files: LocalFileStore, number: int, body: bytes) -> None:
    image = examine(body, thumbs=THUMBS, fit=True)
    folder = f"venues/bench-{number:05}"
    files.write(f"{folder}/image.{suffix_of(body)}", body)
    for name, thumb in image.thumbs.items():
        files.write(f"{folder}/thumbs/{name}/image.jpg", thumb, durable=False)


async def fetch_all(server: str, directory: str) -> None:
    files = LocalFileStore(directory)
    loop = asyncio.get_running_loop()
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    with ThreadPoolExecutor(THREADS) as workers:
        async with aiohttp.ClientSession(server, connector=connector, raise_for_status=True) as session:
            async with session.get("/_bench/images") as response:
                waiting = enumerate(await response.json())

            async def fetch() -> None:
                for number, path in waiting:
                    async with session.get(path) as response:
                        body = await response.read()
                    await loop.run_in_executor(workers, place, files, number, body)

            await asyncio.gather(*(fetch() for _ in range(CONNECTIONS)))


if __name__ == "__main__":
    asyncio.run(fetch_all(*sys.argv[1:]))
