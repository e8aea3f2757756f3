"""Refuses to replace what was published by far less."""

from __future__ import annotations

from trivia_scraper.atomic import Edition
from trivia_scraper.errors import RefusedError

_FEW = 3


def refuse_losses(edition: Edition, venues: int, suffix: str, *, force: bool) -> None:
    """Refuse an edition for less than half of the venues that the previous version has files for in `venues/`.

    Another database was probably meant. force: whatever is lost. Raises RefusedError.
    """
    if force:
        return
    try:
        previous = sum(name.endswith(suffix) for name in edition.list_previous("venues"))
    except OSError as error:
        raise RefusedError(
            f"what is published cannot be read ({error.strerror}), so it stays as it is; --force replaces it anyway."
        ) from None
    if previous >= _FEW and 2 * venues < previous:
        raise RefusedError(
            f"what is published has {previous} venues and would have {venues}, so it stays as it is; "
            "--force replaces it anyway."
        )
