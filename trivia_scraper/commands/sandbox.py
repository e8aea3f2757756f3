"""`scrapy sandbox`: the publishers' sites on one local port."""

from __future__ import annotations

import argparse
from importlib.util import find_spec

from trivia_scraper.cli.command import ProjectCommand
from trivia_scraper.errors import UsageError


class Command(ProjectCommand):
    name = "sandbox"

    def syntax(self) -> str:
        return "[--port N] [--scale small|real]"

    def short_desc(self) -> str:
        return "Serve the publishers' sites on this machine until interrupted"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--port", type=int, default=0, metavar="N", help="port on 127.0.0.1 (default: a free one)")
        parser.add_argument("--scale", default="small", help="small, or real: as many venues as the publishers list")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise UsageError(f"it takes {self.syntax()}, not {' '.join(args)}.")
        if not 0 <= opts.port <= 65535:
            raise UsageError(f"--port takes 0 to 65535, not {opts.port}.")
        if opts.scale not in {"small", "real"}:
            raise UsageError(f"--scale takes small or real, not {opts.scale!r}.")
        require_sandbox()
        from sandbox.server import run  # aiohttp and the drawings, which no other command needs

        return run(opts.port, opts.scale)


def require_sandbox() -> None:
    """Raise UsageError where the project is installed without its checkout, as in an egg."""
    if find_spec("sandbox") is None or find_spec("sandbox.server") is None:  # another package may have the name
        raise UsageError("it needs the directory sandbox/ of a checkout; run it there.")
