"""`scrapy demo`: show a forced refresh against the sandbox."""

from __future__ import annotations

import argparse

from trivia_scraper.cli.command import ProjectCommand
from trivia_scraper.commands.sandbox import add_scale_option, require_sandbox
from trivia_scraper.errors import OK


class Command(ProjectCommand):
    name = "demo"
    usage = "[--scale small|real]"
    purpose = "Show a forced refresh against the built-in sandbox"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_scale_option(parser)

    def execute(self, opts: argparse.Namespace) -> int:
        require_sandbox()
        from sandbox.demo import Demo

        Demo(self).run(opts.scale)
        return OK
