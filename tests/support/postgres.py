"""A PostgreSQL server for the tests, on a socket in its own directory."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

from sqlalchemy import URL, make_url

from trivia_scraper.db import migrations
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import metadata

SECONDS_TO_START = 30
END_CONNECTIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"
STRANGER, STRANGERS_PASSWORD = "stranger", "p@ss/w:rd?100% #1"
# The data need not survive the tests, and the server does not listen on a network.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_wal_size": "32MB",
    "autovacuum": "off",
    "max_connections": "60",
}


class Unavailable(Exception):
    """This machine has no PostgreSQL server. The text says how to install one."""


class Server:
    """A running server. Its databases are UTF-8 and sort by code points."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._numbers = count(1)
        self._upgraded: str | None = None

    def url(self, database: str, **facts: Any) -> str:
        place = {"username": "postgres", "query": {"host": str(self.directory)}} | facts
        return URL.create("postgresql+psycopg", database=database, **place).render_as_string(hide_password=False)

    def empty(self, options: str = "") -> str:
        """Create a database without tables, and return its URL."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} {options}")
        return self.url(name)

    def upgraded(self) -> str:
        """Return the URL of a database with the newest tables and no rows.

        It empties and reuses the database of the last call, which takes a tenth of the time of a new one.
        """
        if self._upgraded is None:
            url = self.empty()
            Store(url).close()
            self._upgraded = str(make_url(url).database)
            return url
        url = self.url(self._upgraded)
        self.run(f"{END_CONNECTIONS.format(self._upgraded)}; ALTER DATABASE {self._upgraded} ALLOW_CONNECTIONS true")
        # TRUNCATE would write new files for every table and index, and take five times as long.
        emptied = [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)]
        emptied.append(f"INSERT INTO store_identity VALUES ('{uuid4().hex}')")
        emptied.append("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'")
        emptied.append(f"UPDATE alembic_version SET version_num = '{migrations.NEWEST}'")
        self.run("; ".join(emptied), self._upgraded)
        return url

    def run(self, statement: str, database: str = "postgres") -> list[Any]:
        import psycopg

        with psycopg.connect(host=str(self.directory), user="postgres", dbname=database, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def end_connections(self, url: str) -> int:
        """End all connections, as a restart of the server does, and return how many there were."""
        name = make_url(url).database
        return len(self.run(END_CONNECTIONS.format(name)))


def programs() -> Path:
    """Return the directory of initdb and postgres, of the package pgserver or of the system. Raises Unavailable."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise Unavailable("no psycopg; pip install -r requirements-dev.txt") from None
    spec = find_spec("pgserver")
    folders = [Path(spec.origin).parent / "pginstall/bin"] if spec and spec.origin else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    folders += [Path(found).resolve().parent] if (found := shutil.which("initdb")) else []
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise Unavailable("no PostgreSQL server; pip install -r requirements-dev.txt, or install the system's")


@contextmanager
def running_postgres(address: str = "", network: Path | None = None) -> Iterator[Server]:
    """Start a server. Raises Unavailable.

    address: where it listens besides its socket, for clients in the same /24. network: the network namespace of this
    address.
    """
    folder = programs()
    directory = Path(tempfile.mkdtemp(prefix="pg-"))  # pytest's own paths are too long for a socket
    as_user: dict[str, Any] = {}
    try:
        if os.getuid() == 0:  # PostgreSQL refuses root, and the user `nobody` may not have access to the programs
            nobody = pwd.getpwnam("nobody")
            as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            if folder.parent.name == "pginstall":
                package = folder.parent.parent
                for each in (package, package.with_name("pgserver.libs")):
                    shutil.copytree(each, directory / each.name, symlinks=True)
                folder = directory / "pgserver/pginstall/bin"
            os.chown(directory, nobody.pw_uid, nobody.pw_gid)
        data = directory / "data"
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync", "--wal-segsize=1"]
        initdb: list[str | Path] = [folder / "initdb", "-D", data, *options]
        made = subprocess.run(initdb, **as_user, cwd=directory, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        rules = data / "pg_hba.conf"
        near = f"host all all {address}/24 trust\n" if address else ""
        rules.write_text(f"local all {STRANGER} scram-sha-256\n{near}{rules.read_text()}")
        within: list[str | Path] = []
        if network is not None:  # only root may enter it
            within = [
                "nsenter",
                f"--net={network}",
                f"--setuid={as_user['user']}",
                f"--setgid={as_user['group']}",
                "--",
            ]
            as_user = {}
        settings = OPTIONS | {"listen_addresses": address}
        with _running([*within, folder / "postgres"], directory, data, as_user, settings) as server:
            server.run(f"CREATE ROLE {STRANGER} LOGIN PASSWORD '{STRANGERS_PASSWORD}'")
            yield server
    finally:
        shutil.rmtree(directory)


@contextmanager
def _running(
    program: list[str | Path], directory: Path, data: Path, as_user: dict[str, Any], settings: dict[str, str]
) -> Iterator[Server]:
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    log = directory / "log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            [*program, "-D", data, "-k", directory, *options], **as_user, cwd=directory,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        ) as process,
    ):  # fmt: skip
        try:
            deadline = monotonic() + SECONDS_TO_START
            while "ready to accept connections" not in log.read_text():
                assert process.poll() is None, log.read_text()
                assert monotonic() < deadline, log.read_text()
                sleep(0.02)
            yield Server(directory)
        finally:
            process.send_signal(signal.SIGQUIT)  # ends at once, without writing to the disk
