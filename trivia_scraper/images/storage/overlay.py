"""A store for dry runs. It writes to a temporary directory, and never changes the store below."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryDirectory

from trivia_scraper.images.storage.base import FileStat, FileStore
from trivia_scraper.images.storage.local import LocalFileStore


class OverlayFileStore:
    """Reads what was written here, else what `below` has. `close` removes everything that was written."""

    def __init__(self, below: FileStore) -> None:
        self._below = below
        self._directory = TemporaryDirectory(prefix="trivia-dry-run-")
        self._above = LocalFileStore(self._directory.name)
        self._removed: set[str] = set()
        self.trusted = below.trusted

    def write(self, path: str, body: bytes, *, durable: bool = True) -> FileStat:
        self._removed.discard(path)
        return self._above.write(path, body, durable=False)

    def keep(self, path: str, second_path: str) -> None:
        """Do nothing: the store below still has the file."""

    def read(self, path: str) -> bytes | None:
        above = self._above.read(path)
        return above if above is not None or path in self._removed else self._below.read(path)

    def stat(self, path: str) -> FileStat | None:
        above = self._above.stat(path)
        return above if above is not None or path in self._removed else self._below.stat(path)

    def remove(self, path: str) -> None:
        self._above.remove(path)
        self._removed.add(path)

    def paths(self) -> Iterator[str]:
        written = set(self._above.paths())
        yield from sorted(written)
        yield from (path for path in self._below.paths() if path not in written | self._removed)

    def temporaries(self) -> Iterator[str]:
        return iter(())

    def read_id(self) -> str | None:
        return self._below.read_id()

    def write_id(self, store_id: str) -> None:
        """Do nothing: the id belongs to the store below."""

    def close(self) -> None:
        self._directory.cleanup()
