"""Pages from templates, and the files that all of them share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from trivia_scraper.atomic import Edition
from trivia_scraper.exports import wording
from trivia_scraper.formatting import as_json, format_count, iso, web_address
from trivia_scraper.parsing.slugs import short_digest, slug
from trivia_scraper.site import reasons
from trivia_scraper.site.troubles import ago, at_time
from trivia_scraper.site.venues import STILL_ON

# Files of this package; in a deployed egg they are inside a zip.
_PACKAGE = files(__package__)
# `file:` beside 'self', because not every browser takes a page that was opened from a file for its own origin.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self' file:",
    "style-src": "'self' file:",
    "img-src": "'self' file:",
    "font-src": "'self' file:",
    "connect-src": "'self'",  # for Lighthouse, which reads robots.txt from within a page
    "base-uri": "'none'",
    "form-action": "'none'",
}
_FILTERS = (
    wording.shorten,
    wording.shorten_paragraphs,
    wording.format_day,
    wording.format_short_day,
    wording.format_date,
    wording.format_phone,
    wording.format_publisher,
)


class Pages:
    """Writes pages into an edition of the site.

    tabs: path -> label. base_url: where the site will be, with a "/" at its end. Without one nothing is written that
    needs an absolute address. contact: where readers report mistakes, a mailto, http or https address.
    """

    def __init__(
        self,
        edition: Edition,
        tabs: Mapping[str, str],
        base_url: str | None,
        made_at: datetime,
        contact: str | None = None,
    ) -> None:
        self.edition = edition
        self.base_url = base_url
        self.made_at = made_at
        self.written: list[str] = []
        self.listed: dict[str, datetime | None] = {}
        """Path -> when what the page says last changed, as far as that is known."""
        self._versions: dict[str, str] = {}
        for folder in ("assets", "vendor"):
            for file in (_PACKAGE / folder).iterdir():
                self._add_asset(file.name, file.read_bytes())
        self._templates = Environment(
            loader=PackageLoader(__package__),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"format_count": format_count, "iso": iso, "web_address": web_address}
        self._templates.filters |= {function.__name__: function for function in _FILTERS}
        self._templates.filters |= {"ago": ago, "at_time": at_time, "anchor": anchor, "capitalize_first": capitalized}
        self._templates.filters["in_words"] = reasons.verdict
        self._templates.globals["night_minutes"] = int(STILL_ON.total_seconds() / 60)
        self._templates.globals.update(tabs=tabs, made_at=made_at, base_url=base_url, contact=contact)

    def add(
        self,
        path: str,
        template: str,
        *,
        sources: Iterable[str] = (),
        listed: bool = True,
        changed_at: datetime | None = None,
        root: str | None = None,
        objects: bool = False,
        **context: Any,
    ) -> None:
        """Add a page.

        sources: other sites whose images it may show. listed: search engines may list it. changed_at: when what it
        says last changed. root: leads to the top of the site, where the page's path does not. objects: it shows
        drawings whose parts are links.
        """
        root = "../" * path.count("/") if root is None else root
        policy = POLICY | {"img-src": " ".join((POLICY["img-src"], *sources))}
        if objects:
            policy["object-src"] = policy["frame-src"] = POLICY["script-src"]
        text = self._templates.get_template(template).render(
            context,
            root=root,
            path=path,
            listed=listed,
            policy="; ".join(f"{name} {value}" for name, value in policy.items()),
            asset=lambda name: f"{root}assets/{name}?{self._versions[name]}",
        )
        self.edition.write(path, text)
        self.written.append(path)
        if listed:
            self.listed[path] = changed_at

    def add_data(self, name: str, variable: str, value: Any) -> None:
        """Add a value for scripts. A page that was opened from a file may load a script, but not fetch JSON."""
        self._add_asset(name, f"globalThis.{variable} = {as_json(value)};\n".encode())

    def _add_asset(self, name: str, body: bytes) -> None:
        self.edition.write(f"assets/{name}", body)
        self._versions[name] = hashlib.sha256(body).hexdigest()[:8]


def anchor(name: str) -> str:
    """Return an id for a section: a publisher's name may have what an id may not."""
    return f"of-{slug(name) or short_digest(name)}"


def capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
