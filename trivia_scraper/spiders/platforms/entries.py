"""Base class for listings whose entries have all facts, so that no venue needs a page.

An entry is a date, a series of dates, or a venue with a text about its nights. The base class of a format reads the
entries, and its hooks return the facts of an entry. A publisher's spider overrides the hooks where its site differs.

Entries with the same id and name are one series, and their dates are combined into nights. If `event_name` is set, all
dates of a venue are one series. Otherwise titles distinguish the series.
"""

import re
from itertools import islice
from typing import Any

from trivia_scraper.items import Fee, Performer, Schedule, Venue
from trivia_scraper.parsing import addresses, text, urls
from trivia_scraper.parsing.fees import read_fee, read_fee_of_schedule
from trivia_scraper.parsing.schedule import is_upcoming, read_dates
from trivia_scraper.parsing.slugs import slug
from trivia_scraper.parsing.titles import without_dates
from trivia_scraper.spiders.base import ListingError, PublisherSpider

MOST_ENTRIES = 10_000
"""Entries of a listing, on all its pages. Reading this many takes about 4 s."""
MOST_COMPARED = 500_000
"""Objects that are compared to find a page that repeats the page before it."""

# Postcodes of Britain, Canada, Poland, the United States and Australia, where nothing else in an address looks like it.
_POSTCODE = re.compile(
    r"[\s,]+[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b|[\s,]+[A-Z]\d[A-Z] ?\d[A-Z]\d\b|,\s*\d\d-\d{3}\b"
    r"|,\s*\d{4,5}(?:-\d{4})?(?=\s*(?:,|$))|(?<=, [A-Z]{2}) \d{5}(?:-\d{4})?\b|(?<= [A-Z]{3}) \d{4}\b"
)


def is_coming(night, today):
    """Return whether a value of `nights_of` is a Schedule or an upcoming date."""
    return isinstance(night, Schedule) or is_upcoming(night[0], today)


def is_equal(one, other):
    """Return whether two parsed values are equal. Objects of JSON-LD may contain each other, so `==` might not end."""
    waiting, compared = [(one, other)], set[tuple[int, int]]()
    while waiting and len(compared) < MOST_COMPARED:
        left, right = waiting.pop()
        if isinstance(left, dict | list) and isinstance(right, dict | list):
            if (pair := (id(left), id(right))) in compared:
                continue
            compared.add(pair)
            keys = [list(each) if isinstance(each, dict) else range(len(each)) for each in (left, right)]
            if keys[0] != keys[1]:
                return False
            waiting += [(left[key], right[key]) for key in keys[0]]
        elif left != right:
            return False
    return not waiting


class EntriesSpider(PublisherSpider):
    event_name = ""
    title_pattern = ""
    """Regular expression that titles of quizzes contain, if the site lists other events too. Case is ignored."""
    organizer_is_host = False
    """Whether the organizer of an entry is its host. Most sites name themselves as the organizer."""

    def entries(self, response):
        """Yield the entries of a listing page. Raise ListingError for any other page."""
        raise NotImplementedError

    def next_page(self, response):
        """Return the URL of the listing's next page, or None. A pair (URL, data) sends data by POST."""
        return None

    def is_wanted(self, entry):
        """Return whether an entry is a quiz. Others are counted as `dropped/other_event`."""
        return bool(re.search(self.title_pattern, self.title_of(entry) or "", re.IGNORECASE))

    def is_cancelled(self, entry):
        """Return whether an entry says that it does not take place. It is counted as `dropped/cancelled`."""
        return False

    def is_online(self, entry):
        """Return whether an entry has no venue. It is counted as `dropped/online`."""
        return False

    def rejection_of(self, entry):
        """Return the word that rejects the venue, like "closed" if the entry says that it has no quiz, or None."""
        return None

    def is_on_break(self, entry):
        """Return whether an entry says that its night is paused. The event is kept, without dates."""
        return False

    def title_of(self, entry):
        """Return text."""
        return text.unescape(entry.get("title"))

    def url_of(self, entry):
        """Return the URL of an entry's own page. None: the event gets the URL of the listing."""
        return entry.get("url")

    def venue_of(self, entry) -> Venue:
        """Return a Venue, made by `self.make_venue(...)`."""
        raise NotImplementedError

    def id_of(self, entry, venue):
        """Return the publisher's id of the venue, the same every week.

        By default, it is made of the venue's name and its written address without postcodes, so that an added postcode
        keeps the id. If the town is not part of the address, it is added. Without an address, the postcode is used, or
        else the town. Override it if the site has an id or a page for each venue: here, a corrected address gives a new
        id.
        """
        place = venue.postcode or venue.city
        if venue.address:
            # London may have been read from the postcode.
            is_read = venue.city == addresses.read_address(venue.address, venue.country).city
            town = None if is_read or slug(venue.city or "") in slug(venue.address) else venue.city
            place = " ".join(filter(None, [_POSTCODE.sub("", venue.address), town]))
        return "-".join(filter(None, map(slug, filter(None, [venue.name, place]))))

    def name_of(self, entry, venue):
        """Return the name of the entry's series: `event_name`, or its title without dates."""
        return self.event_name.format(venue=venue.name) or without_dates(self.title_of(entry)) or venue.name

    def stated_zone(self, entry):
        """Return the time zone that an entry states."""
        return None

    def nights_of(self, entry, timezone, today):
        """Return Schedules, or pairs of date and start time, which are combined per series. See `parsing/schedule`."""
        return []

    def fee_of(self, entry, country) -> Fee:
        """Return a Fee, made by `read_fee(text, country)`. If it has no text, the description is read too."""
        return read_fee(entry.get("fee"), country)

    def host_of(self, entry) -> Performer | None:
        """Return a Performer, or None."""
        return None

    def images_of(self, entry):
        """Return the URLs of an entry's images, the best first. Only the first is used."""
        return []

    def description_of(self, entry):
        """Return text or HTML."""
        return entry.get("description")

    # Texts that `find_nights` got for the entry that is being read. None: it was not called, because the entry states
    # dates. `nights_of` returns [] both for a day that cannot be read and for an entry without a day.
    _words: list[str] | None = None

    def find_nights(self, texts, timezone, hints=(), *, of_each=False):
        texts = list(texts)
        self._words = [*(self._words or []), *filter(None, map(text.clean, texts))]
        return super().find_nights(texts, timezone, hints, of_each=of_each)

    def read_listing(self, response, before=()):
        """Request the next page of the listing, or yield the events of all pages after the last one.

        before: entries of the pages before this one, because a series may be on several pages. A page that is empty or
        repeats the page before it is the last one, even if it links to another.
        """
        found = list(islice(self.entries(response), MOST_ENTRIES + 1))
        is_repeated = bool(before) and is_equal(found, list(before)[len(before) - len(found) :])  # or empty
        entries = [*before, *([] if is_repeated else found)]
        if len(entries) > MOST_ENTRIES:
            raise ListingError(f"the listing {response.url} has more than {MOST_ENTRIES:,} entries")
        if not entries:
            raise ListingError(f"the listing {response.url} names no events")
        following = None if is_repeated else self.next_page(response)
        url, data = following if isinstance(following, tuple) else (following, None)
        keywords = {"before": entries} | ({} if data is None else {"data": data})
        try:
            later = list(self.request_listing_pages(response, [(url, keywords)])) if url else []
        except ListingError:
            yield from self.read_entries(entries, response.url, self.today(response))
            raise
        yield from later or self.read_entries(entries, response.url, self.today(response))

    def listing_failed(self, failure):
        """Yield the events of the pages before the page that failed. The run fails."""
        yield from super().listing_failed(failure)
        if before := failure.request.cb_kwargs.get("before"):
            yield from self.read_entries(before, failure.request.url, self.today())

    def read_entries(self, entries, page, today, publisher_id=None):
        """Yield the events of entries. publisher_id: set if the entries are from the page of this venue."""
        series: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
        watched = self.matches.watched_objects(page)
        unclear: dict[str, list[str] | None] = {}
        rejected: dict[str, tuple[str, Any]] = {}
        for entry in (watched(each) if type(each) is dict else each for each in entries):
            if reason := self._left_out(entry):
                self._count(f"dropped/{reason}")
                continue
            venue = self.venue_of(entry)
            own_id = publisher_id or text.clean(self.id_of(entry, venue))
            if not own_id:
                self.reject(page, "no_id" if venue.name else "no_name", self.title_of(entry))
                continue
            if word := self.rejection_of(entry) or (None if venue.name else "no_name"):
                rejected.setdefault(own_id, (word, self.title_of(entry)))
                continue
            timezone = self.find_zone(venue, self.stated_zone(entry))
            self._words = None
            found = list(filter(None, self.nights_of(entry, timezone, today)))
            if not found and self._words != []:
                unclear[own_id] = self._words
            series.setdefault((own_id, self.name_of(entry, venue)), []).append((entry, venue, timezone, found))
        read = set()
        for (own_id, name), listed in series.items():
            stated = [night for *_, found in listed for night in found]
            if nights := self._nights(stated, listed[0][2], today):
                read.add(own_id)
                yield from self._events(own_id, name, nights, listed, page, today)
            elif stated:
                self._count("dropped/not_upcoming")
            else:
                word = "no_weekday" if own_id in unclear else "no_schedule"
                rejected.setdefault(own_id, (word, unclear.get(own_id) or name))
        for own_id, (word, said) in rejected.items():
            if own_id in read:
                self._count("nights/entry_not_read")
            else:
                self.reject(own_id, word, said)

    def _left_out(self, entry):
        """Return the name under which an entry is counted if it is left out, else None."""
        if self.is_cancelled(entry):
            return "cancelled"
        return "online" if self.is_online(entry) else None if self.is_wanted(entry) else "other_event"

    def _nights(self, stated, timezone, today):
        """Return the nights of a series: its Schedules, and the nights that its dates form."""
        regular = {(each.weekday, each.start_time): each for each in stated if isinstance(each, Schedule)}
        dates = [each for each in stated if not isinstance(each, Schedule)]
        return [*regular.values(), *read_dates(dates, timezone, today)]

    def _events(self, publisher_id, name, nights, listed, page, today):
        # The first upcoming entry has the facts. A past date may have had another fee or host.
        entry, venue, *_ = next(each for each in listed if any(is_coming(night, today) for night in each[3]))
        url = urls.make_absolute(page, text.clean(self.url_of(entry)) or page)
        yield from self.make_events(
            nights,
            publisher_id,
            url,
            venue,
            name=name,
            on_break=self.is_on_break(entry),
            description=self.extract_text(self.description_of(entry)),
            fee=self._fee(entry, venue.country),
            performer=self.host_of(entry),
            image_urls=self.find_image_urls(url, self.images_of(entry))[:1],
        )

    def _fee(self, entry, country):
        """Return the fee of an entry, or the fee in a paragraph of its description if it has none of its own."""
        fee = self.fee_of(entry, country)
        if fee.raw is None:
            paragraphs = (self.extract_text(self.description_of(entry)) or "").split("\n")
            said = (read_fee_of_schedule(each, country) for each in paragraphs if each)
            fee = next((each for each in said if each.amount is not None), fee)
        return fee
