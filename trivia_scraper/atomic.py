"""Replaces a file, or a directory, in one step: readers see the old one or the new one, whatever crashes."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

from trivia_scraper.errors import BusyError, OutputError, TriviaError


@contextmanager
def whole_file(file: str | os.PathLike[str]) -> Iterator[TextIO]:
    """Yield a text file in UTF-8 for `whole_binary`. Line ends stay as written."""
    with whole_binary(file) as out:
        text = TextIOWrapper(out, encoding="utf-8", newline="")
        try:
            yield text
        finally:
            text.detach()


@contextmanager
def whole_binary(file: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Yield a file that replaces `file` when the block ends without an exception.

    It is written as `.FILE.part` beside it; the next process overwrites what a killed one left there. Raises
    BusyError, and OutputError when it cannot be written.
    """
    with _named_in_errors(file), _replaced_file(file) as out:
        yield out


@contextmanager
def _replaced_file(file: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    target = Path(os.path.realpath(file))
    if target.exists() and not target.is_file():
        raise OutputError(f"{file} is not a file.")
    part = target.with_name(f".{target.name}.part")
    descriptor = _locked(part, file)
    with open(descriptor, "wb") as out:
        try:
            out.truncate(0)
            if target.exists():
                os.fchmod(descriptor, stat.S_IMODE(target.stat().st_mode))
            _reached("file.begun", target)
            yield out
            out.flush()
            _reached("file.written", target)
            os.fsync(descriptor)
            _reached("file.synced", target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        part.replace(target)  # while it is locked: nobody else can have begun to write into it
        _reached("file.renamed", target)
    sync_directory(target.parent)


@contextmanager
def _named_in_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn an OSError, as of a full disk, into an OutputError that names the path."""
    try:
        yield
    except TriviaError:
        raise
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from None


def _locked(part: Path, file: str | os.PathLike[str]) -> int:
    """Return an open descriptor of `part`, locked until it is closed."""
    while True:
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise OutputError(f"{file} cannot be written: {error.strerror}.") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise BusyError(f"{file} is being written by another process.") from None
        # Between the two calls the other process may have renamed or removed it.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), part.stat()):
                return descriptor
        os.close(descriptor)


def place_new(made: str | os.PathLike[str], path: str | os.PathLike[str]) -> None:
    """Move a file that is whole to a path without a file. Raises FileExistsError, which leaves both, and OSError.

    Without hard links, a process that is killed in the middle leaves an empty file.
    """
    try:
        os.link(made, path)  # unlike a rename it replaces nothing
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
        try:
            os.replace(made, path)
        except OSError:
            os.unlink(path)
            raise
    else:
        os.unlink(made)


def sync_directory(directory: str | os.PathLike[str]) -> None:
    """Bring to the disk what was made, renamed or removed in a directory. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reached(step: str, what: str | Path) -> None:
    """Report a step to audit hooks, of which only tests install any."""
    sys.audit(f"trivia_scraper.{step}", str(what))


_PATH = re.compile(r"(?:[a-z0-9_-][a-z0-9._-]*/)*[a-z0-9_-][a-z0-9._-]*")


class Edition:
    """A version of the directory in the making. Paths are relative, of slugs and file names from slugs.py."""

    def __init__(self, root: Path, previous: Path | None) -> None:
        self._root = root
        self._previous = previous
        root.mkdir()

    def write(self, path: str, body: str | bytes | Iterator[str]) -> None:
        """Write a file that does not exist yet. body: may come in parts."""
        with self._place(path).open("xb") as file:
            if isinstance(body, bytes):
                file.write(body)
            else:
                parts = [body] if isinstance(body, str) else body
                file.writelines(part.encode("utf-8", "replace") for part in parts)
        _reached("directory.written", path)

    def keep(self, path: str) -> None:
        """Keep a file of the previous version as it is. Raises FileNotFoundError."""
        if self._previous is None:
            raise FileNotFoundError(path)
        place = self._place(path)
        try:
            os.link(self._previous / path, place)
        except FileNotFoundError:
            raise
        except OSError:  # a file system without hard links, or a file that has too many
            shutil.copyfile(self._previous / path, place)

    def read_previous(self, path: str) -> bytes:
        """Return the bytes of a file of the previous version. Raises OSError."""
        if self._previous is None:
            raise FileNotFoundError(path)
        return (self._previous / path).read_bytes()

    def list_previous(self, folder: str) -> list[str]:
        """Return the names of the files that the previous version has in `folder`. Raises OSError."""
        try:
            return os.listdir(self._previous / folder) if self._previous else []
        except FileNotFoundError:
            return []

    def _place(self, path: str) -> Path:
        if not _PATH.fullmatch(path):
            raise ValueError(f"{path!r} is not a path of a site")
        place = self._root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        return place


@contextmanager
def publishing(directory: str | os.PathLike[str], kind: str) -> Iterator[Edition]:
    """Yield the next version of `directory`, which replaces the last one when the block ends without an exception.

    `DIR` is a symbolic link to a version in `.DIR.versions` beside it, and one rename moves the link after all files
    are on the disk. The previous version is kept until the next one is begun, for readers that have it open; what a
    killed process left is then removed too.

    kind: a word for the contents; a directory of one kind never replaces one of another.

    Raises BusyError, and OutputError when `directory` was not made here or cannot be written.
    """
    with _named_in_errors(directory), _replaced_directory(directory, kind) as edition:
        yield edition


@contextmanager
def _replaced_directory(directory: str | os.PathLike[str], kind: str) -> Iterator[Edition]:
    link = Path(os.path.abspath(directory))
    if not link.name:
        raise OutputError(f"{link} cannot be replaced; name a directory inside of it.")
    versions = link.with_name(f".{link.name}.versions")
    mark = versions / f"{kind}.lock"
    _check(link, versions, mark)
    versions.mkdir(parents=True, exist_ok=True)
    with mark.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"{directory} is being made by another process.") from None
        current = versions / Path(os.readlink(link)).name if link.is_symlink() else None
        for left in set(versions.iterdir()) - {mark, current}:
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            else:
                left.unlink()
        name = uuid.uuid4().hex
        try:
            yield Edition(versions / name, current)
        except BaseException:
            shutil.rmtree(versions / name, ignore_errors=True)
            raise
        _reached("directory.complete", name)
        os.sync()  # one call for thousands of files, which would take a second per hundred one by one
        _reached("directory.synced", name)
        pointer = versions / f"{name}.link"
        pointer.symlink_to(Path(versions.name, name))
        _reached("directory.linked", name)
        if link.is_dir() and not link.is_symlink():
            link.rmdir()  # an empty one, as `mktemp -d` makes
        pointer.replace(link)
        _reached("directory.swapped", name)
        sync_directory(link.parent)
    # The lock file stays: removed, it could be locked by two.


def _check(link: Path, versions: Path, mark: Path) -> None:
    if link.is_symlink():
        ours = Path(os.path.abspath(link.parent / os.readlink(link))).parent == versions
    else:
        ours = not link.exists() or (link.is_dir() and not os.path.ismount(link) and not any(link.iterdir()))
    if versions.exists() and not mark.exists() and any(versions.iterdir()):
        ours = False
    if not ours:
        raise OutputError(f"{link} was not made by this command and stays as it is; name another directory.")


def is_device(path: Path) -> bool:
    """Return whether a path is neither a file nor missing: /dev/stdout, or a named pipe."""
    return path.exists() and not path.is_file()
