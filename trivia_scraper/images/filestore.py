"""Where pictures are kept. A file is whole or not there: nobody ever sees half of one, whatever crashes. Of thumbnails,
which can be made again, a power cut may leave half; `scrapy images verify` finds it."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import stat
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from trivia_scraper.images.freshness import FileState
from trivia_scraper.images.steps import Step, reached
from trivia_scraper.parsing.slugs import short_digest
from trivia_scraper.whole_file import sync_directory

_TEMPORARY = ".tmp-"
_HOST = short_digest(platform.node())
_OLD_SECONDS = 3600  # no write takes an hour; this is for files of other hosts, whose processes cannot be asked about
_SAFE_PATH = re.compile(rf"(?:[a-z0-9_-][a-z0-9._-]*/)*(?:{re.escape(_TEMPORARY)})?[a-z0-9_-][a-z0-9._-]*")


class FileStoreError(OSError):
    """The store cannot be used as it is set up, or does not answer. Its text is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class FileStat:
    bytes: int
    modified_ns: int | None
    """None where the store keeps no such time."""


class FileStore(Protocol):
    """Paths are relative, with "/", and consist of slugs and file names as slugs.py makes them."""

    trusted: bool
    """Whether nothing but this project changes the store, so that the ledger's word is enough and no file is looked
    at."""

    def write(self, path: str, body: bytes, *, lasting: bool = True) -> FileStat:
        """Replaces the file as a whole and returns once it is on the disk. Raises OSError; the old file is then
        untouched. Not `lasting`: it can be made again, and a power cut may leave it empty or cut."""

    def read(self, path: str) -> bytes | None:
        """None when there is no such file."""

    def stat(self, path: str) -> FileStat | None:
        """None when there is no such file."""

    def remove(self, path: str) -> None:
        """Nothing happens when there is no such file."""

    def paths(self) -> Iterator[str]:
        """Every stored file, thumbnails included; not temporary files, nor what this project could not have named."""

    def temporaries(self) -> Iterator[str]:
        """Temporary files whose writer is gone."""


class LocalFileStore:
    """A directory. make: it may not exist yet; without, a missing one is an empty store.

    Raises FileStoreError when it cannot be made or written to.
    """

    trusted = False

    def __init__(self, root: str | os.PathLike[str], *, make: bool = True) -> None:
        self.root = Path(os.path.realpath(root))
        self._root = str(self.root)
        if not make and not self.root.exists():
            return
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileStoreError(f"IMAGES_STORE {root} cannot be made: {error.strerror}.") from None
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise FileStoreError(f"IMAGES_STORE {self.root} is not writable.")

    def write(self, path: str, body: bytes, *, lasting: bool = True) -> FileStat:
        folder, parents = self._made_folder(path)
        target = f"{self._root}/{path}"
        temporary = f"{folder}/{_TEMPORARY}{_HOST}-{os.getpid()}-{uuid.uuid4().hex}"
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
            try:
                rest = memoryview(body)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                reached(Step.WRITTEN, path)
                if lasting:
                    os.fsync(descriptor)
                reached(Step.SYNCED, path)
                status = os.fstat(descriptor)
            finally:
                os.close(descriptor)
            os.replace(temporary, target)
            reached(Step.RENAMED, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
            with suppress(OSError):  # the next file finds the folders there, and takes them for synced
                for directory in parents if lasting else ():
                    sync_directory(directory)
            raise
        if lasting:
            # A rename is on the disk only when its directory is, and that one when its parents are. These come last:
            # with what was synced before them, most file systems have already written them.
            for directory in (folder, *parents):
                sync_directory(directory)
        return FileStat(status.st_size, status.st_mtime_ns)

    def read(self, path: str) -> bytes | None:
        try:
            descriptor = os.open(self._inside(path), os.O_RDONLY | os.O_NOFOLLOW)
            with os.fdopen(descriptor, "rb") as file:
                return file.read()
        except OSError:
            return None

    def stat(self, path: str) -> FileStat | None:
        try:
            status = os.lstat(self._inside(path))
        except OSError:
            return None
        return FileStat(status.st_size, status.st_mtime_ns)

    def remove(self, path: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self._inside(path))

    def paths(self) -> Iterator[str]:
        for folder, _, names in os.walk(self.root):
            for name in sorted(names):
                path = Path(folder, name).relative_to(self.root).as_posix()
                if not name.startswith(_TEMPORARY) and is_path(path):
                    yield path

    def temporaries(self) -> Iterator[str]:
        for path in self.root.rglob(f"{_TEMPORARY}*"):
            if _is_abandoned(path):
                yield path.relative_to(self.root).as_posix()

    def _made_folder(self, path: str) -> tuple[str, list[str]]:
        """Where the file at `path` goes, once the folders that are missing are made; and these folders' parents."""
        check_path(path)
        folder = self._root
        parents: list[str] = []
        for name in path.split("/")[:-1]:
            parent, folder = folder, f"{folder}/{name}"
            if parents or not _is_there(folder):
                with suppress(FileExistsError):  # another thread was first
                    os.mkdir(folder)
                parents.append(parent)
        return folder, parents

    def _inside(self, path: str) -> str:
        """The absolute path, once it is certain that it lies below the root and that no link leads out of it."""
        check_path(path)
        folder = self._root
        for name in path.split("/")[:-1]:
            folder = f"{folder}/{name}"
            if not _is_there(folder):
                break
        return f"{self._root}/{path}"


def _is_there(path: str) -> bool:
    """Raises FileStoreError when it is a link, which would lead out of the store."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(mode):
        raise FileStoreError(f"{path} leads out of the store through a link.")
    return True


def is_path(path: str) -> bool:
    """Whether slugs.py could have made it; another one might lead anywhere."""
    return _SAFE_PATH.fullmatch(path) is not None


def check_path(path: str) -> None:
    """Raises FileStoreError unless `is_path`."""
    if not is_path(path):
        raise FileStoreError(f"{path!r} is no path of this store.")


def state_of(
    store: FileStore, path: str, bytes_: int, modified_ns: int | None, sha256: str
) -> tuple[FileState, FileStat | None]:
    """Whether the file at `path` is still the one that was recorded.

    bytes_ is 0 for one that `images verify` found missing or damaged. Size and time of change answer for free. A file
    whose time alone differs, as after a restored backup, is read and compared, so that a changed byte is found and an
    honest copy is not downloaded again.
    """
    if store.trusted:
        return ("ok" if bytes_ else "damaged"), None
    found = store.stat(path)
    if found is None:
        return "missing", None
    if found.bytes != bytes_:
        return "damaged", found
    if found.modified_ns == modified_ns:
        return "ok", found
    body = store.read(path)
    return ("ok" if body is not None and hashlib.sha256(body).hexdigest() == sha256 else "damaged"), found


def are_there(store: FileStore, paths: Iterable[str]) -> bool:
    """Whether these files exist and hold anything."""
    return store.trusted or all((found := store.stat(path)) is not None and found.bytes > 0 for path in paths)


def open_file_store(uri: str, *, make: bool = True) -> FileStore:
    """The store of an IMAGES_STORE setting. make: a directory that is missing is made. Raises FileStoreError."""
    if not uri:
        raise FileStoreError("IMAGES_STORE is empty; it takes a directory or s3://bucket/prefix/.")
    scheme = "" if os.path.isabs(uri) else urlsplit(uri).scheme
    if scheme in {"", "file"}:
        return LocalFileStore(unquote(urlsplit(uri).path) if scheme else uri, make=make)
    if scheme and "@" in uri:  # what stands before it is not shown
        raise FileStoreError("IMAGES_STORE takes no keys: boto3 has them from AWS_ACCESS_KEY_ID and its like.")
    if scheme == "s3":
        from trivia_scraper.images.s3store import S3FileStore  # boto3 is an optional part

        return S3FileStore(uri)
    raise FileStoreError(f"IMAGES_STORE {uri!r} is neither a directory nor s3://bucket/prefix/.")


def _is_abandoned(temporary: Path) -> bool:
    host, _, process = temporary.name.removeprefix(_TEMPORARY).rpartition("-")[0].rpartition("-")
    if host == _HOST and process.isdecimal():
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return int(process) == os.getpid()  # this one only tidies up: the file is of an earlier bearer of its number
    try:
        return time.time() - temporary.lstat().st_mtime > _OLD_SECONDS
    except OSError:
        return False
