"""The store alone, without a crawl: schema and migrations, who a venue is, how values meet, what rolls back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from scrapy.utils.test import get_crawler
from sqlalchemy import func, select

from trivia_scraper.db import events, history, image_ledger, runs
from trivia_scraper.db.engine import Store
from trivia_scraper.db.field_rules import EVENT_RULES, VENUE_RULES
from trivia_scraper.db.image_decisions import explain
from trivia_scraper.db.known_venues import mark_listed, visits
from trivia_scraper.db.migrate import _scripts
from trivia_scraper.db.migrations import NEWEST
from trivia_scraper.db.schema import events as events_table
from trivia_scraper.db.schema import metadata, storable, venue_keys, venues
from trivia_scraper.db.venues import identify
from trivia_scraper.errors import StoreError
from trivia_scraper.images.placing import Placed
from trivia_scraper.images.storage.base import FileStat
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.validate import Picture
from trivia_scraper.items import Event, Fee, ImageResult, Performer, Schedule, Venue
from trivia_scraper.parsing.slugs import short_digest
from trivia_scraper.pipelines.validation import MAX_FEE, ValidatePipeline
from trivia_scraper.spiders.quizmeisters import QuizmeistersSpider

NOW = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)


def begin_run(store: Store) -> int:
    facts: dict[str, Any] = {"arguments": {}, "job_id": None, "source": "sandbox", "version": "test"}
    return store.run(runs.begin, publisher="quizmeisters", now=NOW, **facts)


def event(publisher_id: str = "vic-the-fox", **facts: Any) -> Event:
    venue = Venue(
        name="The Fox",
        address="1 High St, Ballarat, Victoria, 3350, AU",
        city="Ballarat",
        postcode="3350",
        latitude=-37.56,
        longitude=143.86,
        phone="+61353000000",
        website="https://fox.example/",
    )
    schedule = Schedule("Tuesdays at 7pm", 2, "19:00", "weekly", "FREQ=WEEKLY;BYDAY=TU", "Australia/Melbourne")
    given: dict[str, Any] = {
        "venue": venue,
        "schedule": schedule,
        "fee": Fee("$5", 500, "AUD"),
        "performer": Performer("Sam"),
    }
    return Event(
        "quizmeisters", publisher_id, "https://q.example/fox", "Quiz at The Fox", "Upstairs.", **(given | facts)
    )


def record(store: Store, run_id: int, found: Event, now: datetime = NOW) -> events.Recorded:
    found.venue.slug = store.run(identify, found.publisher, found.publisher_id, found.venue, now)
    return store.run(events.record, found, run_id, now)


def test_migrations_build_the_schema_of_the_code(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    with _scripts() as scripts:
        assert ScriptDirectory(str(scripts)).get_heads() == [NEWEST]


def test_a_newer_database_is_refused_with_a_sentence(store: Store, database: str) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="upgraded by a newer version"):
        Store(database)


def test_a_first_event_is_new_and_the_same_again_is_unchanged(store: Store) -> None:
    first = record(store, begin_run(store), event())
    later = NOW + timedelta(days=7)
    second = record(store, begin_run(store), event(), later)
    assert (first.change, second.change) == ("new", "unchanged")
    (stored,) = store.run(events.listed)
    assert (stored["first_seen_at"], stored["updated_at"]) == (NOW, NOW)
    assert (stored["last_seen_at"], stored["scraped_at"]) == (later, later)
    assert store.run(history.changes_of_run, 2) == []


def test_a_sparse_page_after_a_full_one_erases_nothing(store: Store) -> None:
    record(store, begin_run(store), event())
    (full,) = store.run(events.listed)
    sparse = event(
        venue=Venue(name="The Fox"), schedule=Schedule("Tuesdays", 2, None, "weekly", "FREQ=WEEKLY;BYDAY=TU"), fee=Fee()
    )
    sparse.description = sparse.performer = None
    record(store, begin_run(store), sparse)
    (stored,) = store.run(events.listed)
    for kept in ("venue", "fee", "performer", "description"):
        assert stored[kept] == full[kept]
    assert stored["schedule"] == full["schedule"] | {"raw": "Tuesdays"}


def test_a_moved_night_without_a_clock_does_not_inherit_one(store: Store) -> None:
    record(store, begin_run(store), event())
    run_id = begin_run(store)
    moved = Schedule("Wednesdays", 3, None, "weekly", "FREQ=WEEKLY;BYDAY=WE")
    assert record(store, run_id, event(schedule=moved)).change == "changed"
    (stored,) = store.run(events.listed)
    assert (stored["schedule"]["weekday"], stored["schedule"]["start_time"]) == (3, None)
    changes = {each["field"]: (each["old"], each["new"]) for each in store.run(history.changes_of_run, run_id)}
    assert changes["weekday"] == (2, 3)
    assert changes["start_time"] == ("19:00", None)


def test_a_fee_is_replaced_as_a_whole(store: Store) -> None:
    record(store, begin_run(store), event())
    record(store, begin_run(store), event(fee=Fee("£2", 200, None)))
    assert store.run(events.listed)[0]["fee"] == {"raw": "£2", "amount": 200, "currency": None, "per": None}


def test_every_column_of_a_venue_and_of_an_event_has_its_rule() -> None:
    stamps = {"id", "slug", "postcode_key", "created_at", "updated_at"}
    assert {column.name for column in venues.columns} - stamps == set(VENUE_RULES)
    kept = {"id", "publisher", "publisher_id", "night", "missed_runs", "last_run_id"}
    kept |= {"first_seen_at", "last_seen_at", "scraped_at", "updated_at"}
    assert {column.name for column in events_table.columns} - kept == set(EVENT_RULES)


def test_names_alone_never_match_and_slugs_stay(store: Store) -> None:
    horses = [
        ("1", Venue("The White Horse", city="London", postcode="SW6 4UL")),
        ("2", Venue("The White Horse", city="London", postcode="NW3 2QX")),
        ("3", Venue("The White Horse", city="London", postcode="SE15 4JR")),
        ("4", Venue("the white horse!", city="London", postcode="SE15 4JR")),
    ]
    slugs = [store.run(identify, "inquizition", number, venue, NOW) for number, venue in horses]
    assert slugs == [
        "the-white-horse",
        "the-white-horse-london",
        "the-white-horse-se15-4jr",
        f"the-white-horse-{short_digest('inquizition/4')}",
    ]
    again = [store.run(identify, "inquizition", number, venue, NOW) for number, venue in reversed(horses)]
    assert again == slugs[::-1]


def test_an_event_that_cannot_be_stored_leaves_nothing_of_itself(store: Store) -> None:
    record(store, begin_run(store), event())
    (before,) = store.run(events.listed)
    broken = event(venue=Venue("The Fox, renamed"))
    broken.images = [ImageResult("hero", "https://q.example/never-opened.jpg", status="downloaded", reason="new")]
    with pytest.raises(Exception, match="No row was found"):
        record(store, begin_run(store), broken)
    assert store.run(events.listed) == [before]


def test_one_venue_of_two_nights_is_two_events_and_a_moved_one_stays_itself(store: Store) -> None:
    def night(day: int) -> Event:
        return event(schedule=Schedule("", day, "19:00", "weekly"))

    for nights in ([2, 4], [2, 5], [2, 5]):
        run_id = begin_run(store)
        for day in nights:
            record(store, run_id, night(day))
    assert [(each["night"], each["schedule"]["weekday"]) for each in store.run(events.listed)] == [(1, 2), (2, 5)]


def test_a_listed_venue_is_seen_and_one_under_visit_counts_as_not_scraped(store: Store) -> None:
    record(store, begin_run(store), event())
    later = NOW + timedelta(days=1)
    store.run(mark_listed, "quizmeisters", {"vic-the-fox"}, set(), later)
    assert store.run(visits, "quizmeisters")["vic-the-fox"].scraped_at == NOW
    assert store.run(events.listed)[0]["last_seen_at"] == later
    store.run(mark_listed, "quizmeisters", {"vic-the-fox"}, {"vic-the-fox"}, later)
    assert store.run(visits, "quizmeisters")["vic-the-fox"].scraped_at is None


def test_two_urls_of_one_file_name_get_two_places(store: Store) -> None:
    slug = store.run(identify, "quizmeisters", "vic-the-fox", event().venue, NOW)
    pictures = [("hero", "https://a.example/2025/bar.jpg"), ("hero", "https://a.example/2026/bar.png")]
    opened, shown = store.run(image_ledger.open_pictures, "quizmeisters", "vic-the-fox", slug, None, pictures)
    assert shown == {}
    stems = [entry.stem for entry in opened]
    assert stems[0] == "venues/the-fox/bar"
    assert len({stem.lower() for stem in stems}) == 2
    again, _ = store.run(image_ledger.open_pictures, "quizmeisters", "vic-the-fox", slug, None, pictures[::-1])
    assert [entry.stem for entry in again] == stems[::-1]


def test_two_hosts_of_one_name_at_two_venues_have_two_folders(store: Store) -> None:
    stems = []
    for publisher_id in ("vic-the-fox", "vic-the-hound"):
        venue = Venue(publisher_id.removeprefix("vic-"))
        slug = store.run(identify, "quizmeisters", publisher_id, venue, NOW)
        wanted = [("performer", "https://a.example/sam.jpg")]
        (entry,), _ = store.run(image_ledger.open_pictures, "quizmeisters", publisher_id, slug, "Sam", wanted)
        stems.append(entry.stem)
    assert stems == ["performers/sam/sam", "performers/sam-the-hound/sam"]


def test_instants_come_back_aware_and_naive_ones_are_refused(store: Store) -> None:
    record(store, begin_run(store), event())
    assert store.run(events.listed)[0]["scraped_at"].tzinfo is UTC
    with pytest.raises(Exception, match="has no time zone"):
        store.run(identify, "quizmeisters", "x", Venue("X"), NOW.replace(tzinfo=None))
    assert store.run(lambda connection: connection.scalar(select(func.count()).select_from(venue_keys))) == 1


def test_only_files_that_no_row_names_are_removed(store: Store, tmp_path: Path) -> None:
    """The check and the removal are one transaction, in which no other process can come to name the file."""
    files = LocalFileStore(tmp_path / "images")
    slug = store.run(identify, "quizmeisters", "vic-the-fox", event().venue, NOW)
    wanted = [("hero", "https://a.example/bar.jpg")]
    (entry,), _ = store.run(image_ledger.open_pictures, "quizmeisters", "vic-the-fox", slug, None, wanted)
    picture = Picture("JPEG", 2, 2, "0" * 64)
    thumb = "venues/the-fox/thumbs/small/bar.jpg"
    placed = Placed("venues/the-fox/bar.jpg", files.write("venues/the-fox/bar.jpg", b"new"), {"small": thumb}, "fill")
    store.run(image_ledger.record_file, entry, picture, placed, {}, "new", begin_run(store), NOW)
    for path in ("venues/the-fox/bar.png", thumb, "venues/the-fox/thumbs/wide/bar.jpg"):
        files.write(path, b"x")
    paths = ["venues/the-fox/bar.jpg", "venues/the-fox/bar.png", thumb, "venues/the-fox/thumbs/wide/bar.jpg"]
    assert store.run(image_ledger.remove_unnamed, files, paths) == []
    assert sorted(files.paths()) == sorted(["venues/the-fox/bar.jpg", thumb])


def test_a_picture_whose_row_another_process_took_away_is_not_recorded(store: Store, tmp_path: Path) -> None:
    slug = store.run(identify, "quizmeisters", "vic-the-fox", event().venue, NOW)
    wanted = [("hero", "https://a.example/bar.jpg")]
    (entry,), _ = store.run(image_ledger.open_pictures, "quizmeisters", "vic-the-fox", slug, None, wanted)
    store.run(image_ledger.forget, [entry.id])
    with pytest.raises(image_ledger.SupersededError):
        store.run(image_ledger.record_check, entry, NOW)


def with_hero(store: Store, run_id: int, found: Event, digest: str) -> Event:
    """The event with a picture that was downloaded and recorded."""
    slug = store.run(identify, found.publisher, found.publisher_id, found.venue, NOW)
    wanted = [("hero", "https://a.example/bar.jpg")]
    (entry,), _ = store.run(image_ledger.open_pictures, found.publisher, found.publisher_id, slug, None, wanted)
    placed = Placed(f"{entry.stem}.jpg", FileStat(3, 1), {}, "fill")
    store.run(image_ledger.record_file, entry, Picture("JPEG", 2, 2, digest), placed, {}, "new", run_id, NOW)
    found.images = [ImageResult("hero", entry.url, status="downloaded", reason="new", changed=True)]
    return found


def test_a_picture_is_a_change_of_an_event_that_was_known_without_it(store: Store) -> None:
    def told(run_id: int) -> list[tuple[str, str, str | None, str | None]]:
        rows = store.read(history.changes_of_run, run_id)
        return [(row["entity"], row["field"], row["old"], row["new"]) for row in rows]

    first, second, third = "1" * 64, "2" * 64, "3" * 64
    run_id = begin_run(store)
    record(store, run_id, with_hero(store, run_id, event(), first))
    assert told(run_id) == [], "what a new event comes with is no change"
    run_id = begin_run(store)
    assert record(store, run_id, with_hero(store, run_id, event(), second)).change == "changed"
    assert told(run_id) == [("image", "sha256", first, second)]
    record(store, begin_run(store), event("vic-the-hound", venue=Venue("The Hound")))
    run_id = begin_run(store)
    late = with_hero(store, run_id, event("vic-the-hound", venue=Venue("The Hound")), third)
    assert record(store, run_id, late).change == "changed"
    assert told(run_id) == [("event", "image:hero", None, third)]


HOSTILE = "\0\ud800\U0001f37a" + "".join(chr(0x4E00 + number) for number in range(3000))


def test_what_pages_may_say_can_be_stored_and_is_the_same_again(store: Store) -> None:
    """NUL, half a character, and more than an index takes: PostgreSQL refuses what SQLite takes without a word."""
    hostile: dict[str, Any] = dict.fromkeys(
        ("address", "postcode", "city", "region", "phone", "website", "facebook"), HOSTILE
    )

    def hostile_event() -> Event:
        found = event(
            publisher_id="\0" + "ż" * 254,
            venue=Venue(HOSTILE, **hostile, instagram=HOSTILE, country="AU"),
            schedule=Schedule(HOSTILE, 2, "19:00", "weekly", HOSTILE, "America/Argentina/ComodRivadavia", "2026-11-22"),
            fee=Fee(HOSTILE, MAX_FEE, "PLN", "person"),
            performer=Performer(HOSTILE),
        )
        found.name = found.description = found.source_url = HOSTILE
        found.venue.slug = store.run(identify, found.publisher, found.publisher_id, found.venue, NOW)
        return found

    for expected in ("new", "unchanged"):
        run_id = begin_run(store)
        found = hostile_event()
        wanted = [("hero", f"https://a.example/{HOSTILE}"), ("performer", f"https://a.example/?{HOSTILE}")]
        opened, _ = store.run(
            image_ledger.open_pictures, found.publisher, found.publisher_id, str(found.venue.slug), HOSTILE, wanted
        )
        for entry in opened:
            placed = Placed(f"{entry.stem}.jpg", FileStat(3, 1), {}, HOSTILE)
            picture = Picture("JPEG", 50_000_000, 1, "0" * 64)
            store.run(image_ledger.record_file, entry, picture, placed, {"etag": HOSTILE}, "new", run_id, NOW)
        reason = "http_" + "9" * 60
        found.images = [
            ImageResult("hero", wanted[0][1], status="downloaded", reason=reason, error=HOSTILE),
            ImageResult("performer", wanted[1][1], status="downloaded", reason=reason, error=HOSTILE),
        ]
        assert record(store, run_id, found).change == expected
        store.run(mark_listed, found.publisher, {found.publisher_id}, {found.publisher_id}, NOW)
        assert len(store.read(explain, str(found.venue.slug), 1)) == 2
        outcome = runs.Outcome(HOSTILE, "failed", [HOSTILE], {f"images/failed/{reason}": 10**30})
        store.run(runs.finish, run_id, outcome, NOW)
        assert store.read(runs.listed, run_id)[0]["counts"] == outcome.counts
    (stored,) = store.read(events.listed)
    plain = HOSTILE.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    assert stored["name"] == stored["venue"]["name"] == stored["fee"]["raw"] == plain
    assert {picture["reason"] for picture in stored["images"]} == {reason}
    assert [row["url"] for row in store.read(image_ledger.catalogue)] == [
        url.replace(HOSTILE, plain) for _, url in wanted
    ]


def test_a_changed_value_of_any_kind_is_history(store: Store) -> None:
    record(store, begin_run(store), event())
    run_id = begin_run(store)
    moved = event(venue=Venue(HOSTILE, latitude=1.5, longitude=2.5), fee=Fee("free", 0, "GBP"))
    moved.description = HOSTILE
    record(store, run_id, moved)
    changes = {each["field"]: (each["old"], each["new"]) for each in store.read(history.changes_of_run, run_id)}
    assert changes["latitude"] == (-37.56, 1.5)
    assert changes["fee_amount"] == (500, 0)
    assert changes["description"][1] == changes["name"][1] == storable(HOSTILE)


def test_a_run_of_any_version_and_job_can_begin(store: Store) -> None:
    facts: dict[str, Any] = {"arguments": {"venue": [HOSTILE]}, "job_id": HOSTILE, "version": "9" * 200}
    run_id = store.run(runs.begin, publisher="quizmeisters", source="live", now=NOW, **facts)
    assert store.read(runs.listed)[0]["arguments"] == {"venue": [HOSTILE]}
    assert store.read(runs.listed)[0]["id"] == run_id


@pytest.mark.parametrize(
    "fee", [Fee("$99999999999", 9_999_999_999_900, "AUD"), Fee("?", -1, "AUD"), Fee("5 smiles", 500, "smiles")]
)
def test_what_cannot_be_a_fee_is_unknown_and_counted(store: Store, fee: Fee) -> None:
    crawler = get_crawler()
    crawler.spider = QuizmeistersSpider()
    pipeline = ValidatePipeline.from_crawler(crawler)
    found = pipeline.process_item(event(fee=fee))
    assert found.fee == Fee(fee.raw)
    assert pipeline.stats.get_value("trivia/dropped/fee") == 1
    record(store, begin_run(store), found)
    kept = pipeline.process_item(event(fee=Fee("1000000", MAX_FEE, "AUD")))
    record(store, begin_run(store), kept)
    assert store.read(events.listed)[0]["fee"]["amount"] == MAX_FEE


def test_a_booking_that_is_met_in_a_second_week_recurs_and_its_dates_are_no_news(store: Store) -> None:
    def booked(day: str) -> Event:
        dated = Schedule(f"8pm • Monday {day}", 1, "20:00", "once", None, "Europe/London", day)
        return event("15700", schedule=dated)

    found: list[Any] = []
    for week, day in enumerate(["2026-07-13", "2026-07-20", "2026-07-27", "2026-08-10"]):
        found.append(record(store, begin_run(store), booked(day), NOW + timedelta(days=7 * week)).change)
        (row,) = store.run(events.listed)
        found.append((row["schedule"]["frequency"], row["schedule"]["rrule"], row["schedule"]["starts_on"]))
    weekly = ("weekly", "FREQ=WEEKLY;BYDAY=MO", "2026-07-13")
    assert found == [
        *("new", ("once", None, "2026-07-13"), "changed", weekly),
        *("unchanged", weekly, "unchanged", weekly),
    ]
    assert row["schedule"]["raw"] == "8pm • Monday 2026-08-10"


def night(publisher_id: str, weekday: int, clock: str) -> Event:
    return event(publisher_id, schedule=Schedule(f"{weekday} {clock}", weekday, clock, "weekly", f"day {weekday}"))


@pytest.mark.parametrize(
    ("before", "page", "changed", "new"),
    [
        ([(2, "19:00")], [(1, "19:00"), (2, "19:00")], [], [(1, "19:00")]),
        ([(2, "19:00"), (4, "19:00")], [(1, "19:00"), (2, "19:00")], [(4, 1)], []),
        ([(4, "19:00"), (2, "19:00")], [(5, "19:00"), (4, "19:00")], [(2, 5)], []),
        ([(2, "18:00")], [(2, "18:00"), (2, "20:30")], [], [(2, "20:30")]),
        ([(2, "18:00"), (2, "20:30")], [(2, "20:30"), (2, "18:30")], [], []),
    ],
    ids=["added before", "one moved", "one moved, listed first", "two on one day", "a clock that moved"],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_which_night_moved_does_not_depend_on_which_is_stored_first(
    store: Store, before: Any, page: Any, changed: Any, new: Any, backwards: bool
) -> None:
    for slots in (before, page):
        run_id = begin_run(store)
        for weekday, clock in slots[::-1] if backwards else slots:
            found = night("vic-the-fox", weekday, clock)
            found.venue.slug = store.run(identify, found.publisher, found.publisher_id, found.venue, NOW)
            store.run(events.record, found, run_id, NOW, {(*each, found.name) for each in slots})
    told = store.run(history.changes_of_run, run_id)
    assert [(each["old"], each["new"]) for each in told if each["field"] == "weekday"] == changed
    assert len(store.run(events.listed)) == len(before) + len(new)


def test_a_league_at_the_clock_of_the_quiz_is_an_event_of_its_own(store: Store) -> None:
    for _ in range(2):
        run_id = begin_run(store)
        both = [night("vic-the-fox", 1, "19:00") for _ in range(2)]
        both[1].name = "League at The Fox"
        slots = {events.slot_of(each) for each in both}
        for each in both[::-1]:
            each.venue.slug = store.run(identify, each.publisher, each.publisher_id, each.venue, NOW)
            store.run(events.record, each, run_id, NOW, slots)
    assert {each["name"] for each in store.run(events.listed)} == {"Quiz at The Fox", "League at The Fox"}
    assert store.run(history.changes_of_run, run_id) == []
