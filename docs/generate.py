"""Generate docs/refresh.md, sources.md, spiders.md, settings.md and event.schema.json from the code: python docs/generate.py."""

from __future__ import annotations

import ast
import inspect
import json
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from pydantic import ConfigDict, TypeAdapter
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from sandbox.recorded import Meta
from trivia_scraper import settings as project
from trivia_scraper.db.queries import StoredEvent, StoredImage
from trivia_scraper.images.crash_points import Step
from trivia_scraper.images.options import IMAGE_OPTIONS
from trivia_scraper.images.policy import HTTP_MEANING, Decision, FileState, Reason, Status, decide, is_expired
from trivia_scraper.items import REJECTIONS, Event, Fee, Performer, Schedule, Venue
from trivia_scraper.options import OPTIONS, PLACES
from trivia_scraper.parsing import addresses, fees, places, schedule, text, urls
from trivia_scraper.spiders import base
from trivia_scraper.spiders.base import PublisherSpider
from trivia_scraper.spiders.facts import PageFacts
from trivia_scraper.spiders.platforms.entries import EntriesSpider

NOW = datetime(2026, 1, 31, tzinfo=UTC)
EXPIRES = timedelta(days=7)
REQUESTS = {
    "forced": "GET with `Cache-Control: no-cache`, no validators, HTTP cache bypassed",
    "fetch": "GET",
    "revalidate": "GET with `If-None-Match` or `If-Modified-Since`, if the last answer had an ETag or a date",
    "keep": "none",
}


# Four columns of the table: forced, row, stored file, age. Then the arguments of `decision`: forced, state of the file,
# age in days, whether the event shows another URL, whether the image is pinned.
CASES = (
    ("any", "yes, and pinned", "ok", "any", (True, "ok", 9, True, True)),
    ("yes", "any", "any", "any", (True, "ok", 1, False)),
    ("no", "none", "-", "-", (False, None, 0, False)),
    ("no", "none, and another URL is stored for it", "-", "-", (False, None, 0, True)),
    ("no", "yes", "missing", "any", (False, "missing", 1, False)),
    ("no", "yes", "not the recorded one", "any", (False, "damaged", 1, False)),
    ("no", "yes", "ok", "under IMAGES_EXPIRES", (False, "ok", 6.9, False)),
    ("no", "yes", "ok", "IMAGES_EXPIRES or more", (False, "ok", 7, False)),
    ("no", "yes", "ok", "negative: the clock was set back", (False, "ok", -1, False)),
)


def decision(
    forced: bool, file: FileState | None, days: float, shows_other_url: bool, pinned: bool = False
) -> Decision:
    expired = is_expired(NOW - timedelta(days=days), NOW, EXPIRES)
    return decide(forced=forced, file=file, expired=expired, shows_other_url=shows_other_url, pinned=pinned)


def page() -> str:
    lines = [
        "# How a refresh decides",
        "",
        "    scrapy crawl quizmeisters -a force_refresh_images=true",
        "    scrapy images explain 3rd-space-canberra         # the decisions on a venue's images, and their reasons",
        "",
        "Generated from the code by `python docs/generate.py`; do not edit.",
        "",
        "## Keep, revalidate or fetch",
        "",
        "One pure function, `decide` in `trivia_scraper/images/policy.py`, decides from the first four columns. The age",
        "comes from the ledger: the time since the publisher last confirmed the image. IMAGES_EXPIRES is 7 days in this",
        "project, and 90 in [another project](images.md) that does not set it. 0 revalidates every time.",
        "",
        "| forced | ledger row for path and URL | stored file | age | decision (reason) | request |",
        "|---|---|---|---|---|---|",
    ]
    for forced, row, file, age, facts in CASES:
        found = decision(*facts)
        request = REQUESTS["forced" if found.reason == "forced" else found.action]
        lines.append(f"| {forced} | {row} | {file} | {age} | {found.action} (`{found.reason}`) | {request} |")
    lines += [
        "",
        "An operator pins an image with `scrapy images pin VENUE`. It is kept even if the page names another URL, or none. If",
        "its file is lost, the other rows of the table decide. A replaced image can be",
        "[restored](operations.md#images-that-were-replaced).",
        "",
        "In a store that Scrapy's own pipeline filled, a file without a row is `adopted` first, and its mtime is its age.",
        "This happens only in another project ([Images](images.md)).",
        "",
        "The stored file is compared with its row by size and modification time. If only the time differs, the file is",
        "read and its digest compared. On S3 the ledger is trusted. `scrapy images verify` reads the objects, and the next",
        "run downloads those that it finds missing or damaged.",
        "",
        "A 304 keeps the file and only updates `checked_at`. An answer with exactly the stored bytes writes no file. A venue",
        "that was read less than SKIP_IF_UPDATED_WITHIN_DAYS ago is still visited if one of its images or thumbnails is",
        "missing or damaged, or if its last visit did not end in a stored event.",
        "",
        "## Outcomes of an image",
        "",
        "Each image ends in exactly one status and one reason: in the item, the ledger, the counts of the run and the",
        "decisions that `scrapy images explain VENUE` shows. After a failure the last good file, its row and the event's",
        'pointer are kept. `scrapy crawl` and `scrapy crawl-all` print `uptodate` as "kept".',
        "",
        "| status | reason | meaning |",
        "|---|---|---|",
    ]
    lines += [f"| {reason.status} | `{reason}` | {reason.meaning} |" for reason in Reason]
    lines.append(f"| {Status.FAILED} | `http_<code>` | {HTTP_MEANING} |")
    lines += [
        "",
        "## Steps of a new image",
        "",
        f"These steps follow each other: {', '.join(Step)}.",
        "",
        "A process that ends at any of these steps leaves every venue with a complete image. It may also leave a temporary",
        "file, or a file that no row names; `scrapy images prune` removes them. `tests/crawl/test_never_worse.py` ends a",
        "process at each step.",
        "",
    ]
    return "\n".join(lines)


def sources() -> str:
    settings = Settings()
    settings.setmodule(project)
    loader = SpiderLoader.from_settings(settings)
    spiders = [loader.load(name) for name in loader.list()]
    lines = [
        "# Publishers",
        "",
        "    scrapy list",
        "    scrapy crawl quizmeisters",
        "",
        "Generated from the spiders by `python docs/generate.py`; do not edit. To add one, see",
        "[Adding a publisher](adding-a-publisher.md).",
        "",
        "| spider | country | listing | base class |",
        "|---|---|---|---|",
    ]
    for spider in spiders:
        base = spider.__mro__[1]
        where = spider.country or "several"
        lines.append(f"| `{spider.name}` | {where} | {', '.join(spider.start_urls)} | {base.__name__} |")
    for spider in spiders:
        described, software = (inspect.getdoc(inspect.getmodule(each)) or "" for each in (spider, spider.__mro__[1]))
        lines += ["", f"## {spider.name}", "", described]
        if spider.__mro__[1].__module__ != "trivia_scraper.spiders.base":
            lines += ["", software.split("\n\n")[0]]
        own = spider.custom_settings or {}
        if own or spider.may_be_gone:
            limits = [f"`{name}` {value}" for name, value in own.items()]
            limits += ["a listed venue may have no page"] if spider.may_be_gone else []
            lines += ["", f"Limits of its own: {', '.join(limits)}."]
    return "\n".join(lines) + "\n"


def event_schema() -> str:
    """Return the JSON Schema of a line of `scrapy export --format jsonl`, from the dataclasses and their docstrings."""
    described: tuple[type, ...] = (Venue, Schedule, Fee, Performer, StoredImage, StoredEvent)
    for each in described:
        each.__pydantic_config__ = ConfigDict(use_attribute_docstrings=True)  # type: ignore[attr-defined]
    schema = TypeAdapter(StoredEvent).json_schema(mode="serialization")
    for each in described:
        del each.__pydantic_config__  # type: ignore[attr-defined]
    for part in (schema, *schema["$defs"].values()):
        # An unknown value is null in a line, and never left out.
        part |= {"required": list(part["properties"]), "additionalProperties": False}
        for field in part["properties"].values():
            field.pop("default", None)
            field.pop("title", None)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of scrapy export --format jsonl",
    }
    return json.dumps(head | {name: value for name, value in schema.items() if name != "title"}, indent=2) + "\n"


def settings_page() -> str:
    """Return the page of the project's own settings, from their declarations."""
    lines = [
        "# Settings",
        "",
        "    scrapy crawl quizmeisters -s IMAGES_EXPIRES=1",
        "",
        "Generated from the code by `python docs/generate.py`; do not edit. Set a value for one command with",
        "`-s NAME=VALUE`, or permanently in `trivia_scraper/settings.py`, below the line that takes these defaults. On the",
        "command line a mapping is JSON, and a list is JSON or separated by commas. An invalid value ends the command with",
        "one sentence, before its first request.",
        "",
        "Names with * are also read from the environment ([Where state lives](operations.md#where-state-lives)). Scrapy's",
        "settings that have another default here, with the reasons, are in `trivia_scraper/settings.py`.",
    ]
    parts = (("State, alerts, queue", PLACES), ("Runs, politeness, retention", OPTIONS), ("Images", IMAGE_OPTIONS))
    for title, options in parts:
        lines += ["", f"## {title}", "", "| setting | default | takes | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{each.name}`{'*' if each.variable else ''} | `{json.dumps(each.default)}` | {each.takes} | {each.meaning} |"
            for each in options
        ]
    return "\n".join(lines) + "\n"


ITEMS = (Event, Venue, Schedule, Fee, Performer)
IMPORTED = (base.get_text, base.get_texts, base.make_performer, base.parse_markup)
HELPERS = (addresses, places, schedule, fees, text, urls)
"""Modules whose public functions a spider calls."""
NOT_HOOKS = {
    *("from_crawler", "update_settings", "start", "parse", "closed"),
    *("job", "listing_failed", "venue_failed", "has_crawler", "read_listing", "read_entries"),
    *("first_requests", "without_quiz"),
}
"""Attributes of the base classes that only Scrapy or the project's own modules use."""


def signature(function: Any, called: str) -> str:
    """Return how a function is called, with its defaults and without types."""
    parameters = [
        each.replace(annotation=inspect.Parameter.empty)
        for each in inspect.signature(function).parameters.values()
        if each.name != "self"
    ]
    return f"`{called}{inspect.Signature(parameters)}`"


def meaning(name: str, documented: Any) -> str:
    """Return a docstring as a cell of a table. Raise LookupError if there is none."""
    words = " ".join((inspect.getdoc(documented) or "").split())
    if not words:
        raise LookupError(f"trivia_scraper: give {documented.__qualname__} a docstring; docs/spiders.md shows it.")
    return words.replace("|", "\\|").replace("<", "&lt;")


def attributes(class_: type) -> dict[str, tuple[str, str]]:
    """Return the documented attributes of a class: name -> default in code, docstring."""
    (tree,) = ast.parse(inspect.getsource(class_)).body
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for statement, after in pairwise(tree.body):
        described = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if isinstance(statement, ast.AnnAssign | ast.Assign) and described:
            target = statement.target if isinstance(statement, ast.AnnAssign) else statement.targets[0]
            default = f"`{ast.unparse(statement.value)}`" if statement.value else "-"
            found[ast.unparse(target)] = (default, " ".join(inspect.cleandoc(after.value.value).split()))
    return found


def attribute_rows(*classes: type) -> list[str]:
    """Return a table of the attributes that a spider sets."""
    settable = {name: each for class_ in classes for name, each in attributes(class_).items() if name not in NOT_HOOKS}
    rows = [f"| `{name}` | {row[0]} | {row[1]} |" for name, row in settable.items() if not name.startswith("read_")]
    return ["| attribute | default | meaning |", "|---|---|---|", *rows]


def method_rows(prefix: str, *classes: type) -> list[str]:
    """Return a table of the methods that a spider calls or overrides."""
    known = {name: each for class_ in classes for name, each in vars(class_).items()}
    functions = {name: inspect.unwrap(getattr(each, "__func__", each)) for name, each in known.items()}
    rows = [
        f"| {signature(each, f'{prefix}{name}')} | {meaning(name, each)} |"
        for name, each in functions.items()
        if inspect.isfunction(each) and not name.startswith("_") and name not in NOT_HOOKS
    ]
    return ["| call | what it does |", "|---|---|", *rows]


def spiders_page() -> str:
    """Return the page about everything that a spider sets, defines and calls."""
    known = attributes(PublisherSpider)
    written = {name: words for name, (_, words) in known.items() if name.startswith("read_")}
    lines = [
        "# What a spider can use",
        "",
        "    scrapy genspider -t publisher corner_quiz corner-quiz.example/pubs",
        "",
        "Generated from the code by `python docs/generate.py`; do not edit.",
        "[Adding a publisher](adding-a-publisher.md) shows how these are used.",
        "",
        "## Attributes",
        "",
        "A spider sets these, in addition to Scrapy's `name`, `start_urls`, `allowed_domains` and `custom_settings`:",
        "",
        *attribute_rows(PageFacts, PublisherSpider),
        "",
        "## Functions to define",
        "",
        "| function | what it does |",
        "|---|---|",
        *(f"| `{name}(self, response, **kwargs)` | {words} |" for name, words in written.items()),
        "",
        "## Functions to call",
        "",
        *method_rows("self.", PublisherSpider, PageFacts),
        "",
        "## What it imports from `trivia_scraper/spiders/base.py`",
        "",
        "| name | what it does |",
        "|---|---|",
        f"| `ListingError` | {meaning('ListingError', base.ListingError)} |",
        *(f"| {signature(each, each.__name__)} | {meaning(each.__name__, each)} |" for each in IMPORTED),
        "",
        "## What a spider of entries sets and overrides",
        "",
        "[Most bases for website software](platforms.md#entries-series-and-nights) read a listing of entries. A spider overrides",
        "what differs at its site. `entry` is what the format has: print one with `scrapy shell`.",
        "",
        *attribute_rows(EntriesSpider),
        "",
        *method_rows("", EntriesSpider),
        "",
        "## Items",
        "",
        "These are in `trivia_scraper/items.py`. None means that the page does not state the value.",
        "",
        *(line for each in ITEMS for line in item_lines(each)),
        "## Why a venue is rejected",
        "",
        "`self.reject` takes one of these words, or a new one in small letters with `_`. Runs count it as `dropped/WORD`.",
        "",
        "Use a word of the last column only if the page clearly says it. After a complete, clean run the venue's events",
        "are then missing, and after three such runs gone. After any other word, a new one too, they stay as they are: a",
        "text that cannot be read does not show that the quiz has ended.",
        "",
        "| word | meaning | its events become missing |",
        "|---|---|---|",
        *(f"| `{word}` | {each.meaning} | {'yes' if each.is_absence else 'no'} |" for word, each in REJECTIONS.items()),
        "",
        "## Parsers",
        "",
        "These functions are in `trivia_scraper/parsing/`. If a page does not state a value, they return None.",
    ]
    for module in HELPERS:
        name = module.__name__.removeprefix("trivia_scraper.parsing.")
        lines += ["", f"### {name}", "", "| call | what it does |", "|---|---|"]
        for function_name, function in vars(module).items():
            is_own = inspect.isfunction(function) and function.__module__.startswith(module.__name__)
            if is_own and not function_name.startswith("_") and inspect.getdoc(function):
                lines.append(
                    f"| {signature(function, f'{name}.{function_name}')} | {meaning(function_name, function)} |"
                )
    lines += [
        "",
        "## What meta.json has",
        "",
        "`meta.json` of a recorded page has these keys. All but `url` may be missing. In meta.json and in the body,",
        "`{{today+7:%Y-%m-%d}}` is the date in seven days, and `{{tuesday:%d %B}}` that of the next Tuesday or today.",
        "",
        "| key | default | meaning |",
        "|---|---|---|",
        *(f"| `{name}` | {_default_of(field)} | {words} |" for name, field, words in meta_fields()),
    ]
    return "\n".join(lines) + "\n"


def item_lines(class_: type) -> list[str]:
    """Return the lines about an item: its fields, and the docstrings of those that have one."""
    described = attributes(class_)
    fields = [f"`{name}`" for name in class_.__dataclass_fields__]  # type: ignore[attr-defined]
    lines = [f"**{class_.__name__}**: {', '.join(fields)}.", ""]
    return lines + [f"- `{name}`: {words}" for name, (_, words) in described.items()] + [""] * bool(described)


def meta_fields() -> list[tuple[str, Any, str]]:
    described = attributes(Meta)
    return [(name, field, described[name][1]) for name, field in Meta.model_fields.items()]


def _default_of(field: Any) -> str:
    return "-" if field.is_required() or field.default is None else f"`{field.default}`"


PAGES = {
    "refresh.md": page,
    "settings.md": settings_page,
    "sources.md": sources,
    "spiders.md": spiders_page,
    "event.schema.json": event_schema,
}

if __name__ == "__main__":
    for name, made in PAGES.items():
        (Path(__file__).parent / name).write_text(made())
