"""What a publisher's answer becomes: the stored picture is confirmed, replaced, or left as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from scrapy.http import Response
from sqlalchemy import Connection

from trivia_scraper.clock import utc_now
from trivia_scraper.db import image_ledger
from trivia_scraper.db.replaced_images import Past
from trivia_scraper.extensions.run import Run
from trivia_scraper.images.crash_points import Step, reached
from trivia_scraper.images.placing import Placed, Placer
from trivia_scraper.images.validate import NotAPictureError, Picture
from trivia_scraper.items import ImageResult
from trivia_scraper.pipelines.downloads import PictureError, Validators, validators_of
from trivia_scraper.pipelines.tasks import Task

_PLACINGS = 3  # of one picture, when another process removes its file between the rename and the row
P = ParamSpec("P")
T = TypeVar("T")


class Arrivals:
    """For one run. Each answer takes one turn in a worker, which compares, decodes, writes and records."""

    def __init__(self, run: Run, placer: Placer, threads: int) -> None:
        self._run = run
        self._placer = placer
        self._workers = ThreadPoolExecutor(threads, thread_name_prefix="pictures")

    def close(self) -> None:
        self._workers.shutdown()

    async def confirmed(self, task: Task) -> ImageResult:
        """A 304: the file is not touched."""
        task.entry = await self._run.store.in_thread(image_ledger.record_check, task.entry, utc_now())
        return task.result("uptodate", "not_modified")

    async def received(self, task: Task, response: Response) -> ImageResult:
        """A whole answer. Raises PictureError when it is no picture, or cannot be kept."""
        before = task.entry.path
        reached(Step.RECEIVED, before or task.entry.stem)
        try:
            result = await self._in_worker(self._take, task, response.body, validators_of(response))
        except NotAPictureError as error:
            raise PictureError(error.reason, str(error)) from None
        except (OSError, image_ledger.SupersededError) as error:
            raise PictureError("storage", f"it could not be stored: {error}") from None
        if before is not None and before != task.entry.path:
            await self._run.remove_files([before])  # the same URL, now in another format
        return result

    async def thumbs_remade(self, task: Task) -> None:
        """Makes them from the stored picture; nothing is asked of anybody. Raises NotAPictureError, OSError and
        SupersededError."""
        entry = task.entry
        thumbs = await self._in_worker(self._placer.remake_thumbs, entry.stem, str(entry.path))
        stale = [path for path in entry.thumbs.values() if path not in thumbs.values()]
        spec = self._placer.thumbs_spec
        task.entry = await self._run.store.in_thread(image_ledger.record_thumbs, entry, thumbs, spec)
        await self._run.remove_files(stale)

    def _take(self, task: Task, body: bytes, validators: Validators) -> ImageResult:
        entry, store = task.entry, self._run.store
        sha256 = Picture.digest(body)
        if task.file == "ok" and sha256 == entry.sha256 and self._placer.is_stored(str(entry.path), body):
            task.entry = store.provisionally(image_ledger.record_arrival, entry, utc_now(), validators)
            return task.result("uptodate", "unchanged")
        picture = self._placer.examine(body, sha256)
        if self._is_placeholder(task, picture):
            raise PictureError("placeholder", "many other venues have the same picture, and this one has its own")
        # Its thumbnail may stand where the new one goes.
        going = task.shown if task.has_other_url else entry
        past = None
        if going is not None and going.sha256 is not None:
            past = image_ledger.past_of(going, self._placer.smallest_thumb(going.thumbs, going.thumbs_spec))
        for _ in range(_PLACINGS):
            placed = self._placer.place(entry.stem, body, picture)
            # The event's own transaction makes it last. It must do so by itself where another file goes after it, and
            # where the ledger's word is all that tells the next run which file is there.
            may_wait = entry.path in {None, placed.path} and not self._run.files.trusted
            record = store.provisionally if may_wait else store.write
            named = record(self._name, task, picture, placed, past, validators)
            if named is not None:
                break
        else:
            raise FileNotFoundError(f"{placed.path} is gone whenever it was written")
        reached(Step.LEDGER, placed.path)
        task.entry, task.file, task.thumbs_missing = named, "ok", placed.thumbs_spec is None
        return task.result("downloaded", task.reason, changed=entry.sha256 != sha256)

    def _is_placeholder(self, task: Task, picture: Picture) -> bool:
        own = task.last_good
        # A host's portrait may hang in many venues; only a venue's own photograph can be displaced by a stand-in.
        if task.entry.kind != "hero" or own is None or own.sha256 is None or own.sha256 == picture.sha256:
            return False
        # Nearly always nobody had them, and nothing is asked of the database.
        had = self._run.common.get(picture.sha256)
        return had is not None and self._run.store.read(image_ledger.is_placeholder, own.venue_id, own.sha256, had)

    def _name(
        self,
        connection: Connection,
        task: Task,
        picture: Picture,
        placed: Placed,
        past: Past | None,
        validators: Validators,
    ) -> image_ledger.Entry | None:
        """The file gets its row, unless another process has removed it as unnamed before this transaction began."""
        if self._run.files.stat(placed.path) is None:
            return None
        return image_ledger.record_file(
            connection, task.entry, picture, placed, validators, task.reason, self._run.id, utc_now(), past
        )

    def _in_worker(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(self._workers, partial(function, *args, **kwargs))
