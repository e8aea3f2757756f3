"""Recorded pages: answers of publishers as folders, which the sandbox serves and the tests read.

A case is a folder tests/pages/<publisher>/<case>/ with three files:

    body.html, .json, ..    what the publisher answered
    meta.json               the request and the rest of the answer: the fields of Meta
    expected.json           what the spider reads from it; `scrapy record accept` writes it

A date in body or meta.json may be a placeholder, like {{today+7:%Y-%m-%d}} or {{tuesday:%d %B}}: this many days from
today, or from the next such weekday. For the sandbox, today is the real date; for the tests, it is `recorded`.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from sandbox.publisher import Refused

PAGES = Path(__file__).parents[1] / "tests" / "pages"
CONTENT_TYPES = {
    ".json": "application/json",
    ".js": "application/javascript",
    ".html": "text/html; charset=utf-8",
    ".xml": "application/rss+xml; charset=UTF-8",
    ".ics": "text/calendar; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".gz": "application/gzip",
    ".pdf": "application/pdf",
    ".bin": "application/octet-stream",
}
"""Suffix of the body -> Content-Type, if meta.json has none."""
DEFAULT_DAY = date(2026, 11, 30)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_BRACES = re.compile(rf"\{{\{{\s*(?:today|{'|'.join(_WEEKDAYS)})[^{{}}]*\}}\}}".encode())
_PLACEHOLDER = re.compile(rf"\{{\{{(today|{'|'.join(_WEEKDAYS)})([+-]\d{{1,4}})?:([^{{}}]*%[^{{}}]*)\}}\}}".encode())


class CaseError(Refused):
    """A recorded page that cannot be used. The text is one sentence with its path."""


class Meta(BaseModel):
    """The fields of meta.json. All but `url` may be missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^/\s]+")
    """Address of the page, with its query."""
    method: str = Field(default="GET", pattern=r"^[A-Z]+$")
    """Method of the request."""
    body: str | None = None
    """Body of the request: a text, such as a form, or an object, which is sent as JSON."""
    status: int = Field(default=200, ge=200, le=599)
    """Status of the answer."""
    headers: dict[str, str] = {}
    """Headers of the answer."""
    redirects_to: str | None = None
    """Address to which `url` redirects, and whose answer this is."""
    listing: str | None = None
    """Name of the case whose page requests this one. None: the spider starts with it."""
    publisher_id: str | None = None
    """The venue's id, if this is a venue's page."""
    after: int = Field(default=0, ge=0)
    """Number of requests to the address before the sandbox shows this case."""
    recorded: date = DEFAULT_DAY
    """Date of the recording. In the tests, it is today."""

    @field_validator("body", mode="before")
    @classmethod
    def _as_text(cls, body: Any) -> Any:
        return json.dumps(body) if isinstance(body, dict | list) else body

    @property
    def other_headers(self) -> dict[str, str]:
        """Return the headers without Content-Type: see Case.content_type."""
        return {name: value for name, value in self.headers.items() if name.lower() != "content-type"}


def utc_today() -> date:
    return datetime.now(UTC).date()


def resolve_dates(body: bytes, today: date, where: str = "the page") -> bytes:
    """Replace the placeholders by dates. Raise CaseError for an invalid one."""

    def resolve(found: re.Match[bytes]) -> bytes:
        placeholder = _PLACEHOLDER.fullmatch(found[0])
        if placeholder is None:
            raise CaseError(f"{where} has {found[0].decode()}; a date is written as {{{{today+7:%Y-%m-%d}}}}.")
        day, offset, format_ = ((part or b"").decode() for part in placeholder.groups())
        ahead = (_WEEKDAYS.index(day) - today.weekday()) % 7 if day in _WEEKDAYS else 0
        return (today + timedelta(ahead + int(offset or 0))).strftime(format_).encode()

    return _BRACES.sub(resolve, body)


@dataclass(frozen=True)
class Case:
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def publisher(self) -> str:
        return self.folder.parent.name

    def __str__(self) -> str:
        return f"{self.publisher}/{self.name}"

    @cached_property
    def meta(self) -> Meta:
        """Return meta.json with its placeholders, for fields that have no dates."""
        return self.meta_on(None)

    def meta_on(self, today: date | None) -> Meta:
        """Return meta.json with its placeholders replaced. today: None keeps them."""
        path = self.folder / "meta.json"
        try:
            written = path.read_bytes()
            return Meta.model_validate_json(resolve_dates(written, today, str(path)) if today else written)
        except OSError as error:
            raise CaseError(f"{path} cannot be read: {error.strerror}.") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise CaseError(f"{path}: {where + ': ' if where else ''}{first['msg']}.") from None

    @cached_property
    def body_path(self) -> Path:
        found = sorted(self.folder.glob("body.*"))
        if len(found) != 1:
            raise CaseError(f"{self.folder} needs one file body.html, body.json or the like, and has {len(found)}.")
        return found[0]

    def body(self, today: date) -> bytes:
        """Return the body of the answer, as on that day."""
        body, plain = self.body_path.read_bytes(), self.plain_body()
        resolved = resolve_dates(plain, today, str(self.body_path))
        if resolved == plain:
            return body
        return gzip.compress(resolved, mtime=0) if plain is not body and plain != body else resolved

    def plain_body(self) -> bytes:
        """Return the recorded body, decompressed if it is a .gz file that can be read."""
        body = self.body_path.read_bytes()
        with suppress(OSError, EOFError, zlib.error):
            return gzip.decompress(body) if self.body_path.suffix == ".gz" else body
        return body

    @property
    def content_type(self) -> str:
        given = [value for name, value in self.meta.headers.items() if name.lower() == "content-type"]
        return given[0] if given else CONTENT_TYPES.get(self.body_path.suffix, CONTENT_TYPES[".bin"])

    def expected(self) -> Any:
        """Return expected.json, or None if the case has none yet."""
        path = self.folder / "expected.json"
        try:
            return json.loads(path.read_text("utf-8")) if path.exists() else None
        except ValueError as error:
            raise CaseError(f"{path} is not JSON: {error}.") from None


def cases_of(folder: Path) -> list[Case]:
    """Return the cases of a publisher, by name."""
    return [Case(meta.parent) for meta in sorted(folder.glob("*/meta.json"))]


def all_cases(pages: Path = PAGES) -> list[Case]:
    return [Case(meta.parent) for meta in sorted(pages.glob("*/*/meta.json"))]
