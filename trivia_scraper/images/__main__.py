"""Shows and checks a store of images that has its own ledger: `python -m trivia_scraper.images status STORE`.

For projects that use FreshImagesPipeline without this project's commands. It writes nothing. Exit codes: 0; 1 for
problems of the store, and for a missing store or ledger; 2 for an invalid command line.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from trivia_scraper.clock import utc_now
from trivia_scraper.errors import FAILED, OK, NotFoundError, StorageError, TriviaError, UsageError
from trivia_scraper.formatting import format_count, iso, replace_controls
from trivia_scraper.images.ledger import LEDGER_FILE, SqliteLedger
from trivia_scraper.images.paths import get_stem
from trivia_scraper.images.policy import Decision, Reason, decide, is_expired
from trivia_scraper.images.records import ImageRecord
from trivia_scraper.images.storage import open_file_store
from trivia_scraper.images.storage.base import FileStore, compare_file, is_path
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.verify import find_orphans, index_paths, recheck, verify

Row = dict[str, Any]
_DEFAULT_EXPIRES = 90  # days, as in Scrapy
_SETTLING_SECONDS = 1.0  # a crawl records a file within this time after writing it


@dataclass(frozen=True)
class ImageStore:
    files: FileStore
    ledger: SqliteLedger

    def rows(self) -> list[Row]:
        """Return all current records."""
        return [asdict(record) for record in self.ledger.records()]


def open_image_store(uri: str, ledger: str | None) -> ImageStore:
    """Open a store and its ledger for reading. Raises UsageError, and StorageError if one of them is missing."""
    try:
        files = open_file_store(uri, make=False, writes=False)
    except (StorageError, UsageError) as error:
        raise type(error)(str(error).replace("IMAGES_STORE", "STORE")) from None
    if isinstance(files, LocalFileStore):
        if not files.root.is_dir():
            raise StorageError(f"There is no store at {files.root}.")
        ledger = ledger or str(files.root / LEDGER_FILE)
    if ledger is None:
        raise StorageError(f"{uri} needs --ledger FILE: the file that IMAGES_LEDGER names.")
    if not Path(ledger).is_file():
        hint = _explain_missing_ledger(files)
        raise StorageError(
            f"There is no ledger at {ledger}. If IMAGES_LEDGER names another file, add --ledger FILE.{hint}"
        )
    return ImageStore(files, SqliteLedger(ledger, files, make=False))


def _explain_missing_ledger(files: FileStore) -> str:
    """Return a sentence that explains why a store with files has no ledger, or "" for an empty store."""
    if files.read_id():
        return " The ledger of trivia_scraper's own store is in the database: use `scrapy images`."
    return " The next crawl adopts the files of a store without a ledger." if any(files.paths()) else ""


def show_status(store: ImageStore, opts: argparse.Namespace) -> int:
    """List every stored image with its path, URL, size, and the times when it was fetched and checked."""
    columns = ("path", "url", "format", "bytes", "width", "height", "fetched_at", "checked_at")
    rows = [{name: row[name] for name in (*columns, "sha256", "thumbs")} for row in store.rows()]
    _show(opts, rows, columns, "No images are stored.")
    return OK


def check_files(store: ImageStore, opts: argparse.Namespace) -> int:
    """Compare every stored file with the ledger, byte for byte. Exit code 1 if a file is missing, damaged, unreadable
    or orphaned."""
    rows = store.rows()
    found = list(verify(rows, store.files, index_paths(rows)))
    if found:
        time.sleep(_SETTLING_SECONDS)
        rows = store.rows()
        found = list(recheck(found, rows, store.files, index_paths(rows)))
    findings = [{"problem": finding.problem, "path": finding.path} for finding in found]
    no_findings = f"{format_count(len(rows), 'images')}: every file matches its record."
    if_empty = no_findings if rows else "No images are stored, so there is nothing to verify."
    _show(opts, findings, ("problem", "path"), if_empty)
    return OK if rows and not findings else FAILED


def list_orphans(store: ImageStore, opts: argparse.Namespace) -> int:
    """List the files that have no record. Exit code 1 if there are any."""
    found = set(find_orphans(store.files, index_paths(store.rows())))
    if found:
        time.sleep(_SETTLING_SECONDS)
        found.intersection_update(find_orphans(store.files, index_paths(store.rows())))
    _show(opts, [{"path": path} for path in sorted(found)], ("path",), "Every file has a record.")
    return FAILED if found else OK


def explain_image(store: ImageStore, opts: argparse.Namespace) -> int:
    """Show the record of one image, and what the next run without force_refresh_images will do with it."""
    name, expires_after = opts.image, None if opts.expires < 0 else timedelta(days=opts.expires)
    explanations = [_explain(record, store.files, expires_after) for record in _find_records(name, store.ledger)]
    if not explanations:
        paths = [name] if is_path(name) and store.files.stat(name) else _match_end(name, store.files.paths())
        explanations = [_explain_orphan(path, store.files, expires_after) for path in paths]
    if not explanations:
        raise NotFoundError(f"No record and no file has the path or URL {name!r}.")
    if opts.json:
        _show_json(explanations)
        return OK
    for facts in explanations:
        for key, value in facts.items():
            print(f"{key}: {_format_cell(value)}")
        print()
    return OK


def _find_records(name: str, ledger: SqliteLedger) -> list[ImageRecord]:
    """Return the records with this URL or path. If there are none, return those with a path that ends with it."""
    records = list(ledger.records())
    exact = [each for each in records if name == each.url or name in _get_paths(each)]
    return exact or [each for each in records if _match_end(name, _get_paths(each))]


def _get_paths(record: ImageRecord) -> list[str]:
    return [*record.paths, record.stem]


def _match_end(name: str, paths: Iterable[str]) -> list[str]:
    """Return the paths that end with `name`: a file name, or some folders and a file name."""
    return [path for path in paths if path.endswith(f"/{name}")]


def _explain(record: ImageRecord, files: FileStore, expires_after: timedelta | None) -> Row:
    state, _ = compare_file(files, str(record.path), record.bytes or 0, record.modified_ns, record.sha256 or "")
    expired = state == "ok" and is_expired(record.checked_at, utc_now(), expires_after)
    decision = decide(forced=False, file=state, expired=expired, shows_other_url=False)
    validated = "ETag" if record.etag else "Last-Modified" if record.last_modified else None
    return asdict(record) | {"file": state} | _describe_next_run(decision, validated)


def _explain_orphan(path: str, files: FileStore, expires_after: timedelta | None) -> Row:
    """Explain a file without a record. Raises NotFoundError if the file is missing."""
    stat = files.stat(path)
    if stat is None:
        raise NotFoundError(f"No record and no file has the path or URL {path!r}.")
    modified = datetime.fromtimestamp(stat.modified_ns / 1e9, UTC) if stat.modified_ns is not None else None
    decision = Decision("keep", Reason.ADOPTED)
    if modified is None:
        decision = decide(forced=False, file=None, expired=False, shows_other_url=False)
    elif is_expired(modified, utc_now(), expires_after):
        decision = Decision("revalidate", Reason.EXPIRED)
    return {"path": path, "stem": get_stem(path), "file": "no record", "bytes": stat.bytes, "modified_at": modified} | (
        _describe_next_run(decision, None)
    )


def _describe_next_run(decision: Decision, validated: str | None) -> Row:
    request = None if decision.action == "keep" else "GET"
    if decision.action == "revalidate" and validated:
        request = f"GET, conditional by {validated}"
    return {"next_run": str(decision.action), "reason": str(decision.reason), "request": request}


def _show(opts: argparse.Namespace, rows: Sequence[Row], columns: Iterable[str], if_empty: str) -> None:
    """Print JSON if --json was given, else a tab-separated table with a heading, or `if_empty` without rows."""
    if opts.json:
        _show_json(rows)
    elif not rows:
        print(if_empty)
    else:
        names = list(columns)
        print("\t".join(names))
        for row in rows:
            print("\t".join(_format_cell(row[name]) for name in names))


def _show_json(value: Any) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1, default=_format_value)
    print()


def _format_cell(value: Any) -> str:
    if isinstance(value, Mapping):
        value = " ".join(f"{key}={each}" for key, each in value.items())
    return "-" if value is None or value == "" else " ".join(replace_controls(str(_format_value(value))).split())


def _format_value(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else value


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m trivia_scraper.images", description="Show and check a store of images. Writes nothing."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, execute: Callable[[ImageStore, argparse.Namespace], int]) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=execute.__doc__, description=execute.__doc__)
        command.set_defaults(execute=execute)
        command.add_argument("store", metavar="STORE", help="value of IMAGES_STORE: a directory or s3://bucket/prefix/")
        command.add_argument(
            "--ledger", metavar="FILE", help=f"value of IMAGES_LEDGER (default: {LEDGER_FILE} in STORE)"
        )
        command.add_argument("--json", action="store_true", help="print JSON for programs")
        return command

    add("status", show_status)
    add("verify", check_files)
    add("orphans", list_orphans)
    explain = add("explain", explain_image)
    explain.add_argument("image", metavar="PATH_OR_URL", help="URL of the image, or the end of its path in the store")
    explain.add_argument("--expires", metavar="DAYS", type=float, default=_DEFAULT_EXPIRES,
                         help="value of IMAGES_EXPIRES (default: %(default)s)")  # fmt: skip
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    opts = _make_parser().parse_args(words)
    try:
        store = open_image_store(opts.store, opts.ledger)
        with closing(store.ledger):
            exit_code: int = opts.execute(store, opts)
        sys.stdout.flush()
        return exit_code
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (TriviaError, OSError) as error:
        print(f"{replace_controls(str(error)).rstrip('.')}.", file=sys.stderr)
        return error.exit_code if isinstance(error, TriviaError) else FAILED


if __name__ == "__main__":
    sys.exit(main())
