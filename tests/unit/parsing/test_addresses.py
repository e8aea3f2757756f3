"""Addresses: town, region, postcode and country, by the table addresses.tsv and for any text."""

from __future__ import annotations

import re
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trivia_scraper.parsing.addresses import (
    Address,
    country_code,
    country_in,
    is_of_one_street,
    postcode_in,
    postcode_key,
    read_address,
    read_australian_address,
    read_british_address,
    read_polish_address,
    read_us_address,
    region_in,
    us_state,
)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("15/3 Pittards Rd, Buderim, Queensland, 4556, AU", Address("Buderim", "Queensland", "4556")),
        ("Unit 3/88 Salt Rd, Port Merrin, Victoria, 3999, AU", Address("Port Merrin", "Victoria", "3999")),
        ("1 Wharf Ln, Gull Bay, New South Wales, 2999, AU", Address("Gull Bay", "New South Wales", "2999")),
        ("27 Lonsdale St, Braddon ACT 2612", Address("Braddon", "ACT", "2612")),
        ("27 Lonsdale St, Braddon, ACT 2612, Australia", Address("Braddon", "ACT", "2612")),
        ("Shop 4, Level 2, 100 King St, Perth WA 6000", Address("Perth", "WA", "6000")),
        ("1 High St, Wagga Wagga nsw 2650", Address("Wagga Wagga", "nsw", "2650")),
        ("1 High St, O'Connor ACT 2602", Address("O'Connor", "ACT", "2602")),
        ("1 Wharf Rd, Darwin, NT 0800", Address("Darwin", "NT", "0800")),
        # A state's name in the street or the town is not the state.
        ("1 Victoria St, Fitzroy, Victoria, 3065, AU", Address("Fitzroy", "Victoria", "3065")),
        ("1 High St, Victoria Park WA 6100", Address("Victoria Park", "WA", "6100")),
        ("1 High St, Mount Victoria, New South Wales, 2786", Address("Mount Victoria", "New South Wales", "2786")),
        ("1 Petrie Tce, Petrie Terrace, Queensland, 4000, AU", Address("Petrie Terrace", "Queensland", "4000")),
        ("1 Wharf Ln, Bondi Junction, New South Wales, 2022, AU", Address("Bondi Junction", "New South Wales", "2022")),
        # No comma between street and suburb.
        ("12 Smith St Fitzroy VIC 3065", Address("Fitzroy", "VIC", "3065")),
        ("1 Fitzroy St St Kilda VIC 3182, Australia", Address("St Kilda", "VIC", "3182")),
        ("12 St Kilda Rd Melbourne VIC 3004", Address("Melbourne", "VIC", "3004")),
        ("5 The Parade Norwood SA 5067", Address("Norwood", "SA", "5067")),
        ("1 High St Petrie Terrace QLD 4000", Address("Petrie Terrace", "QLD", "4000")),
        ("12/88 Crown Street Surry Hills NSW 2010", Address("Surry Hills", "NSW", "2010")),
        ("25 Bridge Rd Richmond Victoria 3121", Address("Richmond", "Victoria", "3121")),
        ("3 Salamanca Pl Battery Point TAS 7004", Address("Battery Point", "TAS", "7004")),
        ("44 Mitchell St Darwin City, NT 0800", Address()),
        ("10 High St North Dandenong VIC 3175", Address()),
        # No suburb before the state.
        ("The Grand Hotel, Beach Rd, Queensland, 4000, AU", Address(None, "Queensland", "4000")),
        ("12 Anzac Ave, Unit C, Queensland, 4000, AU", Address(None, "Queensland", "4000")),
        ("3 Sussex St, Ground Floor, New South Wales, 2000, AU", Address(None, "New South Wales", "2000")),
        # Unknown form: nothing is invented.
        ("Buderim QLD 4556", Address()),
        ("1 High St, Buderim, Queensland, AU", Address()),
        ("1 High St, Buderim, Queensland, 45567", Address()),
        ("1 High St, 1770, Queensland, 4677, AU", Address()),
        ("67 High St, Wandsworth, London SW18 1AA", Address()),
        ("Queensland", Address()),
        ("", Address()),
        (None, Address()),
    ],
)
def test_australian_address_has_town_state_and_postcode(address: str | None, expected: Address) -> None:
    assert read_australian_address(address) == expected


@settings(max_examples=150, deadline=None, derandomize=True)
@given(pieces=st.lists(st.sampled_from(["1 High St", "Perth", ", ", " ", "WA", "Victoria", "6000", "60001", "é", ","])))
def test_parts_are_quoted_from_the_address(pieces: list[str]) -> None:
    address = "".join(pieces)
    assume(not re.search(r",\s*(?:,|WA|Victoria)", address))
    found = read_australian_address(address)
    assert all(part is None or (part in address and part == part.strip(" ,")) for part in found)
    assert (found.region is None) is (found.postcode is None)
    assert found.region or not found.city


@pytest.mark.parametrize(
    "piece",
    [
        *("1 street ", "a, ", "a - ", "abcd. ", "<br>", "&nbsp;", "a TX 78701", "A, TX ", "Dublin 2 ", "NW1 1AA "),
        *("85-110 a (", "Co. X, ", ", D.C.", "12 Smith St "),
    ],
)
def test_hostile_address_is_read_quickly(piece: str) -> None:
    address = piece * (10_000 // len(piece))
    before = process_time()
    for read in (read_australian_address, read_british_address, country_in, read_polish_address, read_us_address):
        read(f"{address}1")
    assert process_time() - before < 0.5


FORMS = {
    "british": lambda address, place: read_british_address(address),
    "us": read_us_address,
    "australian": lambda address, place: read_australian_address(address),
    "polish": lambda address, place: read_polish_address(address),
}


def addresses() -> list[list[Any]]:
    lines = Path(__file__).with_name("addresses.tsv").read_text("utf-8").split("\n")
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    unescaped = [[cell.replace("\\r", "\r").replace("\\n", "\n") for cell in row] for row in cells]
    return [[None if cell == "-" else cell for cell in row] for row in unescaped]


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("Colorado", "CO"),
        ("north carolina ", "NC"),
        ("District of Columbia", "DC"),
        ("TX", "TX"),
        ("Ontario", "Ontario"),
        (None, None),
    ],
)
def test_american_state_is_normalised(region: str | None, expected: str | None) -> None:
    assert us_state(region) == expected


def test_address_matches_its_row(subtests: pytest.Subtests) -> None:
    rows = addresses()
    assert len(rows) > 150
    for form, address, place, city, region, postcode, country in rows:
        with subtests.test(form=form, address=address, place=place):
            assert FORMS[form](address, place) == Address(city, region, postcode)
            assert country_in(address) == country


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    pieces=st.lists(
        st.sampled_from(
            [
                *("1 High St", "York", "London", ", ", ",", " ", "\r\n", "England", "YO1 7LX", "IP1", "H91 F880"),
                *(
                    "Surrey",
                    "United Kingdom",
                    "Denver",
                    "CO",
                    "80216",
                    "85-999",
                    "Łódź",
                    "the",
                    "é",
                    "Unit",
                    "\x00",
                    "(",
                ),
            ]
        )
    )
)
def test_british_address_never_raises_or_invents(pieces: list[str]) -> None:
    address = "".join(pieces)
    country_in(address)
    for found in (read_british_address(address), read_us_address(address, address), read_polish_address(address)):
        one_line = re.sub(r"\s+", " ", address.replace("\x00", " "))
        assert found.city is None or found.city in one_line or (found.city == "London" and found.postcode)
        assert found.city is None or not re.search(r"\d", found.city)


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("15/3 Pittards Rd, Buderim, Queensland, 4556, AU", "AU"),
        ("27 Lonsdale St, Braddon ACT 2612", "AU"),
        ("1 Main St, Springfield, USA", "US"),
        ("JBR Walk, Dubai, United Arab Emirates", "AE"),
        ("JBR Walk, Dubai", "AE"),
        ("28 Octovriou, Germasogeia, Limassol, Cyprus", "CY"),
        ("Casemates Square, Gibraltar", "GI"),
        ("St Helier, Jersey", "JE"),
        ("1 Main St, Trenton, New Jersey", None),
        ("Le Bourg, GY1 1AA", "GG"),
        ("Unit 10-120 High Street, Leeds", None),
        ("Marina, 15299", None),
        ("London", None),
        (15299, None),
    ],
)
def test_country_is_read_only_if_clear(address: object, country: str | None) -> None:
    assert country_in(address) == country


@pytest.mark.parametrize(
    ("country", "postcode", "key", "one_street"),
    [
        ("GB", "SE15 4JR", "GB SE154JR", True),
        ("GB", "se15  4jr", "GB SE154JR", True),
        ("gb", "SE154JR", "GB SE154JR", True),
        ("GB", "E8 4PH", "GB E84PH", True),
        ("GB", "IP1", "GB IP1", False),
        ("GB", "BT48", "GB BT48", False),
        ("IE", "H91 F880", "IE H91F880", True),
        ("PL", "85-001", "PL 85001", False),
        ("AU", "3350", "AU 3350", False),
        ("US", "80209", "US 80209", False),
        ("AE", "00000", None, False),
        (None, "SE15 4JR", None, False),
        ("GB", None, None, False),
        ("GB", "", None, False),
        ("GB", "call the bar and ask", None, False),
    ],
)
def test_postcode_key_is_normalised(
    country: str | None, postcode: str | None, key: str | None, one_street: bool
) -> None:
    assert postcode_key(country, postcode) == key
    assert is_of_one_street(key) is one_street


@pytest.mark.parametrize(
    ("value", "code"),
    [("GB", "GB"), ("uk", "GB"), ("United Kingdom", "GB"), ("USA", "US"), ("de", "DE"), ("XX", None), (None, None)],
)
def test_country_code_of_lone_country(value: Any, code: str | None) -> None:
    assert country_code(value) == code


@pytest.mark.parametrize(
    ("address", "country", "expected"),
    [
        ("3 Mill Street, Kingston, KT1 9ZZ", "GB", Address("Kingston", None, "KT1 9ZZ")),
        ("12 Elm St, Portland, OR 97214", "US", Address("Portland", "OR", "97214")),
        ("ul. Zmyślona 7, 85-999 Bydgoszcz", "PL", Address("Bydgoszcz", None, "85-999")),
        ("Beispielgasse 1, 1010 Wien", "AT", Address()),
        (["3 Mill Street"], "GB", Address()),
    ],
)
def test_address_is_read_as_written_in_its_country(address: Any, country: str, expected: Address) -> None:
    assert read_address(address, country) == expected


@pytest.mark.parametrize(
    ("region", "letters"),
    [
        *(("Qu\u00e9bec", "QC"), ("Quebec ", "QC"), ("Ont.", "ON"), ("on", "ON"), ("P.E.I.", "PE"), ("B.C.", "BC")),
        *(("Newfoundland & Labrador", "NL"), ("Ontario Place", "Ontario Place"), ("", ""), (None, None)),
    ],
)
def test_canadian_province_is_written_in_letters(region: str | None, letters: str | None) -> None:
    assert region_in("CA", region) == letters


@pytest.mark.parametrize(
    ("country", "postcode", "written"),
    [
        *(("CA", "k2p1m3", "K2P 1M3"), ("CA", " K2P-1M3 ", "K2P 1M3"), ("CA", "K2P", "K2P"), ("CA", None, None)),
        *(("GB", "k2p1m3", "k2p1m3"), ("US", "19107", "19107")),
    ],
)
def test_canadian_postcode_has_a_space(country: str, postcode: str | None, written: str | None) -> None:
    assert postcode_in(country, postcode) == written


def test_region_is_written_as_in_its_country() -> None:
    assert [region_in("AU", "VIC"), region_in("US", "Colorado"), region_in("GB", "Kent")] == ["Victoria", "CO", "Kent"]
