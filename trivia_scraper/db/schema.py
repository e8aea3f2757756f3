"""The tables, for SQLite and PostgreSQL. A new database is made from this file, an older one by `migrations/`."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


def make_storable(text: str) -> str:
    """Replace characters that an engine cannot store: NUL (PostgreSQL) and lone surrogates."""
    return text.replace("\0", "\ufffd") if text.isascii() else _UNSTORABLE.sub("\ufffd", text)


def compute_url_digest(url: str) -> str:
    """Return the SHA-256 in hex, for indexes: PostgreSQL cannot index long URLs."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


class StorableText(TypeDecorator[str]):
    """Text from outside. Set a length only if the code enforces it, because PostgreSQL rejects longer text."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else make_storable(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC. SQLite stores no zone, so reading adds UTC again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        instant: datetime = value
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite gives ids automatically only to a column whose type is exactly INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")

runs = Table(
    "runs",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("publisher", String(64), nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("job_id", StorableText),  # scrapyd's
    Column("source", String(8), nullable=False),  # live | sandbox
    Column("version", StorableText, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("close_reason", StorableText),
    Column("verdict", String(16), nullable=False),  # running | passed | failed | interrupted
    Column("reasons", JSON, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("matches", JSON),  # selector or key -> [looked for, matched]; see spiders/matches.py
    Column("warnings", JSON),
    Column("unread", JSON),  # the first listed venues that were not read; see items.Unread
    Index(None, "publisher", "id"),
)

venues = Table(
    "venues",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("slug", String(80), nullable=False, unique=True),
    Column("name", StorableText, nullable=False),
    Column("address", StorableText),
    Column("postcode", StorableText),
    Column("city", StorableText),
    Column("region", StorableText),
    Column("country", String(2)),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("phone", StorableText),
    Column("website", StorableText),
    Column("facebook", StorableText),
    Column("instagram", StorableText),
    Column("postcode_key", String(15), index=True),  # from addresses.postcode_key, for look-ups
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index(None, "latitude", "longitude"),
    sqlite_autoincrement=True,  # never use an id twice: a venue that was merged away may come back with its own
)

# Which venue a publisher's id belongs to. A merge of two venues moves its rows.
venue_keys = Table(
    "venue_keys",
    metadata,
    Column("publisher", String(64), primary_key=True),
    Column("publisher_id", StorableText(255), primary_key=True),
    Column("venue_id", ForeignKey("venues.id"), nullable=False, index=True),
    Column("matched_by", String(32), nullable=False),  # new (sets the venue's fields) | name_and_place | merge
    Column("score", Float),  # likeness of the names, 0 .. 1
    Column("distance", Float),  # metres between the two; null if one had no coordinates
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("scraped_at", UtcDateTime),
)

# Venues that an operator merged. The slug of the venue that was merged away is never given to another venue.
venue_merges = Table(
    "venue_merges",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kept_slug", String(80), nullable=False, index=True),
    Column("gone_id", BigInteger, nullable=False),
    Column("gone_slug", String(80), nullable=False, index=True),
    Column("gone", JSON, nullable=False),  # row of the venue that was merged away
    Column("moved", JSON, nullable=False),  # what the merge moved; `unmerge` moves it back
    Column("merged_at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime),
)

# Pairs of venues that an operator said are different, with the slugs in alphabetical order.
distinct_venues = Table(
    "distinct_venues",
    metadata,
    Column("first_slug", String(80), primary_key=True),
    Column("second_slug", String(80), primary_key=True),
    Column("decided_at", UtcDateTime, nullable=False),
)

performers = Table(
    "performers",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("venue_id", ForeignKey("venues.id"), nullable=False),
    Column("name", StorableText, nullable=False),  # "" for a host with an image but without a name
    Column("slug", String(80), nullable=False, unique=True),
    UniqueConstraint("venue_id", "name"),
)

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("publisher", String(64), nullable=False),
    Column("publisher_id", StorableText(255), nullable=False),
    Column("night", Integer, nullable=False),  # number of the venue's night: 1, 2, ..; not the weekday
    Column("venue_id", ForeignKey("venues.id"), nullable=False, index=True),
    Column("performer_id", ForeignKey("performers.id")),
    Column("status", String(16), nullable=False),  # active | on_break | missing | gone
    Column("missed_runs", Integer, nullable=False),
    Column("source_url", StorableText, nullable=False),
    Column("name", StorableText, nullable=False),
    Column("description", StorableText),
    Column("schedule_raw", StorableText, nullable=False),
    Column("weekday", Integer),
    Column("start_time", String(5)),
    Column("frequency", String(16), nullable=False),
    Column("rrule", StorableText),
    Column("timezone", String(64)),
    Column("starts_on", String(10)),
    Column("time_assumed", Boolean, nullable=False),
    Column("fee_raw", StorableText),
    Column("fee_amount", Integer),
    Column("fee_currency", String(3)),
    Column("fee_per", String(8)),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("scraped_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("last_run_id", ForeignKey("runs.id"), index=True),
    UniqueConstraint("publisher", "publisher_id", "night"),
)

# The ledger: facts about a venue's image at a URL and about its stored file.
images = Table(
    "images",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("venue_id", ForeignKey("venues.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("url", StorableText, nullable=False),
    Column("url_digest", String(64), nullable=False),
    Column("stem", String(200), nullable=False, unique=True),  # path without its suffix
    Column("path", String(210)),  # null until a file was stored
    Column("format", String(8)),
    Column("checksum", String(32)),  # MD5; null for rows of 0.1.0 until they are downloaded again
    Column("sha256", String(64), index=True),
    Column("written_by_run", BigInteger),  # the run that downloaded these bytes; null for those of 0.1.0
    Column("bytes", BigInteger),
    Column("modified_ns", BigInteger),  # of the stored file, to notice changes from outside
    Column("width", Integer),
    Column("height", Integer),
    Column("thumbs", JSON, nullable=False),  # name -> path
    Column("thumbs_spec", StorableText),  # sizes and settings of the thumbnails
    Column("etag", StorableText),
    Column("last_modified", StorableText),
    Column("fetched_at", UtcDateTime),  # when these bytes last came from the publisher
    Column("checked_at", UtcDateTime),  # when the publisher last confirmed them
    Column("status", String(16)),  # outcome of the last run that named the image
    Column("reason", StorableText),
    Column("error", StorableText),
    Column("pinned_at", UtcDateTime),  # since when an operator has kept it; null if not pinned
    UniqueConstraint("venue_id", "kind", "url_digest"),
)

# The pointers: which images an event shows.
event_images = Table(
    "event_images",
    metadata,
    Column("event_id", ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    Column("image_id", ForeignKey("images.id"), primary_key=True, index=True),
    Column("position", Integer, nullable=False),
)

# Why an image was kept or requested, and the outcome: a row per image and run, kept for a limited time.
decisions = Table(
    "decisions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("venue_id", ForeignKey("venues.id"), nullable=False, index=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("url", StorableText, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", StorableText, nullable=False),
    Column("found", StorableText),
)

# Replaced images, each with a thumbnail, which shows people what changed, and the path of its kept file.
past_images = Table(
    "past_pictures",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), index=True),  # null: `scrapy images restore` replaced it
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("venue_id", ForeignKey("venues.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("original", String(80), index=True),  # path of the kept file; null if it is not kept
    Column("url", StorableText, nullable=False),  # of the new image
    Column("before", JSON, nullable=False),  # url, sha256, format, bytes, width, height
    Column("after", JSON, nullable=False),  # the same
    Column("thumb", LargeBinary),  # JPEG of the replaced image; null if it had none
    Index(None, "venue_id", "kind"),
)

# One row: the id that the database shares with its image store, so that they are not mixed up with others.
store_identity = Table("store_identity", metadata, Column("id", String(32), primary_key=True))

history = Table(
    "history",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("entity", String(16), nullable=False),  # venue | event | image
    Column("entity_id", BigInteger, nullable=False),
    Column("field", String(64), nullable=False),
    Column("old", JSON),
    Column("new", JSON),
    Index(None, "entity", "entity_id"),
)
