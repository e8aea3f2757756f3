#!/usr/bin/python3
"""systemctl for a machine without systemd (debian.py): the verbs that tests need, for the installed units.

A service runs with the user, directories, environment and commands of its unit, and its exit code counts as the unit
says. Restrictions of the file system are not applied.
"""

from __future__ import annotations

import pwd
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

UNITS = Path("/etc/systemd/system")
STATE = "/var/lib"
LOGS = Path("/run/units")
SECONDS_TO_SETTLE = 3


class Unit:
    def __init__(self, name: str) -> None:
        self.name = name
        prefix, at, rest = name.partition("@")
        self.instance = rest.rpartition(".")[0]
        kind = name.rpartition(".")[2]
        self.values: defaultdict[str, list[str]] = defaultdict(list)
        template = UNITS / (f"{prefix}@.{kind}" if at else name)
        for path in [template, *sorted((UNITS / f"trivia-.{kind}.d").glob("*.conf"))]:
            self._read(path.read_text())

    def _read(self, text: str) -> None:
        for line in text.splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith(("#", ";")):
                value = value.replace("%i", self.instance).replace("%S", STATE)
                self.values[key] = [*self.values[key], value] if value else []

    def last(self, key: str, otherwise: str = "") -> str:
        return (self.values[key] or [otherwise])[-1]

    def environment(self) -> dict[str, str]:
        user = pwd.getpwnam(self.last("User", "root"))
        found = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": user.pw_dir, "USER": user.pw_name}
        found |= dict(value.split("=", 1) for value in self.values["Environment"])
        for name in self.values["EnvironmentFile"]:
            path = Path(name.removeprefix("-"))
            if path.exists() or not name.startswith("-"):
                found |= dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
        return found

    def start(self) -> int:
        user = pwd.getpwnam(self.last("User", "root"))
        for name in " ".join(self.values["StateDirectory"]).split():
            path = Path(STATE, name)
            path.mkdir(parents=True, exist_ok=True)
            shutil.chown(path, user.pw_uid, user.pw_gid)
        for command in self.values["ExecStartPre"]:
            if code := self._process(user, command).wait():
                return code
        process = self._process(user, self.last("ExecStart"))
        if self.last("Type") != "oneshot":
            time.sleep(SECONDS_TO_SETTLE)
            return process.poll() or 0
        code = process.wait()
        return 0 if str(code) in self.last("SuccessExitStatus").split() else code

    def _process(self, user: pwd.struct_passwd, command: str) -> subprocess.Popen[bytes]:
        LOGS.mkdir(exist_ok=True)
        with (LOGS / f"{self.name}.log").open("ab") as log:
            return subprocess.Popen(
                shlex.split(command), cwd=self.last("WorkingDirectory", "/"), env=self.environment(), user=user.pw_uid,
                group=user.pw_gid, extra_groups=[], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip


def enable(names: list[str]) -> None:
    """Enable units. Raises CalledProcessError if systemd would refuse one of them or its service."""
    services = {f"{name.removesuffix('.timer')}.service" for name in names if name.endswith(".timer")}
    subprocess.run(["systemd-analyze", "verify", *{*names, *services}], check=True)
    for name in names:
        links = UNITS / f"{Unit(name).last('WantedBy')}.wants"
        links.mkdir(exist_ok=True)
        (links / name).symlink_to(UNITS / re.sub("@.*(?=[.])", "@", name))


def list_timers() -> int:
    for link in sorted((UNITS / "timers.target.wants").glob("trivia-*")):
        when = Unit(link.name).last("OnCalendar")
        done = subprocess.run(["systemd-analyze", "calendar", when], capture_output=True, text=True, check=True)
        print(link.name, *re.findall("Next elapse: (.*)", done.stdout))
    return 0


def main(verb: str, *words: str) -> int:
    names = [
        word if "." in word.rpartition("@")[2] else f"{word}.service" for word in words if not word.startswith("-")
    ]
    if verb == "daemon-reload":
        return 0
    if verb == "list-timers":
        return list_timers()
    if verb == "enable":
        enable(names)
        names = [name for name in names if "--now" in words and name.endswith(".service")]
    elif verb != "start":
        sys.exit(f"{verb} is not supported")
    return max((Unit(name).start() for name in names), default=0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
