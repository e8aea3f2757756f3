"""What an export has to say besides its output."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Told:
    written: Counter[str]
    """What was written -> how many."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Why something was left out -> how many."""
    hint: str = ""
    """A sentence on what to do next."""

    def sentence(self) -> str:
        """ "12 venues and 14 events written; left out: 3 venues without coordinates." """
        written = " and ".join(f"{number} {what}" for what, number in self.written.items())
        left_out = ", ".join(f"{number} {why}" for why, number in sorted(self.left_out.items()))
        said = f"{written} written{f'; left out: {left_out}' if left_out else ''}."
        return f"{said} {self.hint}" if self.hint else said
