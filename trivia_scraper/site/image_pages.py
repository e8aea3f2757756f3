"""The pages about images over time: what replaced what at each venue, and the oldest images of each publisher."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nsmallest
from itertools import groupby
from typing import Any

from trivia_scraper.db.queries import StoredEvent, StoredImage
from trivia_scraper.db.run_reports import Failure, Report
from trivia_scraper.site import reasons
from trivia_scraper.site.before_after import KINDS, Pair
from trivia_scraper.site.images import Size
from trivia_scraper.site.pages import Pages
from trivia_scraper.site.run_views import Names, Place
from trivia_scraper.site.venues import VenueView

OLDEST = 40
"""Images of a publisher in the list of the oldest ones."""


def add_histories(
    pages: Pages,
    paths: Mapping[str, str],
    pairs: Iterable[tuple[int | None, Sequence[Pair]]],
    reports: Iterable[Report],
    names: Names,
) -> None:
    """Add a page for each venue that has replaced images or failed downloads, and a list of these pages.

    paths: slug -> path. pairs: of each run; None for those that an operator replaced.
    """
    found: defaultdict[str, list[tuple[int | None, Pair]]] = defaultdict(list)
    for run_id, some in pairs:
        for pair in some:
            found[pair.slug].append((run_id, pair))
    failed: defaultdict[str, list[tuple[Mapping[str, Any], str, Failure, str]]] = defaultdict(list)
    for report in reports:
        for each in report.failures:
            words = reasons.failure(each.reason, [each.found])
            failed[each.slug].append((report.row, KINDS.get(each.kind, each.kind), each, words))
    pubs = []
    for slug, path in paths.items():
        changes = sorted(found[slug], key=lambda each: (each[1].kind, -each[1].at.timestamp()))
        kinds = [(kind, list(group)) for kind, group in groupby(changes, key=lambda each: each[1].kind)]
        at = names.place(slug)
        pages.add(path, "history.html", listed=False, at=at, kinds=kinds, failed=failed[slug])
        pubs.append((at, names.town(slug), path, len(changes), len(failed[slug])))
    pubs.sort(key=lambda each: (each[0].name.casefold(), *each[1:3]))
    pages.add("histories.html", "histories.html", listed=False, pubs=pubs)


@dataclass(frozen=True, slots=True)
class Old:
    """An image that its publisher confirmed long ago."""

    at: Place
    slug: str
    kind: str
    checked_at: datetime
    outcome: str
    thumb: Size | None


def add_oldest(
    pages: Pages, events: Iterable[StoredEvent], venues: Iterable[VenueView], histories: Mapping[str, str]
) -> None:
    """Add the list of the images that publishers confirmed longest ago."""
    views = {view.slug: view for view in venues}
    images: defaultdict[str, dict[tuple[str, str], tuple[StoredEvent, StoredImage]]] = defaultdict(dict)
    for event in events:
        for image in event.images:
            if image.checked_at and image.path:
                images[event.publisher][str(event.venue.slug), image.url] = event, image
    oldest = {
        publisher: [
            _old(event, image, views[slug])
            for (slug, _), (event, image) in nsmallest(OLDEST, found.items(), key=lambda each: _age_key(each[1][1]))
        ]
        for publisher, found in sorted(images.items())
    }
    pages.add("oldest.html", "oldest.html", listed=False, oldest=oldest, histories=histories, most=OLDEST)


def _age_key(image: StoredImage) -> tuple[datetime, str]:
    return image.checked_at or datetime.max.replace(tzinfo=UTC), image.url


def _old(event: StoredEvent, image: StoredImage, view: VenueView) -> Old:
    thumb = next((photo.sizes[0] for photo in view.photographs if photo.sha256 == image.sha256), None)
    checked_at = image.checked_at or event.last_seen_at
    said = reasons.outcome(image.status, image.reason)
    return Old(Place(view.name, view.path), view.slug, KINDS.get(image.kind, image.kind), checked_at, said, thumb)
