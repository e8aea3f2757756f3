"""Writes the stored events for other programs. formats/ has a module per format; site/ uses the other modules too."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from trivia_scraper.formatting import format_count


@dataclass(frozen=True, slots=True)
class Summary:
    """What an export wrote."""

    written: Counter[str]
    """Things that were written -> their number."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Things that were left out, with the reason -> their number."""
    hint: str = ""
    """A sentence on what to do next."""

    def describe(self) -> str:
        """Return a sentence like "written: 12 venues, 14 events; left out: 3 venues without coordinates."."""
        lists = {"written": self.written.items(), "left out": sorted(self.left_out.items())}
        parts = [
            f"{name}: {', '.join(format_count(number, what) for what, number in counts)}"
            for name, counts in lists.items()
            if counts
        ]
        return f"{'; '.join(parts)}. {self.hint}".rstrip()
