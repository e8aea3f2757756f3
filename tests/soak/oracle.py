"""What must hold after every kill: knows each body that was ever served for each URL of an image."""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from PIL import Image

from sandbox.client import Sandbox, SandboxError
from tests.support.project import Project, Rows
from trivia_scraper.images.downloads import get_wordpress_candidates
from trivia_scraper.images.validate import examine

THUMBS = {"small": (300, 300)}
"""IMAGES_THUMBS of the product."""

Shown = tuple[str, str, int, str]
"""Publisher, publisher's id, night and kind of an image that an event shows."""


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


class Oracle:
    """Compares a project's store with what the sandbox served."""

    def __init__(self, project: Project, sandbox: Sandbox) -> None:
        self.project, self.sandbox = project, sandbox
        self.served: defaultdict[str, set[str]] = defaultdict(set)
        """URL that a page names -> digests of all bodies that were ever served for it."""
        self.shown: set[Shown] = set()
        """Images that events showed after an earlier action."""

    def record_served(self, urls: list[str]) -> None:
        """Remember what is served now, all of which decodes. Call this after each change."""
        for url in urls:
            for body in self._bodies(url):
                Image.open(io.BytesIO(body)).load()
                self.served[url].add(digest(body))

    def faults(self, *, recorded_of: frozenset[str] = frozenset()) -> Iterator[str]:
        """Yield a sentence for each rule that is broken.

        recorded_of: publishers of which the last run was neither killed nor failed. Each file of theirs must be the
        recorded one; a killed run may leave one that is newer than its row.
        """
        shown = dict(self._shown())
        for missing in sorted(self.shown - shown.keys()):
            yield f"{missing} lost its image"
        self.shown |= shown.keys()
        for key, image in sorted(shown.items()):
            yield from self._image_faults(key, image, must_be_recorded=key[0] in recorded_of)

    def unhealed(self) -> Iterator[str]:
        """Yield a sentence for each row that a complete run has left with a missing or damaged file."""
        for finding in self.project.findings():
            if finding.problem != "orphaned":
                yield f"{finding.path} is {finding.problem} after a complete run"

    def not_served(self) -> Iterator[str]:
        """Yield a sentence for each image or thumbnail that is not what is served now."""
        current = {image["url"] for image in self.sandbox.images()}
        rows = {row["path"]: row for row in self.project.ledger()}
        for key, image in sorted(self._shown()):
            if image["url"] not in current:
                yield f"{key} shows {image['url']}, which no page names"
                continue
            body, expected = self._read(image["path"]), next(self._bodies(image["url"]))
            if body != expected:
                yield f"{key}: {image['path']} is not what is served ({image['status']}, {image['reason']})"
            made = examine(expected, thumbs=THUMBS).thumbs
            for name, path in rows[image["path"]]["thumbs"].items():
                if self._read(path) != made[name]:
                    yield f"{key}: {path} is not the thumbnail of what is served"

    def unnamed_files(self) -> Iterator[str]:
        """Yield a sentence for each file that no row names, temporary ones included."""
        rows = self.project.ledger()
        named = {path for row in rows for path in (row["path"], *row["thumbs"].values())}
        for path in sorted(self.project.images.rglob("*")):
            name = path.relative_to(self.project.images).as_posix()
            if path.is_file() and name not in named:
                yield f"no row names {name}"

    def copy_faults(self, copied: dict[str, bytes]) -> Iterator[str]:
        """Yield a sentence for each recorded image that a complete copy lacks."""
        for row in self.project.ledger():
            if row["path"] is not None and digest(copied.get(row["path"], b"")) != row["sha256"]:
                yield f"the copy of {row['path']} is missing or damaged"

    def _image_faults(self, key: Shown, image: dict[str, Any], *, must_be_recorded: bool) -> Iterator[str]:
        body = self._read(image["path"])
        if body is None:
            yield f"{key}: {image['path']} does not exist"
            return
        if digest(body) not in self.served[image["url"]]:
            yield f"{key}: {image['path']} was never served at {image['url']}"
        if must_be_recorded and digest(body) != image["sha256"]:
            yield f"{key}: {image['path']} is not the recorded image"

    def unrecorded(self) -> int:
        """Return how many shown files are newer than their rows."""
        return sum(digest(self._read(image["path"]) or b"") != image["sha256"] for _, image in self._shown())

    def _shown(self) -> Iterator[tuple[Shown, dict[str, Any]]]:
        events: Rows = self.project.events()
        for event in events:
            for image in event["images"]:
                if image["path"] is not None:
                    key = event["publisher"], event["publisher_id"], event["night"], image["kind"]
                    yield key, image

    def _read(self, path: str) -> bytes | None:
        file = self.project.images / path
        return file.read_bytes() if file.is_file() else None

    def _bodies(self, url: str) -> Iterator[bytes]:
        """Yield what is served for a URL that a page names, the preferred body first."""
        for candidate in get_wordpress_candidates(url):
            try:
                yield self.sandbox.served(candidate)
            except SandboxError:
                continue
