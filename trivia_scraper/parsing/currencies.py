"""Currencies: of a country, and as publishers write them beside an amount. Pure."""

from __future__ import annotations

import re

_DOLLARS = {"US": "USD", "AU": "AUD", "CA": "CAD", "NZ": "NZD", "SG": "SGD", "HK": "HKD"}
_POUNDS = {"GB": "GBP", "JE": "GBP", "GG": "GBP", "IM": "GBP", "GI": "GIP"}
_EUROS = "AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI"
_CURRENCIES = {
    **dict.fromkeys(_EUROS.split(), "EUR"),
    **{"AE": "AED", "PL": "PLN", "CH": "CHF", "CZ": "CZK", "DK": "DKK", "NO": "NOK", "SE": "SEK", "ZA": "ZAR"},
    **_DOLLARS,
    **_POUNDS,
}
_ISO = {
    **{code: code for code in _CURRENCIES.values()},
    **{"€": "EUR", "zł": "PLN", "US$": "USD", "AU$": "AUD", "A$": "AUD", "CA$": "CAD", "C$": "CAD", "NZ$": "NZD"},
}
_WORDS = (
    (r"euros?|eur", "€"),
    (r"pounds?(?: sterling)?|quid", "£"),
    (r"dollars?|bucks?", "$"),
    (r"dirhams?|dhs?", "AED"),
    (r"z[łl](?:ot(?:y|e|ych))?", "zł"),
)
_CODES = "|".join(sorted({code.lower() for code in _CURRENCIES.values()} - {"eur"}))
CURRENCY = rf"(?:(?:us|au|ca|nz|a|c)?\$|[£€]|(?:{_CODES}|{'|'.join(words for words, _ in _WORDS)})(?![a-zł]))"
"""A symbol, code or word for one, in lower case."""


def with_symbols(amount: str) -> str:
    """ "3 euros" -> "3 €", "10 dhs" -> "10 AED", "us$5" -> "US$5"."""
    for words, symbol in _WORDS:
        amount = re.sub(rf"(?:\b|(?<=\d))(?:{words})(?![a-zł])", symbol, amount)
    return re.sub(r"[a-z]+(?!ł)", lambda code: code[0].upper(), amount)


def currency_of(symbol: str | None, country: str | None) -> str | None:
    """ISO 4217 code. A bare amount has the country's (ISO 3166 alpha-2); of an unknown country "$" is none."""
    own = _CURRENCIES.get(country or "")
    if symbol == "$":
        return own if country in _DOLLARS else None
    if symbol == "£":
        return own if country in _POUNDS else "GBP"
    return _ISO.get(symbol or "") if symbol else own
