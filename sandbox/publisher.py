"""What every publisher of the sandbox is made of: venues with photographs, which can be edited and moved."""

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
    """A command that cannot be done. The text is one sentence for the user."""


@dataclass(frozen=True)
class Photo:
    url: str
    label: str
    """What is painted on it: the pub's sign, the host's name plate."""
    format: str
    seed: str
    """Fixes the house or the face; kept when the photograph moves to another URL."""
    mark: str = ""
    """Written into the file as a comment, so that photographs of one house are files of their own without painting
    each. JPEG and PNG only."""


@dataclass(frozen=True)
class Image:
    photo: Photo
    kind: str
    """The scene that it shows: one of PHOTO_KINDS, or "placeholder"."""
    venue: str | None = None
    """Null: served, and linked from somewhere, but no venue's photograph now."""


@dataclass(frozen=True)
class Visit:
    """A request as the publisher sees it: path decoded, header names in lower case."""

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
    """The facts that every publisher's venue has; each publisher's own class adds its own."""

    name: str
    hero: Photo | None = None
    performer: Photo | None = None
    host: str | None = None
    listed: bool = True


V = TypeVar("V", bound=Venue)


def digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def address(url: str) -> str:
    """host/path?query, the same for every spelling of one URL (scheme, percent signs, letter case of the host)."""
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
    """As isinstance, but an integer will do for a float, and a boolean is not a number."""
    kinds = tuple(get_origin(each) or each for each in (get_args(hint) if isinstance(hint, UnionType) else (hint,)))
    if isinstance(value, bool):
        return bool in kinds or object in kinds
    return isinstance(value, (*kinds, int) if float in kinds else kinds)


class Publisher(ABC, Generic[V]):
    hosts: frozenset[str]
    start: str
    """Host and path at which a crawl begins."""

    @property
    def starts(self) -> tuple[str, ...]:
        """Return all of them."""
        return (self.start,)

    robots = "User-agent: *\nAllow: /\n"
    real_size = 0
    """Venues that the real publisher lists, as far as is known; `grow` adds venues up to this number."""

    def __init__(self, venues: Mapping[str, V]) -> None:
        """`venues` by the publisher's own id."""
        self.venues = dict(venues)

    @abstractmethod
    def page(self, visit: Visit) -> Page | None:
        """None when the publisher has no such page."""

    @abstractmethod
    def new_url(self, venue: V, kind: str) -> str:
        """Where the publisher would put the venue's next photograph of this kind."""

    def invented(self, number: int, chance: random.Random) -> tuple[str, V]:
        """Key and facts of one plain venue: number and chance are the same in every sandbox. See invented.py."""
        raise NotImplementedError

    def grow(self) -> None:
        """To the size of the real publisher, with plain venues at the end of the listing."""
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
        """Replace a photograph and return the one before (None if there was none) and the new one."""
        venue = self.venues[key]
        if kind not in PHOTO_KINDS:
            raise Refused(f"No photograph is called {kind!r}; it takes one of {', '.join(PHOTO_KINDS)}.")
        old: Photo | None = getattr(venue, kind)
        url = url or self.new_url(venue, kind)
        if old is None:
            label = venue.host or "Your host" if kind == "performer" else venue.name
            new = Photo(url, label, format_of(url), seed=url)
        elif format_of(url) == format_of(old.url):
            # A transparent PNG or a rotated JPEG has the suffix of a plain one.
            new = replace(old, url=url)
        else:
            new = replace(old, url=url, format=format_of(url))
        self._replace(key, {kind: new})
        return old, new

    def edit(self, key: str, facts: Mapping[str, object]) -> None:
        venue = self.venues[key]
        hints = get_type_hints(type(venue))
        known = [fact.name for fact in fields(venue) if fact.name not in PHOTO_KINDS]
        # JSON has no tuples, and a frozen venue has no lists.
        changes = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
        for name, value in changes.items():
            if name not in known:
                raise Refused(f"A venue has no fact {name!r}; it has {', '.join(known)}.")
            if not accepts(hints[name], value):
                raise Refused(f"{name} does not take {value!r}.")
        self._replace(key, changes)

    def _replace(self, key: str, changes: Mapping[str, Any]) -> None:
        self.venues[key] = replace(self.venues[key], **changes)
