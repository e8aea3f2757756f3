"""`scrapy catalogue`: the catalogue as a static web site."""

from __future__ import annotations

import argparse
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from trivia_scraper.cli.command import ProjectCommand, file_name
from trivia_scraper.clock import utc_now
from trivia_scraper.errors import OK
from trivia_scraper.formatting import format_count
from trivia_scraper.options import value_of

if TYPE_CHECKING:
    from trivia_scraper.site.build import Built


class Command(ProjectCommand):
    name = "catalogue"
    usage = "[-o DIR] [--base-url URL] [--no-runs] [--force]"
    purpose = "Build the catalogue as a static web site"
    details = (
        "Build a web site from the database and the stored images. It works from local files, without a server. DIR "
        "becomes a symbolic link to it and is replaced in one step: readers see the old site or the new one."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "-o", "--output", type=file_name, metavar="DIR", help="directory to write to (default: CATALOGUE_DIR)"
        )
        parser.add_argument("--no-runs", action="store_true", help="omit the pages about runs, which are for operators")
        parser.add_argument(
            "--force", action="store_true", help="write even if more than half of the venues would disappear"
        )
        parser.add_argument("--base-url", metavar="URL", type=_base_url,
                            help="the site's address on the web, for its sitemap and link previews")  # fmt: skip

    def execute(self, opts: argparse.Namespace) -> int:
        from trivia_scraper.site.build import build

        directory = opts.output or value_of(self.settings, "CATALOGUE_DIR")
        store = self.open_filled_store()
        files = self.open_files(store)
        began = monotonic()
        built = build(
            store,
            files,
            directory,
            base_url=opts.base_url,
            now=utc_now(),
            with_runs=not opts.no_runs,
            expected_every=value_of(self.settings, "EXPECTED_EVERY_HOURS"),
            contact=value_of(self.settings, "CONTACT_URL") or None,
            force=opts.force,
        )
        print(summary(built, monotonic() - began))
        print(f"Open {make_file_url(directory)}")
        return OK


def summary(built: Built, seconds: float) -> str:
    images = built.images
    found = {"missing": images.missing, "damaged": images.damaged}
    lost = [f"{number} {what}" for what, number in found.items() if number]
    losses = f" {' and '.join(lost)} in the store (`scrapy images verify` lists them)." if lost else ""
    return (
        f"{format_count(built.venues, 'venues')} with {format_count(built.nights, 'nights')} on "
        f"{format_count(built.pages, 'pages')} in {seconds:.1f} s; "
        f"images: {images.made:,} made, {images.kept:,} kept from the last build.{losses}"
    )


def make_file_url(directory: str, page: str = "index.html") -> str:
    """Return the page's file:// URL, because terminals make it clickable."""
    return (Path(directory).absolute() / page).as_uri()


def _base_url(given: str) -> str:
    try:
        parts = urlsplit(given)
        _ = parts.port
    except ValueError:  # an incomplete IPv6 address, or a port that is not a number
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError(f"takes an address like https://quiz.example/catalogue/, not {given!r}")
    return given if given.endswith("/") else f"{given}/"
