"""The spider arguments, which are the same for every publisher.

Scrapy and scrapyd pass any text under any name. SpiderArguments accepts only known names and values. Otherwise the run
ends with one sentence before its first request.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from trivia_scraper.errors import UsageError
from trivia_scraper.options import FLAG_WORDS


def _flag(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    try:
        return FLAG_WORDS[value.strip().lower()]
    except (KeyError, AttributeError):
        raise ValueError("true or false (also 1/0, yes/no, on/off)") from None


def _count(value: Any) -> Any:
    text = str(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and 0 < int(text) < 10**9):
        raise ValueError("a whole number, 1 or more")
    return int(text)


def _names(value: Any) -> Any:
    names = value.split(",") if isinstance(value, str) else value
    cleaned = tuple(name.strip() for name in names)
    if not cleaned or not all(cleaned):
        raise ValueError("venue slugs or publisher's ids, separated by commas")
    return cleaned


class SpiderArguments(BaseModel):
    """The arguments of a run. The table in docs/operations.md has these fields in this order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    force_refresh_images: Annotated[bool, BeforeValidator(_flag)] = Field(
        default=False,
        description="download every image again, except pinned ones, ignoring stored copies and caches; also visit "
        "venues that were read recently",
    )
    force_update: Annotated[bool, BeforeValidator(_flag)] = Field(
        default=False, description="also visit venues that were read within SKIP_IF_UPDATED_WITHIN_DAYS"
    )
    limit: Annotated[int | None, BeforeValidator(_count)] = Field(
        default=None, description="visit at most this many venues, in listing order; skipped venues do not count"
    )
    venue: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field(
        default=(), description="visit only these venues: slugs or publisher's ids, comma-separated"
    )
    dry_run: Annotated[bool, BeforeValidator(_flag)] = Field(
        default=False, description="store nothing, and print what would change"
    )

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> SpiderArguments:
        """Parse spider arguments, but ignore those of a job runner, like scrapyd's `_job`. Raises UsageError."""
        own = {name: value for name, value in given.items() if not name.startswith("_")}
        for name in own:
            if name not in cls.model_fields:
                nearest = difflib.get_close_matches(name, cls.model_fields, 1)
                hint = f"did you mean {nearest[0]!r}?" if nearest else f"it takes {', '.join(cls.model_fields)}."
                raise UsageError(f"there is no spider argument {name!r}: {hint}")
        try:
            return cls(**own)
        except ValidationError as error:
            first = error.errors()[0]
            takes = str(first.get("ctx", {}).get("error", first["msg"]))
            raise UsageError(f"the spider argument {first['loc'][0]} takes {takes}, not {first['input']!r}.") from None

    @property
    def visits_fresh_venues(self) -> bool:
        """Return whether the skip rule is off: a forced refresh also reaches venues that were scraped yesterday."""
        return self.force_update or self.force_refresh_images

    @property
    def complete(self) -> bool:
        """Return whether the run covers the whole listing. Only then can an event count as missing."""
        return self.limit is None and not self.venue
