"""Counts how often each selector and JSON key that a spider reads matches anything on a publisher's pages.

A class or key that a publisher renames is then seen at the selector, also where another selector still finds the field.
Pages are counted for selectors on a page, elements for selectors inside an element, objects for keys, and values for
constants of a publisher's file that its pages confirm.
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
"""Names in one run, more than any spider has selectors."""
_LONGEST = 160
_EMPTY: tuple[Any, ...] = (None, "", [], {})


class Matches:
    """The counts of one run.

    counts: name -> [how often it was looked for, how often it matched]. first_without: name -> page of its first miss.
    """

    def __init__(self) -> None:
        self.counts: dict[str, list[int]] = {}
        self.first_without: dict[str, str] = {}

    def count(self, kind: str, what: str, page: str, *, matched: bool) -> None:
        name = f"{kind}/{what}"
        if (count := self.counts.get(name)) is None:
            if len(self.counts) >= _MOST:
                return
            count = self.counts[name] = [0, 0]
        count[0] += 1
        if matched:
            count[1] += 1
        else:
            self.first_without.setdefault(name, page)

    def watch_page(self, response: Response) -> None:
        """Count the selectors used on a response. Its selector may be created here, so it must be checked markup."""
        if isinstance(response, HtmlResponse) and response._cached_selector is None:
            response._cached_selector = self.watched(response.selector, response.url)

    def watched(self, tree: Any, page: str) -> WatchedSelector:
        """Return the selector of a parsed page with counts of what is selected in it."""
        selector = WatchedSelector(root=tree.root, type=tree.type)
        selector.watcher = _Page(self, page)
        return selector

    def watched_objects(self, page: str) -> Callable[[dict[str, Any]], WatchedObject]:
        """Return a function that makes objects of parsed JSON, whose keys are counted."""

        def watched(value: dict[str, Any]) -> WatchedObject:
            found = WatchedObject(value)
            found.watcher = self, page
            return found

        return watched


class _Page:
    """Counts the selectors of one page. A selector that is used several times on it counts once."""

    def __init__(self, matches: Matches, url: str) -> None:
        self.matches, self.url = matches, url
        self.elements = _Elements(matches, url)
        self.seen: set[str] = set()

    def count(self, query: str, found: SelectorList[Any]) -> None:
        if query not in self.seen:
            self.seen.add(query)
            self.matches.count(PAGES, _name(query), self.url, matched=_has_value(found))


class _Elements:
    """Counts the selectors inside elements of one page."""

    def __init__(self, matches: Matches, url: str) -> None:
        self.matches, self.url = matches, url
        self.elements = self

    def count(self, query: str, found: SelectorList[Any]) -> None:
        if not query.startswith(_OF_ANY_ELEMENT):
            self.matches.count(ELEMENTS, _name(query), self.url, matched=_has_value(found))


_OF_ANY_ELEMENT = ("::", "string()", ".//text()", "@*")
"""Beginnings of selectors that name no element: the text or an attribute of whatever was found before."""


def _name(query: str) -> str:
    return " ".join(query.split())[:_LONGEST]


def _has_value(found: SelectorList[Any]) -> bool:
    """Return whether a selector matched: string() of nothing is an empty text."""
    return bool(found) and (len(found) > 1 or found[0].root != "")


class WatchedSelector(Selector):
    watcher: _Page | _Elements | None = None

    def css(self, query: str) -> SelectorList[Any]:
        return self._watch(query, super().xpath(self._css2xpath(query)))

    def xpath(self, query: str, *args: Any, **kwargs: Any) -> SelectorList[Any]:
        return self._watch(query, super().xpath(query, *args, **kwargs))

    def _watch(self, query: str, found: SelectorList[Any]) -> SelectorList[Any]:
        if self.watcher is not None:
            self.watcher.count(query, found)
            for each in found:
                each.watcher = self.watcher.elements
        return found


class WatchedObject(dict[str, Any]):
    """An object of JSON. `get` counts whether its key has a value."""

    __slots__ = ("watcher",)
    watcher: tuple[Matches, str]

    def get(self, key: str, default: Any = None) -> Any:
        value = super().get(key, default)
        matches, page = self.watcher
        matches.count(KEYS, key, page, matched=value not in _EMPTY)
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        """Become a plain dict in a job's queue on disk."""
        return dict, (dict(self),)
