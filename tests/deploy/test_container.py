"""deploy/Containerfile without a container engine.

The test runs its instructions, except FROM, on a machine of its own, and then starts its command as its user.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest

from sandbox.client import Sandbox, running_sandbox
from tests.support.debian import Machine, Unavailable, machine
from tests.support.paths import ROOT

TEXT = (ROOT / "deploy/Containerfile").read_text()
INSTRUCTIONS = [
    tuple(line.split(maxsplit=1)) for line in re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", TEXT)).splitlines() if line
]
SECONDS_TO_START = 60
SECONDS_PER_JOB = 120


def of(instruction: str) -> list[str]:
    return [value for name, value in INSTRUCTIONS if name == instruction]


@dataclass
class Image:
    """A machine on which the instructions were run."""

    machine: Machine
    directory: str = "/"
    user: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    volumes: list[str] = field(default_factory=list)
    command: str = ""
    health: str = ""

    def follow(self, instruction: str, value: str) -> None:
        match instruction:
            case "FROM" | "EXPOSE":
                pass  # the machine has its own Python and network
            case "WORKDIR":
                self.directory = value
                self.machine.run(f"mkdir -p {value}")
            case "ENV":
                name, _, given = value.partition("=")
                self.environment[name] = given
            case "COPY":
                source, target = value.split()
                self._copy(source, str(PurePosixPath(self.directory, target)))
            case "RUN":
                self.run(value)
            case "USER":
                self.user = value
            case "VOLUME":
                self.volumes.append(value)
            case "CMD":
                self.command = shlex.join(json.loads(value))
            case "HEALTHCHECK":
                self.health = shlex.join(json.loads(value.partition("CMD ")[2]))
            case _:
                pytest.fail(f"this test does not know the instruction {instruction}")

    def _copy(self, source: str, target: str) -> None:
        patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
        assert any(fnmatch.fnmatch(f"!{source}", pattern) for pattern in patterns), f".dockerignore hides {source}"
        self.machine.put(ROOT / source, f"{target}/{source}" if (ROOT / source).is_file() else target)

    def run(self, script: str, *, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        given = self.environment | environment
        return self.machine.run(script, directory=self.directory, user=self.user, check=check, **given)

    @contextmanager
    def started(self, output: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        command = self.machine.command(f"exec {self.command}", self.directory, self.user)
        with (
            output.open("wb") as log,
            subprocess.Popen(
                command, env=self.machine.environment(self.environment | environment),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            ) as process,
        ):  # fmt: skip
            try:
                yield process
            finally:
                process.kill()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Iterator[Image]:
    try:
        with machine(tmp_path_factory.mktemp("machine")) as made:
            image = Image(made)
            for instruction, value in INSTRUCTIONS:
                image.follow(instruction, value)
            image.environment["SANDBOX_SERVER"] = sandbox.url  # as `podman run -e` would
            yield image
    except Unavailable as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))


def test_container_has_tested_versions_and_no_secret() -> None:
    pinned = re.findall(r"^[\w\[\]-]+==[\d.]+", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE)
    installed = re.findall(r"[\w\[\]-]+==[\d.]+", " ".join(of("RUN")))
    assert len(installed) == 4
    assert set(installed) <= set(pinned)
    assert [value for value in of("ENV") if re.search("PASS|SECRET|TOKEN|KEY|USERNAME", value)] == []
    assert of("ARG") == []


def test_container_user_can_write_only_volume(image: Image) -> None:
    assert image.user is not None
    assert image.user.split(":")[0] not in {"0", "root"}
    (volume,) = image.volumes
    found = image.run("find /opt/venv /opt/trivia_scraper -writable ! -type l").stdout.split()
    assert found == [volume]


def test_container_needs_password(image: Image) -> None:
    done = image.run(f"exec {image.command}", check=False, SCRAPYD_USERNAME="operator")
    assert done.returncode != 0
    assert "SCRAPYD_PASSWORD: is not set" in done.stdout


def test_container_crawl_returns_exit_code(image: Image) -> None:
    image.run("scrapy crawl quizmeisters -a limit=1")
    assert image.run("scrapy crawl no_publisher", check=False).returncode == 2


def test_container_names_place_of_missing_sandbox(image: Image) -> None:
    done = image.run("scrapy sandbox", check=False)
    assert done.returncode == 2
    assert "it needs the directory sandbox/ of a checkout; run it there." in done.stdout


def test_container_runs_jobs_and_reports_health(image: Image, tmp_path: Path, sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    output = tmp_path / "scrapyd.log"
    given = {"SCRAPYD_HTTP_PORT": str(port), "SCRAPYD_USERNAME": "operator", "SCRAPYD_PASSWORD": "planted-secret"}
    with image.started(output, **given):
        deadline = time.monotonic() + SECONDS_TO_START
        while "Site starting on" not in output.read_text():
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.2)
        url = f"http://127.0.0.1:{port}"
        status = image.run(f"curl -sS -o /dev/null -w '%{{http_code}}' {url}/daemonstatus.json").stdout
        assert status == "401"
        job = "-d project=trivia_scraper -d spider=quizmeisters -d jobid=in-a-container"
        answer = image.run(f"curl -sS -u operator:planted-secret {url}/schedule.json {job}").stdout
        assert json.loads(answer)["status"] == "ok"
        deadline = time.monotonic() + SECONDS_PER_JOB
        state = f"curl -sS -u operator:planted-secret '{url}/status.json?job=in-a-container'"
        while json.loads(image.run(state).stdout)["currstate"] != "finished":
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.2)
        (run,) = [run for run in runs_of(image) if run["job_id"] == "in-a-container"]
        assert run["verdict"] == "passed"
    image.run(image.health)
    (volume,) = image.volumes
    assert {"images", "trivia.db", "scrapyd"} <= {path.name for path in (image.machine.root / volume[1:]).iterdir()}

    sandbox.behave("https://storerocket.io/api/user/kDJ3BbK4mn/locations", "status", status=404)
    assert image.run("scrapy crawl quizmeisters", check=False).returncode == 1
    sandbox.heal()
    assert image.run(image.health, check=False).returncode == 1


def runs_of(image: Image) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(image.run("scrapy runs --json").stdout)
    return found
