"""Base class of the sandbox's publishers: venues with images, which can be edited and moved."""

from __future__ import annotations

import hashlib
import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from types import UnionType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import unquote, urlsplit

from sandbox.images import BY_SUFFIX

PHOTO_KINDS = ("hero", "performer")


class Refused(Exception):
    """A request to the sandbox that it cannot fulfil. The text is one sentence for the user."""


@dataclass(frozen=True)
class Photo:
    url: str
    label: str
    """The text on it: the pub's sign or the host's name plate."""
    format: str
    seed: str
    """Decides the building or face. It stays when the image moves to another URL."""
    mark: str = ""
    """A comment in the file, which makes different files of one drawing. JPEG and PNG only."""


@dataclass(frozen=True)
class Image:
    photo: Photo
    kind: str
    """The scene: one of PHOTO_KINDS, or "placeholder"."""
    venue: str | None = None
    """Null: the image is served, but no venue shows it now."""


@dataclass(frozen=True)
class Visit:
    """A request to a publisher, with a decoded path and header names in lower case."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    where: str = ""
    """Host, path and query, as `address` has them."""


@dataclass(frozen=True)
class Page:
    body: str | bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    """All but Content-Type."""


@dataclass(frozen=True, kw_only=True)
class Venue:
    """The facts of a venue that all publishers have. Each publisher's class adds its own."""

    name: str
    hero: Photo | None = None
    performer: Photo | None = None
    host: str | None = None
    listed: bool = True


V = TypeVar("V", bound=Venue)


def digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def address(url: str) -> str:
    """Return host/path?query, equal for all spellings of a URL: scheme, percent signs, letter case of the host."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Refused(f"{url!r} is not a URL.") from error
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Refused(f"{url!r} is not an http or https URL.")
    query = f"?{unquote(parts.query)}" if parts.query else ""
    return parts.netloc.lower() + (unquote(parts.path) or "/") + query


def format_of(url: str) -> str:
    return BY_SUFFIX.get(urlsplit(url).path.rpartition(".")[2].lower(), "jpeg")


def accepts(hint: object, value: object) -> bool:
    """Check a value like isinstance, but accept an integer as a float, and no boolean as a number."""
    kinds = tuple(get_origin(each) or each for each in (get_args(hint) if isinstance(hint, UnionType) else (hint,)))
    if isinstance(value, bool):
        return bool in kinds or object in kinds
    return isinstance(value, (*kinds, int) if float in kinds else kinds)


class Publisher(ABC, Generic[V]):
    hosts: frozenset[str]
    start: str
    """Host and path of the page at which a crawl begins."""

    @property
    def starts(self) -> tuple[str, ...]:
        """Return the pages at which crawls begin."""
        return (self.start,)

    robots = "User-agent: *\nAllow: /\n"
    real_size = 0
    """The number of venues that the real publisher lists. `grow` adds venues up to it."""

    def __init__(self, venues: Mapping[str, V]) -> None:
        """Set the venues, by the publisher's id."""
        self.venues = dict(venues)

    @abstractmethod
    def page(self, visit: Visit) -> Page | None:
        """Return the page that answers a request, or None if there is none."""

    @abstractmethod
    def new_url(self, venue: V, kind: str) -> str:
        """Return the URL that the publisher would give the venue's next image of this kind."""

    def invented(self, number: int, chance: random.Random) -> tuple[str, V]:
        """Return id and facts of a plain venue. Every sandbox passes the same number and chance. See invented.py."""
        raise NotImplementedError

    def grow(self) -> None:
        """Add plain venues at the end of the listing, up to `real_size`."""
        for number in range(len(self.venues), self.real_size):
            key, venue = self.invented(number, random.Random(f"{type(self).__name__} {number}"))
            self.venues[key] = venue

    def images(self) -> Iterator[Image]:
        for key, venue in self.venues.items():
            for kind in PHOTO_KINDS:
                photo: Photo | None = getattr(venue, kind)
                if photo is not None:
                    yield Image(photo, kind, key)

    def move(self, key: str, kind: str, url: str | None) -> tuple[Photo | None, Photo]:
        """Replace an image. Return the previous one, or None, and the new one."""
        venue = self.venues[key]
        if kind not in PHOTO_KINDS:
            raise Refused(f"kind takes {' or '.join(PHOTO_KINDS)}, not {kind!r}.")
        old: Photo | None = getattr(venue, kind)
        url = url or self.new_url(venue, kind)
        if old is None:
            label = venue.host or "Your host" if kind == "performer" else venue.name
            new = Photo(url, label, format_of(url), seed=url)
        elif format_of(url) == format_of(old.url):
            # Keep the format: a transparent PNG or a rotated JPEG has the suffix of a plain one.
            new = replace(old, url=url)
        else:
            new = replace(old, url=url, format=format_of(url))
        self._replace(key, {kind: new})
        return old, new

    def edit(self, key: str, facts: Mapping[str, object]) -> None:
        venue = self.venues[key]
        hints = get_type_hints(type(venue))
        known = [fact.name for fact in fields(venue) if fact.name not in PHOTO_KINDS]
        # JSON has lists, and a frozen venue has tuples.
        changes = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
        for name, value in changes.items():
            if name not in known:
                raise Refused(f"A venue has no fact {name!r}; it has {', '.join(known)}.")
            if not accepts(hints[name], value):
                raise Refused(f"{name} cannot be {value!r}.")
        self._replace(key, changes)

    def _replace(self, key: str, changes: Mapping[str, Any]) -> None:
        self.venues[key] = replace(self.venues[key], **changes)
