"""One picture of one event on its way through the pipeline, and what the item says of it at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from trivia_scraper.db.image_ledger import Entry
from trivia_scraper.formatting import iso
from trivia_scraper.images.policy import Decision, FileState, Known
from trivia_scraper.items import ImageKind, ImageResult, ImageStatus
from trivia_scraper.pipelines.downloads import PictureError


@dataclass(slots=True)
class Task:
    entry: Entry
    shown: Entry | None
    """The picture of this kind that the event shows until now; a failure leaves it in place."""
    file: FileState | None = None
    """None when no file was ever stored for this row."""
    named: bool = True
    """Whether the page names it; else the event shows it from before."""
    thumbs_missing: bool = True
    decision: Decision | None = None
    """What is done about it; None until that was asked."""

    @property
    def url(self) -> str:
        return self.entry.url

    @property
    def reason(self) -> str:
        """Why it is asked for."""
        return self.decision.reason if self.decision else ""

    @property
    def known(self) -> Known | None:
        return Known(self.entry.checked_at, self.file) if self.entry.checked_at and self.file else None

    @property
    def has_other_url(self) -> bool:
        return self.shown is not None and self.shown.url != self.url

    @property
    def last_good(self) -> Entry | None:
        """The stored picture of this URL, or of the one that the event shows until now."""
        if self.file == "ok":
            return self.entry
        return self.shown if self.has_other_url else None

    def result(self, status: ImageStatus, reason: str, *, changed: bool = False) -> ImageResult:
        return self._result(self.entry, status, reason, changed=changed)

    def failure(self, error: PictureError) -> ImageResult:
        """It names the last good picture, which stays."""
        return self._result(self.last_good, "failed", error.reason, error=str(error))

    def _result(
        self,
        entry: Entry | None,
        status: ImageStatus,
        reason: str,
        *,
        changed: bool = False,
        error: str | None = None,
    ) -> ImageResult:
        result = ImageResult(
            cast("ImageKind", self.entry.kind), self.url, status=status, reason=reason, changed=changed, error=error
        )
        if entry is not None:
            result.path, result.sha256, result.bytes = entry.path, entry.sha256, entry.bytes
            result.width, result.height, result.format = entry.width, entry.height, entry.format
            result.thumbs = entry.thumbs
            result.fetched_at = iso(entry.fetched_at) if entry.fetched_at else None
            result.checked_at = iso(entry.checked_at) if entry.checked_at else None
        return result
