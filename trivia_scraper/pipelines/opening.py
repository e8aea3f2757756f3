"""What is known of an event's pictures before anything is asked: a task for each."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Connection

from trivia_scraper.db import image_ledger
from trivia_scraper.db.known_venues import ShownPicture
from trivia_scraper.extensions.run import Run
from trivia_scraper.images.placing import Placer
from trivia_scraper.images.storage.base import state_of
from trivia_scraper.items import Event
from trivia_scraper.pipelines.tasks import Task

Pictures = list[tuple[str, str]]
"""(kind, URL), each once."""


def named_pictures(event: Event, kind: str) -> Pictures:
    """kind: of an event's own pictures, which is the spider's `picture_kind`."""
    pictures = [(kind, url) for url in event.image_urls]
    if event.performer is not None and event.performer.image_url:
        pictures.append(("performer", event.performer.image_url))
    return list(dict.fromkeys(pictures))


class Opening:
    def __init__(self, run: Run, placer: Placer) -> None:
        self._run = run
        self._placer = placer
        self.asked: set[int] = set()
        """Rows of pictures that this run has asked their publisher for: what was known of them is not any more."""

    def known(self, event: Event, pictures: Pictures) -> list[Task] | None:
        """The tasks when nothing has to be asked of the database for them, which is so for most events of most runs:
        the event shows just these pictures and each is whole, by what was known when the run began; or its venue is
        new, and these are the pictures that places were reserved for. Else None."""
        if (met := self._run.met.get(event.publisher_id)) is not None:
            reserved = {(entry.kind, entry.url): entry for entry in met.reserved if entry.id not in self.asked}
            return [Task(reserved[each], None) for each in pictures] if reserved.keys() == set(pictures) else None
        visit = self._run.visits.get(event.publisher_id)
        if visit is None:
            return None
        shown = {(each.entry.kind, each.entry.url): each for each in visit.pictures}
        tasks = []
        for picture in pictures:
            found = shown.get(picture)
            if found is None or not self._is_whole(found, visit.venue_id):
                return None
            tasks.append(Task(found.entry, None, found.file, thumbs_missing=False))
        return tasks if len(tasks) == len(shown) else None

    def _is_whole(self, picture: ShownPicture, venue_id: int) -> bool:
        entry = picture.entry
        at_home = entry.venue_id == venue_id  # it is not after a merge of venues
        unasked = entry.id not in self.asked
        return picture.untouched and at_home and unasked and self._placer.made(entry.thumbs, entry.thumbs_spec)

    def open(self, connection: Connection, event: Event, pictures: Pictures) -> list[Task]:
        """The tasks by what the ledger knows of each picture, and how its file is."""
        host = event.performer.name if event.performer else None
        opened, shown = image_ledger.open_pictures(
            connection, event.publisher, event.publisher_id, str(event.venue.slug), host, pictures
        )
        named = {kind for kind, _ in pictures}
        unnamed = [entry for kind, entry in shown.items() if kind not in named]
        tasks = [self._task(connection, entry, shown.get(entry.kind)) for entry in opened]
        return tasks + [self._task(connection, entry, None, named=False) for entry in unnamed]

    def _task(
        self, connection: Connection, entry: image_ledger.Entry, shown: image_ledger.Entry | None, *, named: bool = True
    ) -> Task:
        task = Task(entry, shown, named=named)
        if entry.path is not None:
            files = self._run.files
            task.file, stat = state_of(files, entry.path, entry.bytes or 0, entry.modified_ns, entry.sha256 or "")
            task.thumbs_missing = not self._placer.has_thumbs(entry.thumbs, entry.thumbs_spec)
            if task.file == "ok" and stat is not None and stat.modified_ns != entry.modified_ns:
                with suppress(image_ledger.SupersededError):
                    task.entry = image_ledger.record_copy(connection, entry, stat)
        return task
