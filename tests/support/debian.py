"""A Debian machine for a test: a copy on write of this one in its own namespaces, discarded with its processes.

It cannot see the developer's home directory and the checkout.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.paths import ROOT

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SECONDS_PER_COMMAND = 300
PACKAGES = ("cron", "curl", "logrotate", "python3-venv", "systemd")
# Variables that a machine needs to reach the package index.
_INHERITED = ("PIP_", "SSL_CERT", "REQUESTS_CA", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
# A tmpfs holds the changes, because an overlay cannot be the upper layer of another. The machine has its own /dev/log.
_MAKE = r"""
set -eu
here=$1 && shift
mount -t tmpfs -o mode=755 machine "$here" && cd "$here"
mkdir upper work root
mount -t overlay -o "lowerdir=/,upperdir=$PWD/upper,workdir=$PWD/work" machine root
cd root
for hidden in "$@"; do mount -t tmpfs -o mode=700 hidden ".$hidden"; done
mount -t proc proc proc
mount -t tmpfs -o mode=1777 tmp tmp
mount -t tmpfs -o mode=755 run run && mkdir -m 1777 run/lock
mount -t tmpfs -o mode=755 dev dev
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty dev/
ln -s /proc/self/fd dev/fd && mkdir -m 1777 dev/shm
mkdir -p old && pivot_root . old && umount -l /old
echo made
exec cat
"""


class Unavailable(Exception):
    """This machine cannot make another. Its text says what it lacks."""


class Machine:
    def __init__(self, process: int) -> None:
        self._process = process
        self.root = Path(f"/proc/{process}/root")
        """Its file system, as seen from this process."""

    def run(
        self, script: str, *, directory: str = "/", check: bool = True, user: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a bash script, and return the process; its `stdout` has standard error too.

        user: UID:GID, root by default. check: assert that the exit code is 0.
        """
        done = subprocess.run(
            self.command(script, directory, user), env=self.environment(environment), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS_PER_COMMAND, check=False,
        )  # fmt: skip
        assert done.returncode == 0 or not check, f"{script}\n{done.stdout}\nexit code {done.returncode}"
        return done

    def command(self, script: str, directory: str = "/", user: str | None = None) -> list[str]:
        enter = ["nsenter", f"--target={self._process}", "--mount", "--pid", f"--wdns={directory}"]
        if user is not None:
            number, group = user.split(":")
            enter += ["setpriv", f"--reuid={number}", f"--regid={group}", "--clear-groups", "--no-new-privs"]
        return [*enter, "bash", "-euo", "pipefail", "-c", script]

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name.upper().startswith(_INHERITED)}
        return {**inherited, "PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", **more}

    def put(self, source: Path, target: str) -> None:
        """Copy a file or directory of the checkout to the machine, without compiled files, owned by root."""
        place = self.root / target.lstrip("/")
        if source.is_dir():
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, place)


@contextmanager
def machine(directory: Path) -> Iterator[Machine]:
    """Start a machine. directory: where it is mounted, an empty one. Raises Unavailable."""
    _check()
    hidden = {str(Path.home()), str(ROOT)}
    with subprocess.Popen(
        ["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child",
         "bash", "-c", _MAKE, "bash", str(directory), *sorted(hidden)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as parent:  # fmt: skip
        try:
            assert parent.stdout is not None
            if (line := parent.stdout.readline()) != "made\n":
                raise Unavailable(f"no namespace with an overlay can be made here ({line.strip()})")
            (child,) = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
            yield Machine(int(child))
        finally:
            parent.kill()


def _check() -> None:
    if os.geteuid() != 0:
        raise Unavailable("only root can make a machine")
    look = "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))"
    system_python = shutil.which("python3", path=PATH)
    if (
        system_python is None
        or subprocess.run([system_python, "-c", look], capture_output=True, check=False).returncode
    ):
        raise Unavailable("the system has no Python 3.11 or newer with venv; apt-get install python3-venv")
    for program in ("unshare", "nsenter", "cron", "logrotate", "systemd-analyze", "curl"):
        if shutil.which(program, path=PATH) is None:
            raise Unavailable(f"there is no {program}; apt-get install {' '.join(PACKAGES)}")
