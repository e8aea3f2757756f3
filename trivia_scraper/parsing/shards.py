"""One publisher's venues in n parts, by their publisher's ids, so that several crawls can share them. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Self

MOST = 1000
_WRITTEN = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})", re.ASCII)


def part_of(publisher_id: str, parts: int) -> int:
    """0 .. parts - 1: the same in every process and every version, or a venue would be visited twice, or never."""
    digest = hashlib.sha256(publisher_id.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % parts


@dataclass(frozen=True, slots=True)
class Shard:
    """`number` counts from 1 to `of`."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError when it is not like 2/4."""
        match = _WRITTEN.fullmatch(text.strip())
        if match is None or not int(match[1]) <= int(match[2]) <= MOST:
            raise ValueError(f"a part and the number of parts, like 2/4 (1/4 to 4/4; at most {MOST} parts)")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def all(cls, of: int) -> list[Self]:
        return [cls(number, of) for number in range(1, of + 1)]

    def has(self, publisher_id: str) -> bool:
        return part_of(publisher_id, self.of) == self.number - 1

    @property
    def in_file_names(self) -> str:
        return f"{self.number}-of-{self.of}"

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"
