"""Listings whose entries say everything: each is a date, a series of dates, or a venue with words on its nights.

A format's base class reads the entries and says, in the hooks below, where each fact is in one. A publisher's spider
overrides the hooks for which its site differs. Entries of one venue and one series become its nights: what has the same
id and name is one series. With `event_name`, all dates of a venue are one series; without it, titles distinguish them.
"""

import re
from itertools import islice
from typing import Any

from trivia_scraper.items import Fee, Performer, Schedule, Venue
from trivia_scraper.parsing import text, urls
from trivia_scraper.parsing.fees import read_fee, read_fee_of_schedule
from trivia_scraper.parsing.schedule import is_upcoming, read_dates
from trivia_scraper.parsing.slugs import slug
from trivia_scraper.parsing.titles import without_dates
from trivia_scraper.spiders.base import ListingError, PublisherSpider

MOST_ENTRIES = 10_000
"""Of one listing, all its pages together. Reading this many takes about 4 s."""
MOST_PAGES = 200


def is_coming(night, today):
    """Return whether what `nights_of` gave is not over."""
    return isinstance(night, Schedule) or is_upcoming(night[0], today)


class EntriesSpider(PublisherSpider):
    event_name = ""
    title_pattern = ""
    """A regular expression that titles of quizzes contain, where other events are listed too; any letter case."""
    organizer_is_host = False
    """Whether the organizer of an entry hosts it. Most sites name themselves."""

    def entries(self, response):
        """Yield the entries of a listing page. Raise ListingError for another page."""
        raise NotImplementedError

    def next_page(self, response):
        """Return the address of the listing's next page, or None; with what is sent to it by POST, a pair."""
        return None

    def is_wanted(self, entry):
        """Return whether an entry is a quiz. Others are counted as `dropped/other_event`."""
        return bool(re.search(self.title_pattern, self.title_of(entry) or "", re.IGNORECASE))

    def is_cancelled(self, entry):
        """Return whether an entry says that it does not take place. Counted as `dropped/cancelled`."""
        return False

    def is_online(self, entry):
        """Return whether an entry has no venue. Counted as `dropped/online`."""
        return False

    def title_of(self, entry):
        return text.plain(entry.get("title"))

    def url_of(self, entry):
        """Return the address of an entry's own page; default: the listing's."""
        return entry.get("url")

    def venue_of(self, entry) -> Venue:
        raise NotImplementedError

    def id_of(self, entry, venue):
        """Return the publisher's id of the venue, the same next week; default: made of its name and place."""
        return slug(" ".join(filter(None, [venue.name, venue.postcode or venue.city])))

    def name_of(self, entry, venue):
        """Return the name of the entry's series: `event_name`, or its title without dates."""
        return self.event_name.format(venue=venue.name) or without_dates(self.title_of(entry)) or venue.name

    def stated_zone(self, entry):
        """Return the time zone that an entry states."""
        return None

    def nights_of(self, entry, timezone, today):
        """Return Schedules, or dates with their start times, which are gathered per series. See `parsing/schedule`."""
        return []

    def fee_of(self, entry, country) -> Fee:
        return read_fee(entry.get("fee"), country)

    def host_of(self, entry) -> Performer | None:
        return None

    def images_of(self, entry):
        """Return the addresses of an entry's images, the best first; the first is used."""
        return []

    def description_of(self, entry):
        """Return text or HTML."""
        return entry.get("description")

    _has_words: bool | None = None
    """Whether the entry being read has words on its nights. None: it states dates, or should."""

    def nights_in(self, texts, timezone, hints=(), *, of_each=False):
        texts = list(texts)
        self._has_words = bool(self._has_words) or any(map(text.clean, texts))
        return super().nights_in(texts, timezone, hints, of_each=of_each)

    def read_listing(self, response, before=()):
        """Read a page. before: the entries of the pages before it, since one series may be on several.

        A page that is empty, or repeats the page before it, is the last one, whatever it leads to.
        """
        found = list(islice(self.entries(response), MOST_ENTRIES + 1))
        is_repeated = bool(before) and found == list(before)[len(before) - len(found) :]  # or empty
        entries = [*before, *([] if is_repeated else found)]
        if len(entries) > MOST_ENTRIES or len(self.listing_pages) > MOST_PAGES:
            raise ListingError(
                f"the listing {response.url} has more than {MOST_ENTRIES:,} entries or {MOST_PAGES} pages"
            )
        if not entries:
            raise ListingError(f"the listing {response.url} names no events")
        following = None if is_repeated else self.next_page(response)
        url, data = following if isinstance(following, tuple) else (following, None)
        keywords = {"before": entries} | ({} if data is None else {"data": data})
        try:
            later = list(self.listing_requests(response, [(url, keywords)])) if url else []
        except ListingError:
            yield from self.read_entries(entries, response.url, self.today(response))
            raise
        yield from later or self.read_entries(entries, response.url, self.today(response))

    def listing_failed(self, failure):
        """Yield what the pages before a page that failed have named. The run fails."""
        yield from super().listing_failed(failure)
        if before := failure.request.cb_kwargs.get("before"):
            yield from self.read_entries(before, failure.request.url, self.today())

    def read_entries(self, entries, page, today, publisher_id=None):
        """Yield the events of entries. publisher_id: of the venue's page that has them, if it is one."""
        series: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
        unclear = set()
        for entry in entries:
            if reason := self._left_out(entry):
                self._count(f"dropped/{reason}")
                continue
            venue = self.venue_of(entry)
            own_id = publisher_id or text.clean(self.id_of(entry, venue))
            if not venue.name or not own_id:
                self.reject(own_id or page, "no_id" if venue.name else "no_name", self.title_of(entry))
                continue
            timezone = self.zone_of(venue, self.stated_zone(entry))
            self._has_words = None
            found = list(filter(None, self.nights_of(entry, timezone, today)))
            if not found and self._has_words is not False:
                unclear.add(own_id)
            series.setdefault((own_id, self.name_of(entry, venue)), []).append((entry, venue, timezone, found))
        read, unread = set(), {}
        for (own_id, name), listed in series.items():
            stated = [night for *_, found in listed for night in found]
            if nights := self._nights(stated, listed[0][2], today):
                read.add(own_id)
                yield from self._events(own_id, name, nights, listed, page, today)
            elif stated:
                self._count("dropped/not_upcoming")
            else:
                unread[own_id] = name
        for own_id, name in unread.items():
            if own_id in read:
                self._count("nights/entry_not_read")
            else:
                self.reject(own_id, "no_weekday" if own_id in unclear else "no_schedule", name)

    def _left_out(self, entry):
        """Return the name under which an entry is counted that is not read, or None."""
        if self.is_cancelled(entry):
            return "cancelled"
        return "online" if self.is_online(entry) else None if self.is_wanted(entry) else "other_event"

    def _nights(self, stated, timezone, today):
        """Return the nights of a series: the regular ones, and what its dates are together."""
        regular = {(each.weekday, each.start_time): each for each in stated if isinstance(each, Schedule)}
        dates = [each for each in stated if not isinstance(each, Schedule)]
        return [*regular.values(), *read_dates(dates, timezone, today)]

    def _events(self, publisher_id, name, nights, listed, page, today):
        # The facts of the next date: one that is over may have had another fee or host.
        entry, venue, *_ = next(each for each in listed if any(is_coming(night, today) for night in each[3]))
        url = urls.absolute(page, text.clean(self.url_of(entry)) or page)
        yield from self.events(
            nights,
            publisher_id,
            url,
            venue,
            name=name,
            description=self.plain_text(self.description_of(entry)),
            fee=self._fee(entry, venue.country),
            performer=self.host_of(entry),
            image_urls=self.image_urls(url, self.images_of(entry))[:1],
        )

    def _fee(self, entry, country):
        """Return the fee of an entry; if it states none, what a paragraph of its description says of it."""
        fee = self.fee_of(entry, country)
        if fee.raw is None:
            paragraphs = (self.plain_text(self.description_of(entry)) or "").split("\n")
            said = (read_fee_of_schedule(each, country) for each in paragraphs if each)
            fee = next((each for each in said if each.amount is not None), fee)
        return fee
