"""A file that changes as a whole: its readers see the old one or the new one, whatever crashes."""

from __future__ import annotations

import fcntl
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

from trivia_scraper.errors import BeingWrittenError, OutputError


@contextmanager
def whole_file(file: str | os.PathLike[str]) -> Iterator[TextIO]:
    """Text in UTF-8 for `whole_binary`; line ends stay as written."""
    with whole_binary(file) as out:
        text = TextIOWrapper(out, encoding="utf-8", newline="")
        try:
            yield text
        finally:
            text.detach()


@contextmanager
def whole_binary(file: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """What takes the place of `file` when the block ends without an exception.

    It is written into `.FILE.part` beside it; what a killed process left there, the next one overwrites.
    Raises OutputError, OSError.
    """
    target = Path(os.path.realpath(file))
    if target.exists() and not target.is_file():
        raise OutputError(f"{file} is no file.")
    part = target.with_name(f".{target.name}.part")
    descriptor = _locked(part, file)
    with open(descriptor, "wb") as out:
        try:
            out.truncate(0)
            if target.exists():
                os.fchmod(descriptor, stat.S_IMODE(target.stat().st_mode))
            _reached("begun", target)
            yield out
            out.flush()
            _reached("written", target)
            os.fsync(descriptor)
            _reached("synced", target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        part.replace(target)  # while it is locked: nobody else can have begun to write into it
        _reached("renamed", target)
    sync_directory(target.parent)


def _locked(part: Path, file: str | os.PathLike[str]) -> int:
    """An open descriptor of `part`, locked until it is closed."""
    while True:
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise OutputError(f"{file} cannot be written: {error.strerror}.") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise BeingWrittenError(f"{file} is being written by another process.") from None
        # Between the two calls the other process may have renamed or removed it.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), part.stat()):
                return descriptor
        os.close(descriptor)


def sync_directory(directory: str | os.PathLike[str]) -> None:
    """What was made, renamed or removed in it is on the disk then. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reached(step: str, target: Path) -> None:
    """Tells audit hooks, of which only tests install any."""
    sys.audit(f"trivia_scraper.whole_file.{step}", str(target))
