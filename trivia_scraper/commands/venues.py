"""`scrapy venues`: find duplicate venues, merge them, and undo merges and matches."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from trivia_scraper.cli.command import VerbCommand, complain
from trivia_scraper.cli.tables import add_json_option, show_json, show_rows, show_table
from trivia_scraper.clock import utc_now
from trivia_scraper.errors import OK, RefusedError, UsageError
from trivia_scraper.formatting import format_count

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from trivia_scraper.db.venue_matching import Pair
    from trivia_scraper.db.venue_merges import Outcome

PAIRS = (
    "first",
    "second",
    "first_publishers",
    "second_publishers",
    "distance",
    "likeness",
    "postcode",
    "first_town",
    "second_town",
    "first_address",
    "second_address",
)
SIDES = ("pair", "venue", "publishers", "address", "evidence")

Places = Mapping[str, tuple[str | None, str | None]]
"""Slug -> address and town."""


class Command(VerbCommand):
    name = "venues"
    usage = "duplicates|matches|merge|unmerge|unmatch|distinct [options]"
    purpose = "Find duplicate venues, merge them, or record that they are distinct"

    def add_verbs(self) -> None:
        duplicates = self.add_verb("duplicates", self._duplicates)
        matches = self.add_verb("matches", self._matches)
        for parser in (duplicates, matches):
            add_json_option(parser)
        merge = self.add_verb("merge", self._merge, "KEPT GONE")
        merge.add_argument("kept", metavar="KEPT", help="slug of the venue to keep")
        merge.add_argument("gone", metavar="GONE", help="slug of the venue to merge into it")
        unmerge = self.add_verb("unmerge", self._unmerge, "GONE")
        unmerge.add_argument("gone", metavar="GONE", help="slug of the venue that was merged away")
        unmatch = self.add_verb("unmatch", self._unmatch, "PUBLISHER/ID")
        unmatch.add_argument("key", metavar="PUBLISHER/ID", help="as `scrapy venues matches` shows them")
        distinct = self.add_verb("distinct", self._distinct, "ONE OTHER")
        distinct.add_argument("one", metavar="ONE", help="slug of a venue")
        distinct.add_argument("other", metavar="OTHER", help="slug of another venue")

    def _duplicates(self, opts: argparse.Namespace) -> int:
        """List pairs of venues that may be duplicates. Use `merge` or `distinct` to settle them."""
        from trivia_scraper.db.venue_matching import find_undecided, read_addresses
        from trivia_scraper.db.venues import read_distinct

        def read(connection: Connection) -> tuple[list[Pair], Places]:
            return find_undecided(connection, read_distinct(connection)), read_addresses(connection)

        pairs, places = self.open_store().read(read)
        rows = [asdict(pair) for pair in pairs]
        nothing = "No venues look like duplicates."
        if opts.json:
            show_json(rows)
        elif sys.stdout.isatty():
            show_table(list(_pair_rows(pairs, places)), SIDES, nothing)
        else:
            for row in rows:
                for side in ("first", "second"):
                    row[f"{side}_address"], row[f"{side}_town"] = places[row[side]]
            show_table(rows, PAIRS, nothing)
        return OK

    def _matches(self, opts: argparse.Namespace) -> int:
        """List venues that were matched to a venue of another publisher by name and place."""
        from trivia_scraper.db.venue_matching import read_matches

        rows = self.open_store().read(read_matches)
        columns = ("venue", "publisher", "id", "likeness", "distance")
        show_rows(opts, rows, columns, "No venue was matched by name and place.")
        return OK

    def _merge(self, opts: argparse.Namespace) -> int:
        """Move the events and images of the second venue to the first, which keeps its slug and folder."""
        from trivia_scraper.db.venue_merges import merge

        done = self._carry_out(merge, opts.kept, opts.gone)
        undo = f"`scrapy venues unmerge {opts.gone}` undoes it"
        print(f"{opts.gone} was merged into {opts.kept}: {_describe_moves(done)}. {undo}.")
        return OK

    def _unmerge(self, opts: argparse.Namespace) -> int:
        """Undo a merge."""
        from trivia_scraper.db.venue_merges import unmerge

        done = self._carry_out(unmerge, opts.gone)
        print(f"{opts.gone} is a venue of its own again: {_describe_moves(done)}.")
        return OK

    def _unmatch(self, opts: argparse.Namespace) -> int:
        """Split off a venue that was wrongly matched by name and place."""
        from trivia_scraper.db.venue_merges import Key, unmatch

        publisher, slash, publisher_id = opts.key.partition("/")
        if not (publisher and slash and publisher_id):
            raise UsageError(f"unmatch takes PUBLISHER/ID as `scrapy venues matches` shows them, not {opts.key!r}.")
        done = self._carry_out(unmatch, Key(publisher, publisher_id))
        next_ = f"The next crawl of {publisher} reads its page again."
        print(f"{opts.key} is now the venue {done.slug}: {_describe_moves(done)}. {next_}")
        return OK

    def _distinct(self, opts: argparse.Namespace) -> int:
        """Record that two venues are distinct, so that `duplicates` does not list them again."""
        from trivia_scraper.db.venues import distinguish

        self.open_store(writes=True).run(distinguish, opts.one, opts.other, utc_now())
        print(f"{opts.one} and {opts.other} are recorded as distinct venues.")
        return OK

    def _carry_out(self, function: Callable[..., Outcome], *words: Any) -> Outcome:
        """Copy the files, commit the rows, then remove the old files."""
        from trivia_scraper.db.image_ledger import remove_unreferenced
        from trivia_scraper.db.locks import block_crawls
        from trivia_scraper.images.crash_points import Step, announce_step

        store = self.open_store(writes=True)
        files = self.open_files(store, writes=True)
        try:
            with block_crawls(store):
                done = store.run(function, files, *words, utc_now())
        except OSError as error:
            raise RefusedError(f"nothing was changed, because an image could not be copied: {error}.") from None
        for path in done.moves.copied:
            announce_step(Step.LEDGER, path)
        for path, why in store.run(remove_unreferenced, files, done.moves.superseded):
            complain(self.name, f"{path} could not be removed: {why}. `scrapy images prune` removes it.", OK)
        return done


def _pair_rows(pairs: Sequence[Pair], places: Places) -> Iterator[dict[str, Any]]:
    """Yield two rows for each pair, because two slugs and two addresses do not fit into one line of a terminal."""
    for number, pair in enumerate(pairs, start=1):
        evidence = [f"{pair.likeness:g} alike"]
        evidence += [f"{pair.distance:g} m apart"] if pair.distance is not None else []
        evidence += [f"{pair.postcode} postcode"] if pair.postcode else []
        for slug, publishers in ((pair.first, pair.first_publishers), (pair.second, pair.second_publishers)):
            yield {
                "pair": number,
                "venue": slug,
                "publishers": publishers,
                "address": ", ".join(filter(None, places[slug])),
                "evidence": ", ".join(evidence),
            }


def _describe_moves(done: Outcome) -> str:
    return f"{format_count(done.events, 'events')} and {format_count(len(done.moves.copied), 'files of images')} moved"
