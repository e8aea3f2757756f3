"""One spelling for one postcode."""

from __future__ import annotations

import re

_POSTCODE_LETTERS = re.compile(r"[^0-9A-Z]")
_MAX_POSTCODE = 12  # letters and digits; what is longer is no postcode


def postcode_key(country: str | None, postcode: str | None) -> str | None:
    """ "GB SE154JR": one spelling for one postcode of one country; None when either is unknown or it is no postcode."""
    letters = _POSTCODE_LETTERS.sub("", (postcode or "").upper())
    if not country or not 2 <= len(letters) <= _MAX_POSTCODE or not letters.strip("0"):
        return None
    return f"{country.upper()} {letters}"


def is_of_one_street(key: str | None) -> bool:
    """Whether a key of `postcode_key` stands for a few houses ("SE15 4JR", "H91 F880", "1012 AB") and not for a town
    or a district ("3350", "80209", "IP1")."""
    letters = (key or "").partition(" ")[2]
    return len(letters) >= 5 and any(each.isalpha() for each in letters) and any(each.isdigit() for each in letters)
