"""Fees in publishers' texts: the table fees.tsv, and properties of any text."""

from __future__ import annotations

import math
import re
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trivia_scraper.items import Fee
from trivia_scraper.parsing.fees import read_fee, read_fee_of_amounts, read_fee_of_schedule
from trivia_scraper.parsing.text import clean


def rows() -> list[list[str]]:
    lines = Path(__file__).with_name("fees.tsv").read_text("utf-8").split("\n")
    return [line.replace("\\u00a0", "\u00a0").split("\t") for line in lines if line and not line.startswith("#")]


def written(fee: Fee) -> str:
    """Write a fee in the notation of the table."""
    if fee.amount is None:
        assert fee.currency is fee.per is None
        return "unknown"
    return " ".join(filter(None, [str(fee.amount), fee.currency or "-", fee.per]))


def test_text_matches_its_row(subtests: pytest.Subtests) -> None:
    for raw, country, expected in rows():
        with subtests.test(raw=raw, country=country):
            fee = read_fee(raw, None if country == "-" else country)
            assert written(fee) == expected
            assert fee.raw == clean(raw)


def test_table_is_large_and_without_duplicates() -> None:
    keys = [(raw, country) for raw, country, _ in rows()]
    assert len(keys) > 200
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    "typed", [str.upper, str.title, lambda text: f" {text}\t", lambda text: text.replace(" ", "\u00a0")]
)
def test_typing_habits_change_nothing(typed: Any) -> None:
    differing = [
        raw
        for raw, country, expected in rows()
        if country != "-" and written(read_fee(typed(raw), country)) != expected
    ]
    assert differing == []


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (2, Fee("2", 200, "GBP")),
        (1.5, Fee("1.5", 150, "GBP")),
        (0, Fee("0", 0, "GBP")),
        (None, Fee()),
        (False, Fee()),
        (True, Fee()),
        (-1, Fee("-1")),
        (math.nan, Fee()),
        (math.inf, Fee()),
        (1e300, Fee()),
        (10**400, Fee()),
        (10**6, Fee("1000000")),
        (b"2", Fee()),
        (["£2"], Fee()),
        ({"amount": 2}, Fee()),
        ("", Fee()),
        ("9" * 500, Fee("9" * 500)),
        ("£" * 900, Fee("£" * 900)),
    ],
    ids=str,
)
def test_other_values_have_no_fee(raw: Any, expected: Fee) -> None:
    assert read_fee(raw, "GB") == expected


@pytest.mark.parametrize(
    ("raw", "country", "expected"),
    [
        ("Tuesdays, 7pm. £3 entry", "GB", "300 GBP"),
        ("Tuesdays, 7pm, 50p entry", "GB", "50 GBP"),
        ("Mondays 8pm, 75p per person", "GB", "75 GBP person"),
        ("Wtorki 19:00, wstęp 10 zł", "PL", "1000 PLN"),
        ("Środy, 20.00, 15 zł od osoby", "PL", "1500 PLN person"),
        ("Thursdays 8pm, entry 3 euros", "IE", "300 EUR"),
        ("Thursdays 7.30pm, entry 2 pounds", "GB", "200 GBP"),
        ("Sundays 7pm, 2 quid to play", "GB", "200 GBP"),
        ("Fridays 7pm, 5 dollars per team", "AU", "500 AUD team"),
        ("Tuesdays, 7pm, free entry", "GB", "0 GBP"),
        ("Tuesdays, 6.30pm", "GB", "unknown"),
        ("8p, Tuesdays", "US", "unknown"),
        ("Tuesdays, 8", "GB", "unknown"),
        ("Tuesdays, 2 per team", "GB", "unknown"),
        ("", "GB", "unknown"),
    ],
)
def test_schedule_fee_needs_a_currency(raw: str, country: str, expected: str) -> None:
    fee = read_fee_of_schedule(raw, country)
    assert written(fee) == expected
    assert fee.raw == clean(raw)


@pytest.mark.parametrize(
    "piece",
    [
        *("£", "£2 ", "free ", "prize ", "entry ", "- ", ", ", "1 ", "per ", "2p", "$1,", "("),
        *("free trivia every tue ", "godz. 19.15, ", "with a £5 ", "bez 5 zł, ", "kosztuje "),
        *("quiz tuesday ", "!", "a quid ", "two pounds fifty ", "used to be £5 now ", "<br>", "tuesday 7.30 "),
    ],
)
def test_hostile_text_is_read_quickly(piece: str) -> None:
    before = process_time()
    for length in (990, 10_000):  # the longest text that is read, and one that is not
        read_fee(f"£2 {piece * (length // len(piece))}"[:length], "GB")
    assert process_time() - before < 0.5


WORDS = [
    *("£2", "£50", "$5", "€3", "15 zł", "2", "0", "500aed", "1.50", "free", "none", "entry", "to play", "per person"),
    *("per team", "prize", "prizes,", "win", "bar tab", "cash", "max 6", "age 18+", "|", ",", "-", "&", "and", "or"),
    *("from", "members", "pp", "each", "tickets", "no charge", "N/A", "donation", "(", ")", "!", "?", "nbsp\u00a0"),
]
any_fee = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=8).map("".join),
    st.integers(),
    st.floats(),
)
any_country = st.sampled_from([None, "GB", "US", "PL", "AE", "XX"])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(raw=any_fee, country=any_country)
def test_any_text_is_read_soundly(raw: Any, country: str | None) -> None:
    fee = read_fee(raw, country)
    assert fee.raw == clean(raw)
    assert fee.amount is None or 0 <= fee.amount <= 2_500_000
    assert fee.currency is None or (fee.amount is not None and re.fullmatch("[A-Z]{3}", fee.currency))
    if fee.amount:
        digits = re.findall(r"\d+(?:[.,]\d{1,2})?|\.\d\d", str(fee.raw))
        stated = {round(float(each.replace(",", ".")) * factor) for each in digits for factor in (1, 100)}
        assert fee.amount in stated


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    amount=st.integers(1, 500), prize=st.sampled_from(["prizes", "win", "bar tab", "jackpot", "voucher", "cash prize"])
)
def test_prize_is_never_a_fee(amount: int, prize: str) -> None:
    for text in (f"£{amount} {prize}", f"{prize} £{amount}", f"{prize}, £{amount}", f"{prize}: £{amount} | Age 18+"):
        assert read_fee(text, "GB").amount is None
        assert read_fee(f"{text} | £2 to play", "GB").amount == 200


@settings(max_examples=150, deadline=None, derandomize=True)
@given(pence=st.integers(0, 2000))
def test_amount_is_exact(pence: int) -> None:
    pounds = f"{pence // 100}.{pence % 100:02}"
    assert read_fee(f"£{pounds}", "GB").amount == pence
    assert read_fee(f"{pounds.replace('.', ',')} zł", "PL") == Fee(f"{pounds.replace('.', ',')} zł", pence, "PLN")
    assert read_fee(f"{pounds} to play", "GB").amount == pence


@pytest.mark.parametrize(
    ("amounts", "fee"),
    [
        ([("2.50", "GBP")], Fee("2.50 GBP", 250, "GBP")),
        ([(2, "gbp"), ("2.00", "GBP")], Fee("2 GBP | 2.00 GBP", 200, "GBP")),
        ([(0, "GBP")], Fee("0 GBP", 0, "GBP")),
        ([("5", None)], Fee("5", 500, "GBP")),
        ([("5", "GBP"), ("8", "GBP")], Fee("5 GBP | 8 GBP")),
        ([("5000", "GBP")], Fee("5000 GBP")),
        ([("-1", "GBP")], Fee("-1 GBP")),
        ([("Free", "")], Fee("Free", 0, "GBP")),
        ([([], {})], Fee()),
        ([], Fee()),
    ],
)
def test_fee_of_offers_is_their_single_amount(amounts: list[tuple[Any, Any]], fee: Fee) -> None:
    assert read_fee_of_amounts(amounts, "GB") == fee
