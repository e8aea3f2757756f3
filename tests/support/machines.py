"""Machines that can reach only each other: network namespaces on one switch. Needs root and iproute2."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NETWORK = "10.77.0"


class Unavailable(Exception):
    """This machine cannot have network namespaces. The text says what it lacks."""


class Machine:
    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.address = f"{NETWORK}.{number}"
        self.network = Path("/run/netns", name)

    def command(self, *words: str | Path) -> list[str | Path]:
        return ["nsenter", f"--net={self.network}", "--", *words]

    def run(self, *words: str | Path, environment: Mapping[str, str] | None = None, **how: Any) -> Any:
        """Run a command and return the finished process with its output."""
        return subprocess.run(self.command(*words), env=environment, capture_output=True, text=True, check=False, **how)

    def start(self, *words: str | Path, **how: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(self.command(*words), text=True, stdin=subprocess.DEVNULL, **how)

    def crash(self) -> int:
        """Kill every process of the machine at once, and return how many there were."""
        pids = [int(pid) for pid in _ip("netns", "pids", self.name).split()]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(pids)


@contextmanager
def machines(*names: str) -> Iterator[list[Machine]]:
    """Make machines with addresses from 1 on. The first one has the switch. Raises Unavailable."""
    for program in ("ip", "nsenter"):
        if shutil.which(program) is None:
            raise Unavailable(f"no {program}; apt-get install iproute2 util-linux")
    if os.getuid() != 0:
        raise Unavailable("network namespaces need root")
    made = [Machine(f"trivia-{os.getpid()}-{name}", number) for number, name in enumerate(names, 1)]
    switch = made[0]
    try:
        for machine in made:
            _ip("netns", "add", machine.name)
            _ip("-n", machine.name, "link", "set", "lo", "up")
        _ip("-n", switch.name, "link", "add", "switch", "type", "bridge")
        _ip("-n", switch.name, "addr", "add", f"{switch.address}/24", "dev", "switch")
        _ip("-n", switch.name, "link", "set", "switch", "up")
        for machine in made[1:]:
            port = f"port{machine.address.rpartition('.')[2]}"
            there = ("peer", "name", "eth0", "netns", machine.name)
            _ip("-n", switch.name, "link", "add", port, "type", "veth", *there)
            _ip("-n", switch.name, "link", "set", port, "master", "switch", "up")
            _ip("-n", machine.name, "addr", "add", f"{machine.address}/24", "dev", "eth0")
            _ip("-n", machine.name, "link", "set", "eth0", "up")
        yield made
    finally:
        for machine in made:
            if machine.network.exists():
                machine.crash()
                _ip("netns", "del", machine.name)


def _ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout
