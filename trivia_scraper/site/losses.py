"""Refuses to replace what was published by far less."""

from __future__ import annotations

from trivia_scraper.atomic import Edition
from trivia_scraper.errors import RefusedError

_FEW = 3


def refuse_losses(edition: Edition, venues: int, suffix: str, *, force: bool) -> None:
    """Refuse an edition for less than half of the venues that the previous one has files for in `venues/`.

    Another database was probably meant. force: whatever is lost. Raises RefusedError.
    """
    earlier = sum(name.endswith(suffix) for name in edition.earlier("venues"))
    if not force and earlier >= _FEW and 2 * venues < earlier:
        raise RefusedError(
            f"what is published has {earlier} venues and would have {venues}, so it stays as it is; "
            "--force replaces it all the same."
        )
