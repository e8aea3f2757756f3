"""Replace a file or a directory in one step. Readers see the old or the new version, even after a crash."""

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
def replace_text_file(file: str | os.PathLike[str]) -> Iterator[TextIO]:
    """Do the same as `replace_file` for a text file in UTF-8. Line ends are not converted."""
    with replace_file(file) as out:
        text = TextIOWrapper(out, encoding="utf-8", newline="")
        try:
            yield text
        finally:
            text.detach()


@contextmanager
def replace_file(file: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Yield a binary file that replaces `file` when the block ends without an exception.

    The data is written to `.FILE.part` in the same directory. If the process is killed, the next one overwrites that
    file. Raises BusyError if another process writes the file, and OutputError if it cannot be written.
    """
    with _named_in_errors(file), _replaced_file(file) as out:
        yield out


@contextmanager
def _replaced_file(file: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    target = Path(os.path.realpath(file))
    if target.exists() and not target.is_file():
        raise OutputError(f"{file} is not a file.")
    part = target.with_name(f".{target.name}.part")
    descriptor = _open_locked(part, file)
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
        part.replace(target)  # while it is locked, so that no other process can have started to write to it
        _reached("file.renamed", target)
    sync_directory(target.parent)


@contextmanager
def _named_in_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn an OSError, like that of a full disk, into an OutputError that names the path."""
    try:
        yield
    except TriviaError:
        raise
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from None


def _open_locked(part: Path, file: str | os.PathLike[str]) -> int:
    """Open and lock `part`. Return its descriptor; closing it releases the lock."""
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
        # Between `open` and `flock`, another process may have renamed or removed the file.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), part.stat()):
                return descriptor
        os.close(descriptor)


def place_new(made: str | os.PathLike[str], path: str | os.PathLike[str]) -> None:
    """Move a complete file to an unused path. Raises OSError, and FileExistsError if the path exists.

    On a file system without hard links, a process that is killed in the middle leaves an empty file.
    """
    try:
        os.link(made, path)  # a rename would replace an existing file
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
    """Write new, renamed and removed entries of a directory to the disk. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reached(step: str, what: str | Path) -> None:
    """Report a step to audit hooks. Only tests install such hooks."""
    sys.audit(f"trivia_scraper.{step}", str(what))


_PATH = re.compile(r"(?:[a-z0-9_-][a-z0-9._-]*/)*[a-z0-9_-][a-z0-9._-]*")


class Edition:
    """A version of a directory that is being written. Paths are relative and consist of slugs and file names."""

    def __init__(self, root: Path, previous: Path | None) -> None:
        self._root = root
        self._previous = previous
        root.mkdir()

    def write(self, path: str, body: str | bytes | Iterator[str]) -> None:
        """Write a new file. body: the contents, or an iterator over parts of it."""
        with self._place(path).open("xb") as file:
            if isinstance(body, bytes):
                file.write(body)
            else:
                parts = [body] if isinstance(body, str) else body
                file.writelines(part.encode("utf-8", "replace") for part in parts)
        _reached("directory.written", path)

    def keep(self, path: str) -> None:
        """Take over an unchanged file of the previous version. Raises FileNotFoundError."""
        if self._previous is None:
            raise FileNotFoundError(path)
        place = self._place(path)
        try:
            os.link(self._previous / path, place)
        except FileNotFoundError:
            raise
        except OSError:  # the file system has no hard links, or the file has too many
            shutil.copyfile(self._previous / path, place)

    def read_previous(self, path: str) -> bytes:
        """Return the bytes of a file of the previous version. Raises OSError."""
        if self._previous is None:
            raise FileNotFoundError(path)
        return (self._previous / path).read_bytes()

    def list_previous(self, folder: str) -> list[str]:
        """Return the file names in a folder of the previous version. Raises OSError."""
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
def replace_directory(directory: str | os.PathLike[str], kind: str) -> Iterator[Edition]:
    """Yield the next version of `directory`, which replaces the last one when the block ends without an exception.

    `DIR` is a symbolic link to a version in `.DIR.versions`, next to it. When all files of a version are on the disk,
    one rename changes the link. Readers may still use the previous version, so it is kept until the next version is
    begun. Then the remains of killed processes are removed too.

    kind: a word for the contents. A directory never replaces one of another kind.

    Raises BusyError if another process writes the directory, and OutputError if it cannot be written or was not made
    by this function.
    """
    with _named_in_errors(directory), _replaced_directory(directory, kind) as edition:
        yield edition


@contextmanager
def _replaced_directory(directory: str | os.PathLike[str], kind: str) -> Iterator[Edition]:
    link = Path(os.path.abspath(directory))
    if not link.name:
        raise OutputError(f"{link} cannot be replaced; name a directory inside it.")
    versions = link.with_name(f".{link.name}.versions")
    mark = versions / f"{kind}.lock"
    _check(link, versions, mark)
    versions.mkdir(parents=True, exist_ok=True)
    with mark.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"{directory} is being written by another process.") from None
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
        os.sync()  # one call for all files; syncing them one by one takes a second per hundred
        _reached("directory.synced", name)
        pointer = versions / f"{name}.link"
        pointer.symlink_to(Path(versions.name, name))
        _reached("directory.linked", name)
        if link.is_dir() and not link.is_symlink():
            link.rmdir()  # an empty directory, like one of `mktemp -d`
        pointer.replace(link)
        _reached("directory.swapped", name)
        sync_directory(link.parent)
    # The lock file is not removed, because then two processes could lock two files of its name.


def _check(link: Path, versions: Path, mark: Path) -> None:
    if link.is_symlink():
        ours = Path(os.path.abspath(link.parent / os.readlink(link))).parent == versions
    else:
        ours = not link.exists() or (link.is_dir() and not os.path.ismount(link) and not any(link.iterdir()))
    if versions.exists() and not mark.exists() and any(versions.iterdir()):
        ours = False
    if not ours:
        raise OutputError(f"{link} was not written by this command, so it is not replaced; name another directory.")


def is_device(path: Path) -> bool:
    """Return whether a path exists but is not a regular file, like /dev/stdout or a named pipe."""
    return path.exists() and not path.is_file()
