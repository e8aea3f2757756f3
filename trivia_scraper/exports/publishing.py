"""A directory that changes as a whole: its readers see the old one or the new one, whatever crashes.

DIR is a symbolic link to a version, which stands beside it in `.DIR.versions`, and one rename moves the link. The
version before stays until the next one is begun, for who is reading it; what an earlier process left unfinished goes
then too.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sys
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from trivia_scraper.errors import BeingPublishedError, PublishingError

_LOCK = "{kind}.lock"
_PATH = re.compile(r"(?:[a-z0-9_-][a-z0-9._-]*/)*[a-z0-9_-][a-z0-9._-]*")


class Edition:
    """One version of the directory, in the making. Paths are relative, with "/", and consist of slugs and file names as
    slugs.py makes them."""

    def __init__(self, root: Path, previous: Path | None) -> None:
        self._root = root
        self._previous = previous
        root.mkdir()

    def write(self, path: str, body: str | bytes) -> None:
        """A file that is not there yet."""
        with self._place(path).open("xb") as file:
            file.write(body if isinstance(body, bytes) else body.encode("utf-8", "replace"))
        _reached("written", path)

    def keep(self, path: str) -> None:
        """The file of the version before, as it is. Raises FileNotFoundError."""
        if self._previous is None:
            raise FileNotFoundError(path)
        place = self._place(path)
        try:
            os.link(self._previous / path, place)
        except FileNotFoundError:
            raise
        except OSError:  # a file system without hard links, or a file that has too many
            shutil.copyfile(self._previous / path, place)

    def earlier(self, folder: str) -> list[str]:
        """Names of the files that the version before has in `folder`."""
        try:
            return os.listdir(self._previous / folder) if self._previous else []
        except FileNotFoundError:
            return []

    def _place(self, path: str) -> Path:
        if not _PATH.fullmatch(path):
            raise ValueError(f"{path!r} is no path of a site")
        place = self._root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        return place


@contextmanager
def publishing(directory: str | os.PathLike[str], kind: str) -> Iterator[Edition]:
    """The next version of `directory`; it takes the place of the last one when the block ends without an exception.

    kind: of what it holds, a word; a directory of one kind never takes the place of one of another.

    Raises PublishingError when something stands at `directory` that was not made here, BeingPublishedError, OSError.
    """
    link = Path(os.path.abspath(directory))
    if not link.name:
        raise PublishingError(f"{link} cannot be replaced; name a directory inside of it.")
    versions = link.with_name(f".{link.name}.versions")
    mark = versions / _LOCK.format(kind=kind)
    _check(link, versions, mark)
    versions.mkdir(parents=True, exist_ok=True)
    with mark.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BeingPublishedError(f"{directory} is being made by another process.") from None
        current = _current(link, versions)
        _tidy(versions, {mark, current})
        name = uuid.uuid4().hex
        try:
            yield Edition(versions / name, current)
        except BaseException:
            shutil.rmtree(versions / name, ignore_errors=True)
            raise
        _reached("complete", name)
        pointer = versions / f"{name}.link"
        pointer.symlink_to(Path(versions.name, name))
        _reached("linked", name)
        if link.is_dir() and not link.is_symlink():
            link.rmdir()  # an empty one, as `mktemp -d` makes
        pointer.replace(link)
        _reached("swapped", name)
    # The lock file stays: removed, it could be locked by two.


def _check(link: Path, versions: Path, mark: Path) -> None:
    if link.is_symlink():
        ours = Path(os.path.abspath(link.parent / os.readlink(link))).parent == versions
    else:
        ours = not link.exists() or (link.is_dir() and not os.path.ismount(link) and not any(link.iterdir()))
    if versions.exists() and not mark.exists() and any(versions.iterdir()):
        ours = False
    if not ours:
        raise PublishingError(f"{link} was not made by this command and stays as it is; name another directory.")


def _current(link: Path, versions: Path) -> Path | None:
    return versions / Path(os.readlink(link)).name if link.is_symlink() else None


def _tidy(versions: Path, kept: Collection[Path | None]) -> None:
    for left in versions.iterdir():
        if left in kept:
            continue
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def _reached(step: str, what: str) -> None:
    """Tells audit hooks, of which only tests install any."""
    sys.audit(f"trivia_scraper.publishing.{step}", what)
