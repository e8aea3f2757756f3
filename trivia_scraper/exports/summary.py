"""What an export has to say besides its output."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from trivia_scraper.formatting import counted


@dataclass(frozen=True, slots=True)
class Told:
    written: Counter[str]
    """What was written -> how many."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Why something was left out -> how many."""
    hint: str = ""
    """A sentence on what to do next."""

    def sentence(self) -> str:
        """ "written: 12 venues, 14 events; left out: 3 venues without coordinates." """
        parts = {"written": self.written.items(), "left out": sorted(self.left_out.items())}
        said = [
            f"{name}: {', '.join(counted(number, what) for what, number in counts)}"
            for name, counts in parts.items()
            if counts
        ]
        return f"{'; '.join(said)}. {self.hint}".rstrip()
