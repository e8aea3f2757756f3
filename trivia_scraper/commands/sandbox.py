"""`scrapy sandbox`: serve imitations of the publishers' sites on a local port."""

from __future__ import annotations

import argparse
from importlib.util import find_spec

from trivia_scraper.cli.command import ProjectCommand, one_of, whole_number
from trivia_scraper.errors import UsageError, missing_part


class Command(ProjectCommand):
    name = "sandbox"
    usage = "[--port N] [--scale small|real]"
    purpose = "Serve imitations of the publishers' sites on this machine until interrupted"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", type=whole_number(0, 65535), default=0, metavar="N",
                            help="port on 127.0.0.1 (default: a free one)")  # fmt: skip
        add_scale_option(parser)

    def execute(self, opts: argparse.Namespace) -> int:
        require_sandbox()
        from sandbox.server import run  # imports aiohttp, which no other command needs

        return run(opts.port, opts.scale)


def add_scale_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scale", default="small", type=one_of("small", "real"), metavar="SCALE",
                        help="small (default), or real: as many venues as the publishers list")  # fmt: skip


def require_checkout() -> None:
    """Raise UsageError if the project is installed without its checkout, as from an egg."""
    try:
        found = find_spec("sandbox.server")
    except ModuleNotFoundError:  # there is no package `sandbox`, or it is another project's module
        found = None
    if found is None:
        raise UsageError("it needs the directory sandbox/ of a checkout; run it there.")


def require_sandbox() -> None:
    require_checkout()
    if find_spec("aiohttp") is None:
        raise missing_part("the sandbox", "sandbox")
