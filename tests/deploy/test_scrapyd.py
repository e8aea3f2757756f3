"""A real scrapyd: the egg is built and deployed as an operator does it, and jobs are scheduled over HTTP."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from sandbox.client import Sandbox, running_sandbox
from tests.support.paths import ROOT
from tests.support.stored import stored_images
from trivia_scraper.db import runs
from trivia_scraper.db.engine import Store

PROGRAMS = Path(sys.executable).parent
PROJECT = "trivia_scraper"
DEPLOYED_VERSION = "0.0.0+egg.of.a.test"
SECONDS_TO_START = 20
SECONDS_PER_JOB = 60

opener = build_opener(ProxyHandler({}))


class Daemon:
    """A running scrapyd."""

    def __init__(self, url: str, user: str, password: str, directory: Path, output: Path) -> None:
        self.url = url
        self.user = user
        self.password = password
        self.directory = directory
        self.output = output

    def ask(self, what: str, values: Mapping[str, str] | None = None) -> dict[str, Any]:
        body = urlencode(values).encode() if values else None
        credentials = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        request = Request(f"{self.url}/{what}", body, {"Authorization": f"Basic {credentials}"})
        with opener.open(request, timeout=SECONDS_TO_START) as response:
            answer: dict[str, Any] = json.load(response)
        # scrapyd answers with HTTP 200 for unknown projects, spiders and versions too.
        assert answer["status"] == "ok", answer
        return answer

    def schedule(self, job: str, **arguments: str) -> None:
        values = {"project": PROJECT, "spider": "quizmeisters", "jobid": job, **arguments}
        assert self.ask("schedule.json", values)["jobid"] == job

    def wait_for(self, job: str) -> None:
        deadline = monotonic() + SECONDS_PER_JOB
        while (state := self.ask(f"status.json?job={job}")["currstate"]) != "finished":
            assert monotonic() < deadline, f"Job {job} is still {state}.\n{self.logs()}"
            sleep(0.2)

    def logs(self) -> str:
        """Return scrapyd's own output and the log of every job."""
        logs = [self.output, *sorted(self.directory.rglob("quizmeisters/*.log"))]
        return "\n".join(f"--- {log}\n{log.read_text(errors='replace')}" for log in logs)


@contextmanager
def running_scrapyd(directory: Path, output: Path, environment: Mapping[str, str]) -> Iterator[Daemon]:
    """Run scrapyd in a directory with its configuration. Port, user and password are set in the environment."""
    user, password = "operator", secrets.token_urlsafe()
    for _ in range(3):
        # scrapyd cannot choose a free port. If another program takes this one first, scrapyd ends; try the next.
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        access = {"SCRAPYD_HTTP_PORT": str(port), "SCRAPYD_USERNAME": user, "SCRAPYD_PASSWORD": password}
        with (
            output.open("w") as log,
            subprocess.Popen(
                [PROGRAMS / "scrapyd", "--pidfile="], cwd=directory, env={**environment, **access},
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            ) as child,
        ):  # fmt: skip
            try:
                if listens(child, output):
                    yield Daemon(f"http://127.0.0.1:{port}", user, password, directory, output)
                    return
            finally:
                # After SIGTERM, scrapyd would leave its jobs running.
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
    pytest.fail(f"scrapyd did not start.\n{output.read_text()}")


def listens(child: subprocess.Popen[bytes], output: Path) -> bool:
    """Wait until scrapyd prints that it listens. Another program might answer at the port."""
    deadline = monotonic() + SECONDS_TO_START
    while child.poll() is None and monotonic() < deadline:
        if "Site starting on" in output.read_text():
            return True
        sleep(0.1)
    return False


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def environment(tmp_path: Path, sandbox: Sandbox) -> dict[str, str]:
    """Return an environment without the developer's state, credentials and targets, and without the checkout's path."""
    (tmp_path / "operator/.config").mkdir(parents=True)
    prefixes = ("TRIVIA_", "SCRAPY", "PYTHON", "XDG_", "IMAGES_STORE", "DATABASE_URL", "FEEDS_DIR", "NETRC")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    return {
        **inherited,
        "HOME": str(tmp_path / "operator"),
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "SANDBOX_SERVER": sandbox.url,
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of the checkout, so that no file is built in the one under test."""
    project = tmp_path / "project"
    for name in (PROJECT, "sandbox"):  # the egg must not contain the sandbox
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("scrapy.cfg", "setup.py", "pyproject.toml"):
        shutil.copy(ROOT / name, project)
    return project


def deploy(daemon: Daemon, project: Path, environment: Mapping[str, str]) -> None:
    home = Path(environment["HOME"])
    (home / ".config/scrapy.cfg").write_text(f"[deploy:elsewhere]\nurl = {daemon.url}\n")
    netrc = home / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login {daemon.user} password {daemon.password}\n")
    netrc.chmod(0o600)
    ended = subprocess.run(
        [PROGRAMS / "scrapyd-deploy", "elsewhere"], cwd=project, env=environment,
        capture_output=True, text=True, timeout=SECONDS_PER_JOB, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr + daemon.logs()
    assert json.loads(ended.stdout)["status"] == "ok", ended.stdout


def stored(home: Path) -> dict[str, tuple[str, bytes]]:
    """Return path -> URL and bytes of every image in the ledger."""
    store = Store(f"sqlite:///{home / 'trivia.db'}")
    rows = store.run(stored_images)
    store.close()
    return {row["path"]: (row["url"], (home / "images" / row["path"]).read_bytes()) for row in rows}


def run_of(job: str, home: Path, daemon: Daemon) -> dict[str, Any]:
    """Return the run of a job, which must have passed."""
    store = Store(f"sqlite:///{home / 'trivia.db'}")
    found = [run for run in store.run(runs.list_runs) if run["job_id"] == job]
    store.close()
    assert [run["verdict"] for run in found] == ["passed"], daemon.logs()
    return found[0]


def assert_as_served(images: dict[str, tuple[str, bytes]], sandbox: Sandbox) -> None:
    assert [path for path, (url, body) in images.items() if body != sandbox.served(url)] == []


def files_below(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}


def test_forced_refresh_through_deployed_egg(
    tmp_path: Path, environment: dict[str, str], project: Path, sandbox: Sandbox
) -> None:
    directory, home = tmp_path / "daemon", tmp_path / "state"
    directory.mkdir()
    shutil.copy(ROOT / "deploy/scrapyd.conf", directory)
    files = files_below(project / PROJECT)
    # Only the egg has this version, so a run with it came from the egg.
    (project / PROJECT / "__init__.py").write_text(f'__version__ = "{DEPLOYED_VERSION}"\n')
    environment["TRIVIA_HOME"] = str(home)

    with running_scrapyd(directory, tmp_path / "scrapyd.log", environment) as daemon:
        deploy(daemon, project, environment)
        (egg,) = directory.glob("eggs/*/*")
        with zipfile.ZipFile(egg) as archive:
            packed = {name for name in archive.namelist() if not name.endswith(".pyc")}
        assert {name.partition("/")[0] for name in packed} == {PROJECT, "EGG-INFO"}
        assert {name.removeprefix(f"{PROJECT}/") for name in packed if not name.startswith("EGG-INFO")} == files
        sent = egg.read_bytes()

        daemon.schedule("ordinary")
        daemon.wait_for("ordinary")
        run = run_of("ordinary", home, daemon)
        assert (run["version"], run["arguments"]) == (DEPLOYED_VERSION, {})
        before = stored(home)
        assert len(before) > 30
        assert_as_served(before, sandbox)

        sandbox.change()
        daemon.schedule("mistyped", force_refresh_images="maybe")
        daemon.schedule("forced", force_refresh_images="true")
        daemon.wait_for("mistyped")
        daemon.wait_for("forced")
        run = run_of("forced", home, daemon)
        assert (run["version"], run["arguments"]) == (DEPLOYED_VERSION, {"force_refresh_images": True})
        after = stored(home)
        assert_as_served(after, sandbox)
        assert [path for path in before if after[path][1] == before[path][1]] == []

        output = daemon.output.read_text()
        died = [line for line in output.splitlines() if "Process died" in line]
        assert [("exitstatus=2 " in line, "job='mistyped'" in line) for line in died] == [(True, True)], output
        assert "force_refresh_images takes true or false (also 1/0, yes/no, on/off), not 'maybe'." in output

        assert [path for path in directory.rglob("eggs/**/*") if path.is_file()] == [egg]
        assert egg.read_bytes() == sent
        assert {path.name for path in directory.iterdir()} == {"scrapyd.conf", "eggs", "logs", "dbs"}

    # The egg contains templates and scripts too.
    subprocess.run(
        [sys.executable, "-m", "scrapyd.runner", "catalogue", "-o", tmp_path / "site"], cwd=directory,
        env={**environment, "SCRAPY_PROJECT": PROJECT}, stdout=subprocess.PIPE, timeout=SECONDS_PER_JOB, check=True,
    )  # fmt: skip
    assert "3rd Space Canberra" in (tmp_path / "site/venues/3rd-space-canberra.html").read_text()
    assert (tmp_path / "site/assets/leaflet.js").is_file()

    assert setting_in_a_job("IMAGES_STORE", directory, environment) == str(home / "images")
    del environment["TRIVIA_HOME"]
    assert setting_in_a_job("IMAGES_STORE", directory, environment) == str(directory / "var/images")


def setting_in_a_job(name: str, directory: Path, environment: Mapping[str, str]) -> str:
    """Return the value that a job would read, by scrapyd's own runner in `directory`, with the deployed egg."""
    return subprocess.run(
        [sys.executable, "-m", "scrapyd.runner", "settings", "--get", name], cwd=directory,
        env={**environment, "SCRAPY_PROJECT": PROJECT}, stdout=subprocess.PIPE, text=True, timeout=30, check=True,
    ).stdout.strip()  # fmt: skip


def test_scrapyd_without_egg_serves_current_project(
    tmp_path: Path, environment: dict[str, str], project: Path, sandbox: Sandbox
) -> None:
    checkout = {path.name for path in project.iterdir()}
    with running_scrapyd(project, tmp_path / "scrapyd.log", environment) as daemon:
        assert PROJECT in daemon.ask("listprojects.json")["projects"]
        daemon.schedule("at-once", venue="act-3rd-space-canberra")
        daemon.wait_for("at-once")
        run_of("at-once", project / "var", daemon)
        images = stored(project / "var")
        assert {path.split("/")[1] for path in images if path.startswith("venues/")} == {"3rd-space-canberra"}
        assert_as_served(images, sandbox)
    assert {path.name for path in project.iterdir()} - checkout == {"var"}, "git ignores var/"
