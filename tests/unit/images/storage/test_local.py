"""Tests that a stored image is complete or missing, and that nothing outside the store is read or written."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.paths import ROOT
from tests.support.stored_file import IMAGE, NEW, OLD, SHA
from trivia_scraper.db.image_layout import is_ours
from trivia_scraper.errors import StorageError
from trivia_scraper.images.storage import local
from trivia_scraper.images.storage.base import ID_FILE, compare_file
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.verify import find_orphans, index_paths

UNSAFE = [
    *("", ".", "..", "/", "../hero.jpg", "venues/../../hero.jpg", "venues/..", "venues/../hero.jpg", "./hero.jpg"),
    *("/etc/passwd", "//etc/passwd", "venues//hero.jpg", "venues/", "venues/the-bell/", f"venues/{'x' * 256}.jpg"),
    *("venues\\hero.jpg", "venues/hero\0.jpg", "\0", "venues/hero.jpg\n", "venues/.hidden", ".ledger.sqlite3"),
    *("venues/.tmp-../hero.jpg", "venues/\ud800.jpg"),
]
# Paths inside the store that parsing/slugs.py does not make. Only an override of `file_path` may use them.
FOREIGN = [
    "~/hero.jpg",
    "c:/hero.jpg",
    "venues/a b.jpg",
    "Venues/hero.jpg",
    "venues/café.jpg",
    "venues/%2e%2e/hero.jpg",
]


@pytest.fixture
def store(tmp_path: Path) -> LocalFileStore:
    return LocalFileStore(tmp_path / "images")


def everything(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or path.is_file()
    )


def child(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_write_syncs_new_folders_before_it_returns(store: LocalFileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    store.write(IMAGE, OLD)
    names = (IMAGE, "venues/the-bell", "", "venues")
    assert synced == [os.stat(store.root / name).st_ino for name in names]
    synced.clear()
    store.write(IMAGE, NEW)
    assert synced == [os.stat(store.root / name).st_ino for name in names[:2]]
    synced.clear()
    store.write("venues/the-bell/thumbs/small/hero.jpg", NEW, durable=False)
    assert synced == [], "it can be made again"


def test_written_file_is_read_and_has_stat(store: LocalFileStore) -> None:
    stat = store.write(IMAGE, OLD)
    assert store.read(IMAGE) == OLD
    assert store.stat(IMAGE) == stat
    assert stat.bytes == len(OLD)
    assert (store.root / IMAGE).stat().st_mtime_ns == stat.modified_ns
    assert store.write(IMAGE, NEW).bytes == len(NEW)
    assert store.read(IMAGE) == NEW
    assert list(store.paths()) == [IMAGE]


KEPT = "replaced/1f.jpg"


def test_kept_file_survives_replacement_at_second_path(store: LocalFileStore) -> None:
    store.write(IMAGE, OLD)
    before = (store.root / IMAGE).stat()
    store.keep(IMAGE, KEPT)
    store.write(IMAGE, NEW)
    assert (store.read(IMAGE), store.read(KEPT)) == (NEW, OLD)
    assert (store.root / KEPT).stat().st_ino == before.st_ino, "nothing was copied"
    store.keep(IMAGE, KEPT)
    assert store.read(KEPT) == OLD, "its name is a digest of its bytes"
    store.keep("venues/the-bell/none.jpg", "replaced/2e.jpg")
    assert sorted(store.paths()) == [KEPT, IMAGE]


def test_keep_syncs_second_path(store: LocalFileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write(IMAGE, OLD)
    synced: list[str] = []
    monkeypatch.setattr(local, "sync_directory", lambda each: synced.append(os.path.basename(each)))
    store.keep(IMAGE, KEPT)
    assert synced == ["replaced", "images"]


@pytest.mark.parametrize("code", [errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.EXDEV])
def test_keep_copies_file_without_hard_links(store: LocalFileStore, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, "no hard links")

    monkeypatch.setattr(os, "link", refuse)
    store.write(IMAGE, OLD)
    store.keep(IMAGE, KEPT)
    store.write(IMAGE, NEW)
    assert (store.read(IMAGE), store.read(KEPT)) == (NEW, OLD)


def test_unreadable_file_has_stat_and_is_damaged(store: LocalFileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading it must not return None: commands would treat it as missing."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    store.write(IMAGE, OLD)
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OSError, match="Input/output"):
        store.read(IMAGE)
    assert compare_file(store, IMAGE, len(OLD), None, SHA)[0] == "damaged", "the next crawl replaces it"


def test_empty_file_is_stored(store: LocalFileStore) -> None:
    store.write(IMAGE, b"")
    assert store.read(IMAGE) == b""
    assert list(store.paths()) == [IMAGE]


def test_missing_file_reads_as_none_and_can_be_removed(store: LocalFileStore) -> None:
    assert store.read(IMAGE) is None
    assert store.stat(IMAGE) is None
    store.remove(IMAGE)
    store.write(IMAGE, OLD)
    store.remove(IMAGE)
    assert store.read(IMAGE) is None
    assert list(store.paths()) == []


def test_paths_lists_all_but_temporary_files(store: LocalFileStore) -> None:
    paths = {IMAGE, "venues/the-bell/thumbs/small/hero.jpg", "performers/sam/sam.png", "readme.txt"}
    for path in paths:
        store.write(path, OLD)
    (store.root / "venues/the-bell/.tmp-abc").write_bytes(NEW)
    assert set(store.paths()) == paths


def test_reader_sees_whole_file_while_it_is_replaced(store: LocalFileStore) -> None:
    bodies = [bytes([letter]) * size for letter, size in ((1, 2_000_000), (2, 1_000_000), (3, 3_000_000))]
    store.write(IMAGE, bodies[0])
    done = threading.Event()
    torn: list[tuple[int, int]] = []
    reads = 0

    def read() -> None:
        nonlocal reads
        while not done.is_set():
            body = store.read(IMAGE)
            reads += 1
            if body not in bodies:
                torn.append((len(body or b""), len(set(body or b""))))

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(60):
        store.write(IMAGE, bodies[turn % len(bodies)])
    done.set()
    reader.join()
    assert torn == []
    assert reads > 5


def test_concurrent_writers_leave_one_whole_file(store: LocalFileStore) -> None:
    bodies = [bytes([letter]) * 500_000 for letter in range(4)]

    def write(body: bytes) -> None:
        for _ in range(5):
            store.write(IMAGE, body)

    writers = [threading.Thread(target=write, args=(body,)) for body in bodies]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert store.read(IMAGE) in bodies
    assert everything(store.root) == [IMAGE]


FILE_LIMIT = """
import resource, signal, sys
from trivia_scraper.images.storage.local import LocalFileStore
store = LocalFileStore(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
try:
    store.write(sys.argv[2], b"n" * 20_000)
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.parametrize("existed", [True, False])
def test_failed_write_keeps_old_file_and_leaves_nothing(store: LocalFileStore, existed: bool) -> None:
    before = store.write(IMAGE, OLD) if existed else None
    ended = child(FILE_LIMIT, str(store.root), IMAGE)
    assert (ended.stdout, ended.stderr) == ("File too large\n", "")
    assert store.stat(IMAGE) == before
    assert store.read(IMAGE) == (OLD if existed else None)
    assert everything(store.root) == ([IMAGE] if existed else [])


POWER_CUT = """
import os, sys
from trivia_scraper.images.storage.local import LocalFileStore
store = LocalFileStore(sys.argv[1])
sys.addaudithook(lambda event, _: os._exit(9) if event == f"trivia_scraper.image.{sys.argv[3]}" else None)
store.write(sys.argv[2], b"n" * 20_000)
"""


@pytest.mark.parametrize(("step", "expected"), [("written", OLD), ("synced", OLD), ("renamed", NEW)])
def test_killed_write_leaves_whole_file_and_known_temporary(store: LocalFileStore, step: str, expected: bytes) -> None:
    store.write(IMAGE, OLD)
    assert child(POWER_CUT, str(store.root), IMAGE, step).returncode == 9
    assert store.read(IMAGE) == expected
    assert list(store.paths()) == [IMAGE]
    remains = list(store.temporaries())
    assert len(remains) == (0 if step == "renamed" else 1)
    for path in remains:
        store.remove(path)
    assert everything(store.root) == [IMAGE]


def test_temporaries_omits_files_of_living_processes(store: LocalFileStore) -> None:
    child(POWER_CUT, str(store.root), IMAGE, "written")
    (left,) = store.temporaries()
    host, process, name = left.rpartition(".tmp-")[2].split("-")
    living = f"venues/the-bell/.tmp-{host}-{os.getppid()}-{name}"
    (store.root / left).rename(store.root / living)
    for foreign, modified in (("venues/.tmp-otherhost-1-old", 0), ("venues/.tmp-otherhost-1-young", None)):
        (store.root / foreign).write_bytes(OLD)
        os.utime(store.root / foreign, None if modified is None else (modified, modified))
    assert int(process) != os.getppid()
    assert list(store.temporaries()) == ["venues/.tmp-otherhost-1-old"]


@pytest.mark.parametrize("path", UNSAFE)
def test_path_outside_store_is_refused(store: LocalFileStore, tmp_path: Path, path: str) -> None:
    (tmp_path / "hero.jpg").write_bytes(b"secret")
    before = everything(tmp_path)
    for attempt in (lambda: store.write(path, NEW), lambda: store.remove(path)):
        with pytest.raises(StorageError, match="is not a path inside the store"):
            attempt()
    assert (store.read(path), store.stat(path)) == (None, None)
    assert everything(tmp_path) == before
    assert (tmp_path / "hero.jpg").read_bytes() == b"secret"


@pytest.mark.parametrize("path", FOREIGN)
def test_file_with_foreign_name_is_not_orphaned(store: LocalFileStore, path: str) -> None:
    store.write(path, NEW)
    store.write("venues/the-bell/orphan.jpg", NEW)
    assert list(find_orphans(store, index_paths([]), is_ours)) == ["venues/the-bell/orphan.jpg"]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(path=st.text(st.sampled_from("ab/.-_\0\\~ é")) | st.text(max_size=30))
def test_write_stays_inside_store_for_any_path(path: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    store = LocalFileStore(outside / "images")
    try:
        store.write(path, b"x")
    except OSError:
        assert everything(outside) == []
    else:
        assert everything(outside) == [f"images/{path}"]


@pytest.mark.parametrize("depth", [".", "the-bell"])
def test_link_to_directory_is_not_followed(store: LocalFileStore, tmp_path: Path, depth: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "hero.jpg").write_bytes(b"secret")
    link = store.root / "venues" / depth
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside, target_is_directory=True)
    path = "venues/hero.jpg" if depth == "." else IMAGE
    with pytest.raises(StorageError, match="is a link, which could lead out of the store"):
        store.write(path, NEW)
    with pytest.raises(StorageError, match="is a link, which could lead out of the store"):
        store.remove(path)
    assert (store.read(path), store.stat(path)) == (None, None)
    assert {each.name: each.read_bytes() for each in outside.iterdir()} == {"hero.jpg": b"secret"}
    assert list(store.paths()) == []


def test_link_to_file_is_neither_read_nor_written_through(store: LocalFileStore, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(OLD)
    store.write("venues/the-bell/other.jpg", OLD)
    (store.root / IMAGE).symlink_to(secret)
    assert store.read(IMAGE) is None
    assert compare_file(store, IMAGE, len(OLD), None, SHA)[0] == "damaged"
    store.write(IMAGE, NEW)
    assert secret.read_bytes() == OLD
    assert store.read(IMAGE) == NEW
    assert not (store.root / IMAGE).is_symlink()
    (store.root / IMAGE).unlink()
    (store.root / IMAGE).symlink_to(secret)
    store.remove(IMAGE)
    assert secret.read_bytes() == OLD
    assert not (store.root / IMAGE).is_symlink()


def test_root_may_be_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "images").symlink_to(tmp_path / "disk", target_is_directory=True)
    store = LocalFileStore(tmp_path / "images")
    store.write(IMAGE, OLD)
    assert (tmp_path / "disk" / IMAGE).read_bytes() == OLD


NOT_MINE = """
import os, sys
from trivia_scraper.images.storage.local import StorageError, LocalFileStore
if os.getuid() == 0:  # permissions mean nothing to root, so that root asks as nobody
    try:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    except PermissionError:
        sys.exit(77)
try:
    LocalFileStore(sys.argv[1])
except StorageError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("name", "sentence"),
    [(".", "IMAGES_STORE {} is not writable."), ("deeper", "IMAGES_STORE {} cannot be created: Permission denied.")],
)
def test_unwritable_root_is_one_sentence(name: str, sentence: str) -> None:
    with tempfile.TemporaryDirectory() as folder:  # a directory that every user may enter, unlike those of pytest
        os.chmod(folder, 0o555)
        root = os.path.normpath(os.path.join(folder, name))
        ended = child(NOT_MINE, root)
    if ended.returncode == 77:
        pytest.skip("this is root, who may write everywhere, and may not become nobody")
    assert (ended.stdout, ended.stderr) == (f"{sentence.format(root)}\n", "")


def test_reading_store_accepts_unwritable_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert list(LocalFileStore(tmp_path, make=False, writes=False).paths()) == []
    with pytest.raises(StorageError, match="is not writable"):
        LocalFileStore(tmp_path, make=False)


@pytest.mark.parametrize("deeper", ["", "/images"])
def test_root_being_file_is_one_sentence(tmp_path: Path, deeper: str) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(StorageError, match=r"^IMAGES_STORE \S+ cannot be created: [\w ]+\.$"):
        LocalFileStore(f"{tmp_path}/file{deeper}")
    assert (tmp_path / "file").read_text() == "not a directory"


def test_store_id_is_not_listed_as_image(tmp_path: Path) -> None:
    store = LocalFileStore(tmp_path / "images", make=False)
    assert store.read_id() is None
    assert not (tmp_path / "images").exists()
    store = LocalFileStore(tmp_path / "images")
    assert store.read_id() is None
    store.write_id("0123abc")
    assert store.read_id() == "0123abc"
    store.write_id("4567def")
    assert LocalFileStore(tmp_path / "images", writes=False).read_id() == "4567def"
    assert [path.name for path in (tmp_path / "images").iterdir()] == [".trivia-store"]
    assert list(store.paths()) == []
    assert list(store.temporaries()) == []
    with pytest.raises(StorageError):
        store.write(".trivia-store", b"")


def test_unreadable_id_is_one_sentence_and_empty_id_none(tmp_path: Path) -> None:
    store = LocalFileStore(tmp_path)
    (tmp_path / ID_FILE).write_bytes(b"\n")
    assert store.read_id() is None
    (tmp_path / ID_FILE).unlink()
    (tmp_path / ID_FILE).mkdir()
    with pytest.raises(StorageError) as refused:
        store.read_id()
    assert str(refused.value) == f"{tmp_path}/{ID_FILE} cannot be read: Is a directory."
