"""The fixed clock of the recorded runs.

`python -m tests.golden.frozen INSTANT` serves the sandbox at that time.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Self

# Modules of the product that read the current time, and the two of the sandbox that write dates into pages.
CLOCKS = ("trivia_scraper.clock", "trivia_scraper.downloader.retry_after", "trivia_scraper.site.charts")
SANDBOX_CLOCKS = ("sandbox.pubquiz", "sandbox.recorded")


@dataclass(frozen=True)
class FrozenClock:
    """Replaces the current time in a child process. Call it there first."""

    instant: datetime
    modules: tuple[str, ...] = CLOCKS

    def __call__(self) -> None:
        instant = self.instant

        class Frozen(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                return cls.fromtimestamp(instant.timestamp(), tz)

        for name in self.modules:
            importlib.import_module(name).datetime = Frozen  # type: ignore[attr-defined]


if __name__ == "__main__":
    FrozenClock(datetime.fromisoformat(sys.argv[1]), SANDBOX_CLOCKS)()
    from sandbox.server import run

    sys.exit(run(0, "small"))
