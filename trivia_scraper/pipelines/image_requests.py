"""Makes a request for each image of an event, with its record from the ledger."""

from __future__ import annotations

from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from trivia_scraper.db.image_layout import venue_folder
from trivia_scraper.db.image_ledger import EventImages, VenueImageLedger, VenueImageRecord
from trivia_scraper.items import Event

INVALID = "about:invalid"
"""The URL of the request for an image with an invalid URL."""


def make_requests(event: Event, kind: str, ledger: VenueImageLedger) -> list[Request]:
    """Return a request for each image that the page names, then for each of a kind that only the stored event shows.

    A pinned image replaces all images of its kind on the page, unless its file is lost. kind: of the event's own
    images, hero or logo.

    The `meta` of a request has `record` and `shown` (see ImageWork), `refused` (why no request can be sent, or None),
    and `named` (whether the page names the image).
    """
    known = ledger.read_event_images(event.publisher, event.publisher_id, str(event.venue.slug))
    requests, missing = [], dict(known.shown)
    named = _named_images(event, kind)
    named_kinds = {each for each, _ in named}
    pinned = {
        each: image
        for each, image in known.shown.items()
        if _is_pinned(image, event, known, ledger) and (each not in named_kinds or ledger.has_file(image))
    }
    for image in pinned.values():  # regardless of what the page names
        requests.append(_request(image))
        missing.pop(image.kind)
    for kind_, url in named:
        if kind_ in pinned:
            continue
        shown = known.shown.get(kind_)
        record = known.stored.get((kind_, url)) or known.new_record(kind_, url, _folder(event, kind_, known, ledger))
        requests.append(_request(record, shown if shown is not None and shown.url != url else None))
        missing.pop(kind_, None)
    return requests + [_request(shown, named=False) for shown in missing.values()]


def _named_images(event: Event, kind: str) -> list[tuple[str, str]]:
    """Return kind and URL of each image that a page names, without duplicates."""
    images = [(kind, url) for url in event.image_urls]
    if event.performer is not None and event.performer.image_url:
        images.append(("performer", event.performer.image_url))
    return list(dict.fromkeys(images))


def _is_pinned(image: VenueImageRecord, event: Event, known: EventImages, ledger: VenueImageLedger) -> bool:
    """Return whether an image that the event shows is pinned. The pin of a host's image ends if the host changes."""
    if image.pinned_at is None or image.kind != "performer" or event.performer is None:
        return image.pinned_at is not None
    return image.stem.startswith(f"{ledger.get_host_folder(known, event.performer.name)}/")


def _folder(event: Event, kind: str, known: EventImages, ledger: VenueImageLedger) -> str:
    if kind != "performer" or event.performer is None:
        return venue_folder(known.venue_slug)
    return ledger.get_host_folder(known, event.performer.name)


def _request(record: VenueImageRecord, shown: VenueImageRecord | None = None, *, named: bool = True) -> Request:
    meta = {"record": record, "shown": shown, "named": named, "refused": None, "image_result": {"kind": record.kind}}
    try:
        return Request(record.url, callback=NO_CALLBACK, meta=meta)
    except ValueError as error:
        return Request(INVALID, callback=NO_CALLBACK, meta=meta | {"refused": str(error)})
