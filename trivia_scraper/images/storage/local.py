"""Stores images in a directory.

A file is complete or missing, whatever crashes. Only thumbnails, which can be made again, may be cut by a power
failure; `scrapy images verify` finds them.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import stat
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from trivia_scraper.atomic import replace_text_file, sync_directory
from trivia_scraper.errors import StorageError
from trivia_scraper.images.crash_points import Step, announce_step
from trivia_scraper.images.storage.base import ID_FILE, TEMPORARY, FileStat, check_path, is_path

_HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
_OLD_SECONDS = 3600  # for files of other hosts, whose processes cannot be checked; no write takes an hour


class LocalFileStore:
    """An image store in a directory.

    make: create a missing directory; otherwise it counts as an empty store. writes: the directory must be writable.
    Raises StorageError if it cannot be created or written to.
    """

    trusted = False

    def __init__(self, root: str | os.PathLike[str], *, make: bool = True, writes: bool = True) -> None:
        self.root = Path(os.path.realpath(root))
        self._root = str(self.root)
        try:
            if not make and not self.root.exists():
                return
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"IMAGES_STORE {root} cannot be created: {error.strerror}.") from None
        if writes and not os.access(self.root, os.W_OK | os.X_OK):
            raise StorageError(f"IMAGES_STORE {self.root} is not writable.")

    def write(self, path: str, body: bytes, *, durable: bool = True) -> FileStat:
        folder, parents = self._make_folder(path)
        target = f"{self._root}/{path}"
        temporary = f"{folder}/{TEMPORARY}{_HOST}-{os.getpid()}-{uuid.uuid4().hex}"
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
            try:
                rest = memoryview(body)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                announce_step(Step.WRITTEN, path)
                if durable:
                    os.fsync(descriptor)
                announce_step(Step.SYNCED, path)
                status = os.fstat(descriptor)
            finally:
                os.close(descriptor)
            os.replace(temporary, target)
            announce_step(Step.RENAMED, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
            with suppress(OSError):  # the next write finds the folders and assumes that they are synced
                for directory in parents if durable else ():
                    sync_directory(directory)
            raise
        if durable:
            # A rename is on the disk only when its directory is, and a directory when its parents are. Sync them last,
            # when most file systems have already written them with the file.
            for directory in (folder, *parents):
                sync_directory(directory)
        return FileStat(status.st_size, status.st_mtime_ns)

    def keep(self, path: str, second_path: str) -> None:
        folder, parents = self._make_folder(second_path)
        try:
            os.link(self._resolve(path), f"{self._root}/{second_path}", follow_symlinks=False)
        except (FileExistsError, FileNotFoundError):
            pass
        except OSError:  # no hard links, too many of them, or another file system
            if (body := self.read(path)) is not None:
                self.write(second_path, body)
        for each in (folder, *parents):
            sync_directory(each)

    def read(self, path: str) -> bytes | None:
        try:
            descriptor = os.open(self._resolve(path), os.O_RDONLY | os.O_NOFOLLOW)
            with os.fdopen(descriptor, "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError, StorageError):  # StorageError: the path is outside the store
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:  # a link is not a file of the store
                return None
            raise

    def stat(self, path: str) -> FileStat | None:
        try:
            status = os.lstat(self._resolve(path))
        except OSError:
            return None
        return FileStat(status.st_size, status.st_mtime_ns)

    def remove(self, path: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self._resolve(path))

    def paths(self) -> Iterator[str]:
        for folder, _, names in os.walk(self.root):
            for name in sorted(names):
                path = Path(folder, name).relative_to(self.root).as_posix()
                if not name.startswith(TEMPORARY) and is_path(path):
                    yield path

    def temporaries(self) -> Iterator[str]:
        for path in self.root.rglob(f"{TEMPORARY}*"):
            if _is_abandoned(path):
                yield path.relative_to(self.root).as_posix()

    def read_id(self) -> str | None:
        try:
            return (self.root / ID_FILE).read_text("utf-8", "replace").strip() or None
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StorageError(f"{self.root / ID_FILE} cannot be read: {error.strerror}.") from None

    def write_id(self, store_id: str) -> None:
        with replace_text_file(self.root / ID_FILE) as file:
            file.write(f"{store_id}\n")

    def _make_folder(self, path: str) -> tuple[str, list[str]]:
        """Create the missing folders of a path. Return its folder, and the parents of the created folders."""
        check_path(path)
        folder = self._root
        parents: list[str] = []
        for name in path.split("/")[:-1]:
            parent, folder = folder, f"{folder}/{name}"
            if parents or not _exists(folder):
                with suppress(FileExistsError):  # another thread was first
                    os.mkdir(folder)
                parents.append(parent)
        return folder, parents

    def _resolve(self, path: str) -> str:
        """Return the absolute path. Raises StorageError for a path outside the root, or one through a link."""
        check_path(path)
        folder = self._root
        for name in path.split("/")[:-1]:
            folder = f"{folder}/{name}"
            if not _exists(folder):
                break
        return f"{self._root}/{path}"


def _exists(path: str) -> bool:
    """Return whether a path exists. Raises StorageError if it is a link, which could lead out of the store."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(mode):
        raise StorageError(f"{path} is a link, which could lead out of the store.")
    return True


def _is_abandoned(temporary: Path) -> bool:
    host, _, process = temporary.name.removeprefix(TEMPORARY).rpartition("-")[0].rpartition("-")
    if host == _HOST and process.isdecimal():
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return int(process) == os.getpid()  # this process only cleans up; an earlier one with its number left the file
    try:
        return time.time() - temporary.lstat().st_mtime > _OLD_SECONDS
    except OSError:
        return False
