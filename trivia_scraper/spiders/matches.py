"""Counts how often each selector and JSON key that a spider reads matches anything on a publisher's pages.

If the publisher renames a class or key, its count falls, even if the spider finds the field by another selector.

A selector counts once per page, and matches if it matches anywhere on the page. A listing has few pages but many
entries, so a selector that is used inside an element of a listing counts once per element. A key of JSON counts once
per object, and a constant of a publisher's file once per value that can confirm it.

The name of a selector inside an element begins with the selector of that element ("a > b"). The name of a key begins
with the keys that lead to it ("a.b").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parsel import SelectorList
from scrapy.http import HtmlResponse, Response
from scrapy.selector import Selector

PAGES, ELEMENTS, KEYS, CONSTANTS = "pages", "elements", "keys", "constants"
"""Kinds of counts; a count's name is `<kind>/<selector, key or constant>`."""
_MOST = 300
"""Maximum names in one run, more than any spider has. Look-ups of further names are only counted together."""
_LONGEST = 160
_EMPTY: tuple[Any, ...] = (None, "", [], {})


class Matches:
    """The counts of one run.

    counts: name -> [number of look-ups, number of matches]. first_without: name -> page of its first miss.
    count_unnamed: called for each look-up whose name is one too many.
    """

    def __init__(self, count_unnamed: Callable[[], None] = lambda: None) -> None:
        self.counts: dict[str, list[int]] = {}
        self.first_without: dict[str, str] = {}
        self._count_unnamed = count_unnamed

    def count(self, kind: str, what: str, page: str, *, matched: bool, again: bool = False) -> None:
        """Count a look-up. again: it was counted before without a match, so only the match is added."""
        name = f"{kind}/{what}"
        if (count := self.counts.get(name)) is None:
            if len(self.counts) >= _MOST:
                return self._count_unnamed()
            count = self.counts[name] = [0, 0]
        count[0] += not again
        count[1] += matched
        if not matched:
            self.first_without.setdefault(name, page)
        elif again and self.first_without.get(name) == page:
            del self.first_without[name]

    def watch_page(self, response: Response, *, is_listing: bool = False) -> None:
        """Count the selectors used on a response. This may parse it, so `check_markup` must have accepted it before."""
        if isinstance(response, HtmlResponse) and response._cached_selector is None:
            response._cached_selector = self.watched(response.selector, response.url, is_listing=is_listing)

    def watched(self, tree: Any, page: str, *, is_listing: bool = False) -> WatchedSelector:
        """Return a selector of a parsed page that counts the selectors used in it."""
        selector = WatchedSelector(root=tree.root, type=tree.type)
        selector.page = _Page(self, page, is_listing)
        return selector

    def watched_objects(self, page: str) -> Callable[[dict[str, Any]], WatchedObject]:
        """Return a function, for example for `json.loads`, that turns a dict into one that counts the keys read."""

        def watch(value: dict[str, Any]) -> WatchedObject:
            found = WatchedObject(value)
            found.watcher = self, page, ""
            return found

        return watch


class _Page:
    """Counts the selectors of one page. A selector that is used several times on it counts once."""

    def __init__(self, matches: Matches, url: str, is_listing: bool) -> None:
        self.matches, self.url, self.is_listing = matches, url, is_listing
        self.seen: dict[str, bool] = {}

    def count(self, name: str, found: SelectorList[Any], *, inside: bool) -> None:
        matched = _has_value(found)
        if inside and self.is_listing:
            return self.matches.count(ELEMENTS, name, self.url, matched=matched)
        before = self.seen.get(name)
        if before is None or matched > before:
            self.matches.count(PAGES, name, self.url, matched=matched, again=before is not None)
            self.seen[name] = matched


_OF_ANY_ELEMENT = ("::", "string()", ".//text()", "@*")
"""Beginnings of selectors that name no element. They read the text or an attribute of the element at hand."""


def _name(query: str, parent: str) -> str:
    """Return the name of a selector, shortened to _LONGEST characters."""
    own = " ".join(query.split())[: _LONGEST // 2 if parent else _LONGEST]
    return f"{parent[: _LONGEST // 2 - 3]} > {own}" if parent else own


def _has_value(found: SelectorList[Any]) -> bool:
    """Return whether a selector matched: string() of nothing is an empty text."""
    return bool(found) and (len(found) > 1 or found[0].root != "")


class WatchedSelector(Selector):
    """A selector that counts the selectors used in it, and in the elements that they find."""

    page: _Page | None = None
    name = ""
    """Name of the selector that found this element, or "" for the page."""

    def css(self, query: str) -> SelectorList[Any]:
        return self._watch(query, super().xpath(self._css2xpath(query)))

    def xpath(self, query: str, *args: Any, **kwargs: Any) -> SelectorList[Any]:
        return self._watch(query, super().xpath(query, *args, **kwargs))

    def _watch(self, query: str, found: SelectorList[Any]) -> SelectorList[Any]:
        if self.page is not None and not (self.name and query.startswith(_OF_ANY_ELEMENT)):
            name = _name(query, self.name)
            self.page.count(name, found, inside=bool(self.name))
            for each in found:
                each.page, each.name = self.page, name
        return found


class WatchedObject(dict[str, Any]):
    """An object of JSON. `get` counts whether its key has a value; `[]` does not count."""

    __slots__ = ("watcher",)
    watcher: tuple[Matches, str, str]
    """The counts, the page, and the keys that lead to this object, each followed by a dot."""

    def get(self, key: str, default: Any = None) -> Any:
        value = super().get(key, default)
        matches, page, parents = self.watcher
        name = f"{parents}{key}"[-_LONGEST:]
        matches.count(KEYS, name, page, matched=value not in _EMPTY)
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, WatchedObject):
                each.watcher = matches, page, f"{name}."
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as a plain dict: the queue of a JOBDIR is on disk, and the counts stay in this process."""
        return dict, (dict(self),)
