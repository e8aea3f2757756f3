"""How many of something, in words. Pure."""

from __future__ import annotations


def counted(number: int, what: str) -> str:
    """what: a plural in its first word, "events gone for long". "2 events gone for long", "1 event gone for long"."""
    first, space, rest = what.partition(" ")
    return f"{number} {first.removesuffix('s') if number == 1 else first}{space}{rest}"
