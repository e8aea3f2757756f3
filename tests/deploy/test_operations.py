"""The commands of docs/install.md, in the order of the page, in one shell of a machine with only Debian's packages.

Addresses are replaced by those of the sandbox, of a receiver of alerts, and of a free port.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from sandbox.client import Sandbox, running_sandbox
from tests.support.debian import PACKAGES, Machine, Unavailable, machine
from tests.support.doc_pages import blocks, section
from tests.support.paths import ROOT
from tests.support.receiver import Receiver, receiving

PROJECT, STATE = "/opt/trivia_scraper", "/var/lib/trivia"
LISTING = "https://storerocket.io/api/user/kDJ3BbK4mn/locations"
CITIES = "https://pubquiz.pl/bilety/"
FIRST = "Debian with systemd"
SECONDS_PER_JOB = 120
SECONDS_PER_BLOCK = 300


def steps() -> dict[str, list[str]]:
    text = section("install.md", FIRST)
    return {title: blocks(step) for title, step in re.findall(r"(?ms)^### \d+\. (.*?)\n(.*?)(?=^### |\Z)", text)}


class Shell:
    """A bash that runs one block after another and ends at the first command that fails."""

    def __init__(self, machine: Machine, process: subprocess.Popen[str], addresses: dict[str, str]) -> None:
        self.machine = machine
        self.process = process
        self.addresses = addresses

    def type(self, block: str) -> str:
        """Run a block and return what it printed."""
        for address, instead in self.addresses.items():
            block = block.replace(address, instead)
        (self.machine.root / "tmp/block").write_text(block)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("/tmp/block\n")
        self.process.stdin.flush()
        printed: list[str] = []
        while (line := self.process.stdout.readline()) != "done\n":
            printed.append(line)
            assert line, f"{block}\n{''.join(printed)}\nexit code {self.process.wait()}\n{self.logs()}"
        return "".join(printed)

    def logs(self) -> str:
        found = [*self.machine.root.glob("run/units/*.log"), *self.machine.root.glob("var/lib/trivia/log/*.log")]
        return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in found)


@contextmanager
def shell(machine: Machine, addresses: dict[str, str]) -> Iterator[Shell]:
    """Start a shell in the project's directory. addresses: text of the page -> text to type instead."""
    command = machine.command(f"cd {PROJECT}; while read -r block; do . $block < /dev/null; echo; echo done; done")
    with subprocess.Popen(
        command, env=machine.environment({}), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        yield Shell(machine, process, addresses)


class Operated:
    """A machine after the first section of the page, and what its commands printed."""

    def __init__(self, machine: Machine, shell: Shell, sandbox: Sandbox, receiver: Receiver) -> None:
        self.machine = machine
        self.shell = shell
        self.sandbox = sandbox
        self.receiver = receiver
        self.printed: dict[str, str] = {}

    def trivia(self, *words: str) -> Any:
        return json.loads(self.machine.run(f"trivia {' '.join(words)} --json").stdout)

    def images(self) -> dict[str, tuple[str, bytes]]:
        """Return path -> URL and bytes of every image in the ledger."""
        folder = self.machine.root / STATE.lstrip("/") / "images"
        rows = self.trivia("images", "status")
        return {row["path"]: (row["url"], (folder / row["path"]).read_bytes()) for row in rows}

    def assert_as_served(self) -> None:
        wrong = [path for path, (url, body) in self.images().items() if body != self.sandbox.served(url)]
        assert wrong == []

    def wait_for_job(self, job: str) -> dict[str, Any]:
        """Wait until scrapyd reports a job as finished, and return its run."""
        ask = f"curl -sS --netrc 'http://127.0.0.1{self.shell.addresses[':6800']}/status.json?job={job}'"
        wait_until(lambda: '"finished"' in self.machine.run(ask).stdout, SECONDS_PER_JOB, self.shell)
        (found,) = [run for run in self.trivia("runs") if run["job_id"] == job]
        return dict(found)


@pytest.fixture(scope="module")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    try:
        with (
            machine(tmp_path_factory.mktemp("machine")) as made,
            running_sandbox() as sandbox,
            receiving() as receiver,
            socket.create_server(("127.0.0.1", 0)) as free,
        ):
            port = str(free.getsockname()[1])
            free.close()
            install(made, port)
            addresses = {"jsons://chat.example": receiver.json_url, ":6800": f":{port}"}
            with shell(made, addresses) as typing:
                operated = Operated(made, typing, sandbox, receiver)
                follow_page(operated)
                yield operated
    except Unavailable as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))


def install(made: Machine, port: str) -> None:
    for name in ("trivia_scraper", "sandbox", "deploy", "scrapy.cfg", "setup.py", "pyproject.toml", "requirements.txt"):
        made.put(ROOT / name, f"{PROJECT}/{name}")
    for name in ("scrapy.cfg", "deploy/scrapyd.conf"):
        path = made.root / PROJECT.lstrip("/") / name
        path.write_text(path.read_text().replace("6800", port))
    made.put(ROOT / "tests/support/systemctl.py", "/usr/local/sbin/systemctl")
    # The test must not depend on an update of Debian's package lists.
    apt = '#!/bin/sh\nif [ "$1" != update ]; then exec /usr/bin/apt-get "$@"; fi\n'
    (made.root / "usr/local/sbin/apt-get").write_text(apt)
    made.run("chmod 755 /usr/local/sbin/*; rm -f /usr/sbin/sendmail")


def follow_page(operated: Operated) -> None:
    for title, typed in steps().items():
        if title == "Every morning":  # the images of the first crawl are outdated by then
            operated.sandbox.change()
        for block in typed:
            operated.printed[title] = operated.printed.get(title, "") + operated.shell.type(block)
        if title == "Contact URL and alerts":
            with (operated.machine.root / "etc/trivia_scraper.env").open("a") as environment:
                environment.write(f"SANDBOX_SERVER={operated.sandbox.url}")  # without a line end, as some editors
        if title == "The first crawl":
            operated.assert_as_served()


def test_all_steps_of_install_page_ran(operated: Operated) -> None:
    assert list(operated.printed) == [
        "Packages and a user",
        "Contact URL and alerts",
        "Timers",
        "The first crawl",
        "Every morning",
        "Jobs over HTTP with scrapyd",
    ]
    timers = operated.printed["Timers"].split()
    spiders = operated.machine.run(f"cd {PROJECT} && .venv/bin/scrapy list").stdout.split()
    assert len(spiders) == 6
    for publisher in spiders:
        assert {f"trivia-crawl@{publisher}.timer", f"trivia-refresh@{publisher}.timer"} <= set(timers)
    assert {"trivia-prune.timer", "trivia-verify.timer"} <= set(timers)
    assert {*PACKAGES} - {"systemd"} <= set(steps()["Packages and a user"][0].split())


def test_forced_refresh_by_unit_and_by_deployed_egg(operated: Operated) -> None:
    run = operated.wait_for_job("refresh-1")
    assert (run["verdict"], run["arguments"]) == ("passed", {"force_refresh_images": True})
    assert len(operated.images()) > 30
    operated.assert_as_served()
    (by_unit,) = [run for run in operated.trivia("runs") if run["arguments"] and not run["job_id"]][:1]
    assert (by_unit["verdict"], by_unit["arguments"]) == ("passed", {"force_refresh_images": True})
    egg = operated.machine.run(f"ls {STATE}/scrapyd/eggs/trivia_scraper").stdout.split()
    assert len(egg) == 1


def test_scrapyd_needs_password_that_only_root_reads(operated: Operated) -> None:
    url = f"http://127.0.0.1{operated.shell.addresses[':6800']}/daemonstatus.json"
    status = "curl -sS -o /dev/null -w '%{http_code}'"
    assert operated.machine.run(f"{status} {url}").stdout == "401"
    assert operated.machine.run(f"{status} --netrc {url}").stdout == "200"
    modes = operated.machine.run("stat -c '%a %U' /etc/trivia_scraper.env /etc/trivia_scrapyd.env /root/.netrc").stdout
    assert modes.split("\n")[:3] == ["600 root"] * 3
    secret = (operated.machine.root / "etc/trivia_scrapyd.env").read_text().rpartition("=")[2].strip()
    assert len(secret) == 32
    assert operated.machine.run(f"grep -rl {secret} {STATE} /run/units", check=False).stdout == ""
    assert secret not in operated.machine.run("cat /proc/[0-9]*/cmdline | tr '\\0' ' '").stdout


def test_user_can_write_only_its_state(operated: Operated) -> None:
    found = f"find {PROJECT} /etc /usr -xdev -writable ! -type l 2> /dev/null || true"
    user = operated.machine.run("echo $(id -u trivia):$(id -g trivia)").stdout.strip()
    assert operated.machine.run(found, user=user).stdout == ""


def test_receiver_gets_alerts_at_failure_and_recovery(operated: Operated) -> None:
    operated.wait_for_job("refresh-1")
    operated.receiver.taken()
    operated.sandbox.behave(LISTING, "status", status=404)
    start = "systemctl start trivia-crawl@quizmeisters"
    assert operated.machine.run(start, check=False).returncode == 1
    assert operated.machine.run("trivia health", check=False).returncode == 1
    operated.sandbox.heal()
    operated.machine.run(start)
    titles = [post["title"] for post in operated.receiver.taken()]
    assert titles == ["quizmeisters failed (sandbox)", "quizmeisters passed again (sandbox)"]
    operated.machine.run("trivia health")


def test_systemd_accepts_units_and_runs_weekly_ones(operated: Operated) -> None:
    units = "trivia-*.service trivia-*.timer"
    listed = operated.machine.run(f"cd /etc/systemd/system && ls {units}").stdout.replace("@.", "@pubquiz.").split()
    assert len(listed) == 10
    assert operated.machine.run(f"systemd-analyze verify {' '.join(listed)}").stdout == ""
    for unit in ("trivia-prune", "trivia-verify"):
        operated.machine.run(f"systemctl start {unit}")


def test_logs_are_rotated_as_their_owner(operated: Operated) -> None:
    operated.machine.run(f"install -d -o trivia -g trivia {STATE}/log")
    operated.machine.run(f"install -o trivia -g trivia /dev/null {STATE}/log/pubquiz.log")
    operated.machine.run(f"echo a line >> {STATE}/log/pubquiz.log")
    rotate = "logrotate --state /tmp/logrotate.state"
    checked = operated.machine.run(f"{rotate} --debug /etc/logrotate.d/trivia_scraper").stdout
    assert "error" not in checked.lower()
    operated.machine.run(f"{rotate} --force /etc/logrotate.d/trivia_scraper")
    listed = operated.machine.run(f"stat -c '%n %U' {STATE}/log/pubquiz.*").stdout
    assert listed == f"{STATE}/log/pubquiz.log.1 trivia\n"


# -- cron, instead of the timers --------------------------------------------------------------------------------------
HOLDS = """
import pathlib, time
from trivia_scraper.db.engine import Store
from trivia_scraper.db.locks import PublisherLock
lock = PublisherLock(Store("sqlite:////var/lib/trivia/trivia.db"), "question_one")
print(lock.acquire(), flush=True)
while not pathlib.Path("/tmp/slept").exists():
    time.sleep(0.1)
"""


@contextmanager
def syslog(machine: Machine) -> Iterator[Callable[[], str]]:
    """Yield a function that returns what programs of the machine have written to syslog."""
    path = machine.root / "dev/log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        path.chmod(0o666)
        listener.setblocking(False)
        lines: list[str] = []

        def read() -> str:
            with suppress(BlockingIOError):
                while True:
                    lines.append(listener.recv(4096).decode())
            return "\n".join(lines)

        yield read


@contextmanager
def running_cron(machine: Machine) -> Iterator[None]:
    """Run Debian's cron, which logs start, end and exit code of each job to syslog, and store every mail in /tmp."""
    sendmail = machine.root / "usr/sbin/sendmail"
    sendmail.write_text("#!/bin/sh\ncat > $(mktemp /tmp/mail.XXXXXX)\n")
    sendmail.chmod(0o755)
    with subprocess.Popen(
        machine.command("exec cron -f -L 15"), env=machine.environment({}), stdin=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            process.terminate()


def wait_until(true: Callable[[], bool], seconds: float, shell: Shell) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, shell.logs()
        time.sleep(0.2)


def test_cron_runs_crontab_and_mails_failures(operated: Operated) -> None:
    operated.wait_for_job("refresh-1")
    made, sandbox = operated.machine, operated.sandbox
    (block,) = blocks(section("install.md", "cron instead of systemd"))
    operated.shell.type(block)
    crontab = made.root / PROJECT.lstrip("/") / "deploy/crontab"
    given = crontab.read_text()
    assert made.run("crontab -u trivia -l").stdout.endswith(given)

    nightly = dict(re.findall(r"(?m)^\S+ \S+ \* \* 1-6 (.*scheduled\" (\w+) .*)$", given))
    lines = [line for line, name in nightly.items() if name in ("quizmeisters", "pubquiz")]
    weekly = re.findall(r"(?m)^\S+ \S+ \* \* 0 .*--wait (\w+) crawl (\w+) -a force_refresh_images=true$", given)
    spiders = made.run(f"cd {PROJECT} && .venv/bin/scrapy list").stdout.split()
    assert sorted(nightly.values()) == sorted(name for name, _ in weekly) == sorted(spiders)
    (quizmeisters,) = [line for line in lines if "quizmeisters" in line]
    settings = [line for line in given.splitlines() if re.match("[A-Z_]+=", line)]
    every_minute = [f"* * * * * {line}" for line in (*lines, quizmeisters)]
    crontab.write_text("\n".join([*settings, f"SANDBOX_SERVER={sandbox.url}", *every_minute, ""]))
    before = len(operated.trivia("runs"))
    sandbox.behave(LISTING, "slow", seconds=10)  # the second crawl must start while the first is running
    sandbox.behave(CITIES, "status", status=404)
    sandbox.forget_requests()

    with syslog(made) as read, running_cron(made):
        operated.shell.type(block)
        wait_until(lambda: read().count("CMD") == 3, 90, operated.shell)
        made.run("crontab -u trivia -r")  # no second round
        wait_until(lambda: read().count("END") == 3, 120, operated.shell)
        sandbox.heal()
        ended = read()
    assert sorted(re.findall(r"failed with exit status (\d+)", ended)) == ["1", "75"], ended

    mails = sorted(path.read_text().rstrip().splitlines()[-1] for path in made.root.glob("tmp/mail.*"))
    failed, overlap = mails
    assert overlap == "quizmeisters: exit code 75: it was being crawled already"
    assert failed.startswith("pubquiz: exit code 1: scrapy crawl: pubquiz failed: the listing")
    requested = [request["url"] for request in sandbox.requests()]
    assert requested.count(LISTING) == 1, "the second crawl of the publisher requested nothing"
    new = operated.trivia("runs")[: len(operated.trivia("runs")) - before]
    assert {(run["publisher"], run["verdict"]) for run in new} == {("quizmeisters", "passed"), ("pubquiz", "failed")}


def test_refresh_by_cron_waits_for_running_crawl(operated: Operated) -> None:
    made = operated.machine
    sleep = made.root / "usr/local/bin/sleep"
    sleep.write_text("#!/bin/sh\necho $1 >> /tmp/slept\nexec /bin/sleep 1\n")
    sleep.chmod(0o755)
    (made.root / "tmp/holds.py").write_text(HOLDS)
    holds = f"cd {PROJECT} && exec runuser -u trivia -- .venv/bin/python /tmp/holds.py"
    command = f"TRIVIA_HOME={STATE} SANDBOX_SERVER={operated.sandbox.url} deploy/scheduled --wait question_one"
    command += " crawl question_one -a force_refresh_images=true -a limit=1"
    with subprocess.Popen(
        made.command(holds), env=made.environment({"PYTHONPATH": PROJECT}), stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        done = made.run(f"cd {PROJECT} && runuser -u trivia -- env {command}")
        assert holder.wait(10) == 0
    sleep.unlink()
    assert done.stdout == "", "cron mails what is printed, and a run that passed prints nothing"
    assert set((made.root / "tmp/slept").read_text().split()) == {"600"}
    run = operated.trivia("runs")[0]
    assert (run["publisher"], run["verdict"]) == ("question_one", "passed")
