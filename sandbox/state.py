"""The state of the sandbox: publishers, versions of images, faults, and the log of requests."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Literal

from sandbox.faults import Fault, fault
from sandbox.geeks_who_drink import GeeksWhoDrink
from sandbox.images import draw, marked
from sandbox.inquizition import Inquizition
from sandbox.publisher import Image, Publisher, Refused, address
from sandbox.pubquiz import Pubquiz
from sandbox.question_one import QuestionOne
from sandbox.quizmeisters import Quizmeisters
from sandbox.recorded import PAGES, utc_today
from sandbox.replay import Recorded
from sandbox.replies import Reply
from sandbox.speed_quizzing import SpeedQuizzing

# In the past, because clients may ignore a Last-Modified close to the answer's Date.
FIRST_UPLOAD = datetime(2025, 3, 3, 9, 30, tzinfo=UTC)
MOST_LOGGED = 200_000


Scale = Literal["small", "real"]
"""small: a venue or two for every trap. real: as many venues as the real publishers list."""


EXAMPLE = Path(__file__).parent / "corner_quiz"
"""The site of docs/adding-a-publisher.md, which no spider reads. Like all recorded pages, it is replayed."""


def publishers() -> list[Publisher[Any]]:
    return [Quizmeisters(), QuestionOne(), Inquizition(), GeeksWhoDrink(), SpeedQuizzing(), Pubquiz()]


_GENERATIVE = {type(each).__module__.rpartition(".")[2] for each in publishers()}


def recorded_folders(pages: Path) -> list[Path]:
    """Return the folders of publishers that are served from their recorded pages."""
    others = [folder for folder in sorted(pages.glob("*/")) if folder.name not in _GENERATIVE]
    return [*(folder for folder in others if any(folder.glob("*/meta.json"))), EXAMPLE]


def _stamp(folders: list[Path]) -> dict[Path, int]:
    """Return when each file of recorded pages was written."""
    written = {}
    for path in (path for folder in folders for path in folder.glob("*/*")):
        with suppress(FileNotFoundError):  # removed since it was listed
            written[path] = path.stat().st_mtime_ns
    return written


@dataclass
class Logged:
    method: str
    url: str
    headers: dict[str, str]
    status: int | None
    """Null until the answer begins, and if the connection is closed without an answer."""
    at: float


class State:
    def __init__(self, scale: Scale = "small", pages: Path = PAGES) -> None:
        """Raise CaseError for recorded pages that cannot be used."""
        self.scale = scale
        self.pages = pages
        self.log: deque[Logged] = deque(maxlen=MOST_LOGGED)
        self.reset()

    def reset(self) -> None:
        self.log.clear()
        self.publishers = publishers()
        for publisher in self.publishers if self.scale == "real" else ():
            publisher.grow()
        self.versions: dict[str, int] = {}
        self.faults: dict[str, Fault] = {}
        self.recorded: dict[Path, Recorded] = {}
        self._read: tuple[date, dict[Path, int]] | None = None
        self.refresh()

    def refresh(self) -> None:
        """Read recorded pages if one was written, or the day changed, since the last time. Raise CaseError."""
        folders = recorded_folders(self.pages)
        written = utc_today(), _stamp(folders)
        if written == self._read:
            return
        self.publishers = [each for each in self.publishers if not isinstance(each, Recorded)]
        before, self.recorded = self.recorded, {}
        for folder in folders:
            self.recorded[folder] = before.get(folder) or Recorded(folder)
            self.recorded[folder].read()
        self.publishers += self.recorded.values()
        self._find_images()
        self._read = written

    def show(self, publisher: str, case: str) -> str:
        """Show a recorded case at its address. Return the address."""
        for each in self.recorded.values():
            if each.folder.name == publisher:
                return each.show(case)
        known = ", ".join(each.folder.name for each in self.recorded.values())
        raise Refused(f"{publisher!r} is not served from recorded pages; {known} can be shown.")

    def _find_images(self) -> None:
        self._images: dict[str, Image] = {}
        for publisher in self.publishers:
            for image in publisher.images():
                self._images.setdefault(address(image.photo.url), image)

    def image(self, where: str) -> Image | None:
        """Find an image by its address. A query counts only if a page names the image with that query."""
        return self._images.get(where) or self._images.get(where.partition("?")[0])

    def shown(self) -> list[dict[str, str | None]]:
        return [
            {"url": image.photo.url, "venue": image.venue, "kind": image.kind, "format": image.photo.format}
            for publisher in self.publishers
            for image in publisher.images()
            if image.venue is not None
        ]

    def image_reply(self, image: Image) -> Reply:
        """Draw an image and return its reply. Drawing is slow, so do not call this on the event loop."""
        photo = image.photo
        version = self.versions.get(address(photo.url), 1)
        body, content_type = draw(image.kind, photo.seed, photo.label, version, photo.format)
        if photo.mark:
            body = marked(body, content_type, photo.mark)
        uploaded = FIRST_UPLOAD + timedelta(hours=version)
        validators = {
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            "Last-Modified": format_datetime(uploaded, usegmt=True),
        }
        return Reply(200, {"Content-Type": content_type, **validators}, body)

    def take_fault(self, where: str) -> Fault | None:
        found = self.faults.get(where)
        if found is not None and found.left is not None:
            found.left -= 1
            if found.left == 0:
                del self.faults[where]
        return found

    def change(self, urls: Iterable[str]) -> list[str]:
        wanted = {}
        for url in urls:
            image = self.image(address(url))
            if image is None:
                raise Refused(f"No image is served at {url}.")
            wanted[address(image.photo.url)] = url
        for where in wanted:
            self.versions[where] = self.versions.get(where, 1) + 1
        return list(wanted.values())

    def change_all(self) -> list[str]:
        return self.change([image.photo.url for image in self._images.values()])

    def behave(self, url: str, behaviour: str, parameters: Mapping[str, object], times: object) -> None:
        self.faults[address(url)] = fault(behaviour, parameters, times)

    def move(self, venue: str, kind: str, url: str | None) -> str:
        """Move an image and return its new URL, which has a newer version of the same building or host."""
        publisher = self._publisher_of(venue)
        if url is not None and address(url) in self._images:
            raise Refused(f"An image is already served at {url}.")
        old, new = publisher.move(venue, kind, url)
        if old is not None:
            self.versions[address(new.url)] = self.versions.get(address(old.url), 1) + 1
        self._find_images()
        return new.url

    def edit(self, venue: str, facts: Mapping[str, object]) -> dict[str, object]:
        publisher = self._publisher_of(venue)
        publisher.edit(venue, facts)
        now = asdict(publisher.venues[venue])
        return {name: now[name] for name in facts}

    def guests(self, count: int) -> list[str]:
        """Add venues with an image URL each, and return their ids."""
        publisher = next(each for each in self.publishers if isinstance(each, Quizmeisters))
        keys = publisher.add_guests(count)
        self._find_images()
        return keys

    def _publisher_of(self, venue: str) -> Publisher[Any]:
        for publisher in self.publishers:
            if venue in publisher.venues:
                return publisher
        raise Refused(f"No publisher has a venue {venue!r}.")
