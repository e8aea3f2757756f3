"""Read town, region, postcode and country from addresses. Pure.

A town is read only if the address clearly names it. A street, a county or a part of a town never becomes the town.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from unicodedata import combining, normalize

from trivia_scraper.parsing.places import AUSTRALIAN_STATES, australian_state, countries
from trivia_scraper.parsing.text import clean


class Address(NamedTuple):
    city: str | None = None
    region: str | None = None
    postcode: str | None = None


# Words between a comma and the state that are not a suburb. "Albert Park", "Box Hill" and "Petrie Terrace" are suburbs.
_NO_SUBURB = re.compile(
    r"^(?:level|unit|shop|suite|ground|lot|tenancy)\b"
    r"|\b(?:street|st|road|rd|lane|ln|avenue|ave|drive|dr|highway|hwy|parade|pde|tce|court|ct|crescent|cres|pl|boulevard"
    r"|blvd|way|floor|hotel|tavern|pub|mall|shopping cent(?:re|er))\.?$",
    re.IGNORECASE,
)
# "15/3 Pittards Rd, Buderim, Queensland, 4556, AU"
_AUSTRALIAN = re.compile(
    r",\s*(?P<city>[^,\d\s](?:[^,\d]*[^,\d\s])?)(?:\s*,\s*|\s+)(?P<region>"
    + "|".join(AUSTRALIAN_STATES)
    + r")(?:\s*,\s*|\s+)(?P<postcode>\d{4})\b",
    re.IGNORECASE,
)

# "12 Smith St Fitzroy VIC 3065": the suburb follows the street. "High St North Dandenong" is ambiguous.
_AUSTRALIAN_STREET = re.compile(
    r"\d[a-z]?\s+(?:[\w'.]+\s+){1,3}?"
    r"(?:street|st|road|rd|lane|ln|avenue|ave|drive|dr|highway|hwy|parade|pde|terrace|tce|court|ct|crescent|cres|place|pl"
    r"|boulevard|blvd|esplanade)\.?\s+(?!north|south|east|west|upper|lower)(?P<city>[^\W\d](?:[^,\d]*[^,\d\s])?)"
    r"\s+(?P<region>" + "|".join(AUSTRALIAN_STATES) + r")(?:\s*,\s*|\s+)(?P<postcode>\d{4})\b",
    re.IGNORECASE,
)


def read_australian_address(address: str | None) -> Address:
    """Read town, state and postcode of an Australian address. All are None for another form of address."""
    text = _one_line(address)
    found = _AUSTRALIAN.search(text) or _AUSTRALIAN_STREET.search(text)
    if found is None:
        return Address()
    return Address(None if _NO_SUBURB.search(found["city"]) else found["city"], found["region"], found["postcode"])


_STATES = {
    **{"Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA", "Colorado": "CO"},
    **{"Connecticut": "CT", "Delaware": "DE", "District of Columbia": "DC", "Florida": "FL", "Georgia": "GA"},
    **{"Hawaii": "HI", "Idaho": "ID", "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS"},
    **{"Kentucky": "KY", "Louisiana": "LA", "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI"},
    **{"Minnesota": "MN", "Mississippi": "MS", "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV"},
    **{"New Hampshire": "NH", "New Jersey": "NJ", "New Mexico": "NM", "New York": "NY", "North Carolina": "NC"},
    **{"North Dakota": "ND", "Ohio": "OH", "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA"},
    **{"Rhode Island": "RI", "South Carolina": "SC", "South Dakota": "SD", "Tennessee": "TN", "Texas": "TX"},
    **{"Utah": "UT", "Vermont": "VT", "Virginia": "VA", "Washington": "WA", "West Virginia": "WV", "Wisconsin": "WI"},
    "Wyoming": "WY",
}
_PROVINCES = ("AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT")
_ZIP = r"\d{5}(?:-\d{4})?"
_ANY_STATE = "|".join([*_STATES, *_STATES.values(), r"D\.C\."])
_AMERICAN = re.compile(
    rf",\s*(?P<state>{_ANY_STATE})[,.]?\s+(?P<zip>{_ZIP})(?!\d)"
    rf"|,\s*(?P<province>{'|'.join(_PROVINCES)}),?\s+(?P<postal>[A-Z]\d[A-Z]\s?\d[A-Z]\d)\b"
)
# "40 E 6th St, Tempe AZ 85281": letters without a comma before them are a state only after a town and before a ZIP code
# whose first digit belongs to that state. "DE" may be Germany.
_STATES_BY_DIGIT = (
    *("CT MA ME NH NJ RI VT", "NY PA", "DC MD NC SC VA WV", "AL FL GA MS TN", "IN KY MI OH", "IA MN MT ND SD WI"),
    *("IL KS MO NE", "AR LA OK TX", "AZ CO ID NM NV UT WY", "AK CA HI OR WA"),
)
_WITHOUT_COMMA = re.compile(
    rf"[a-z.] (?:(?P<state>[A-Z]{{2}}) (?P<zip>{_ZIP})(?=,|$)"
    rf"|(?P<province>{'|'.join(_PROVINCES)}) (?P<postal>[A-Z]\d[A-Z]\s?\d[A-Z]\d)\b)"
)
_WITHOUT_ZIP = re.compile(
    rf",\s*(?P<region>{'|'.join((*_STATES.values(), *_PROVINCES, *(_STATES.keys() - {'Washington'})))})"
    r"(?:,?\s(?:USA?|United States|Canada))?\.?$"
)
# "12 Elm St, Portland, OR 97214": the part between the street and the state, with commas on both sides.
_AMERICAN_TOWN = re.compile(r"(?:^|,)\s*(?P<city>[^\W\d][^,\d&@]*[^,\d\s&@])\s*$")
_NO_AMERICAN_TOWN = re.compile(
    r"(?:suite|ste|unit|shop|floor|level|upper|lower|bldg|building|apt|rear|inside|at|in|the|corner|downtown|uptown"
    r"|midtown|patio)\b.*|(?:north|south|east|west)"
    r"|.*\b(?:street|st|road|rd|lane|ln|avenue|ave|drive|dr|boulevard|blvd|way|parkway|pkwy|highway|hwy|place|pl|court|ct"
    r"|plaza|mall|center|floor|level|suite|building|bar|pub|grille?|tavern|taproom|brewery|brewing|caf[eé]|restaurant|inn"
    r"|hotel|club|lounge|hall|house|kitchen|saloon)\.?",
    re.IGNORECASE,
)
_PLACE = re.compile(rf"(?P<city>[^,\d]*[^,\d\s])\s*,\s*(?P<region>{'|'.join((*_STATES.values(), *_PROVINCES))})")


def read_us_address(address: Any, place: Any = None) -> Address:
    """Read state and ZIP code of an address, in Canada province and postal code. The town is that of `place`.

    place: like "Denver, CO". Without it, the town is the part between the two commas before the state. A town in one
    part with a street is not read ("Suite 140 Denver, CO 80216").
    """
    line = _one_line(address)
    found = _AMERICAN.search(line) or _without_comma(line)
    bare = _WITHOUT_ZIP.search(line)
    stated = _PLACE.fullmatch(clean(place) or "")
    region = found and (found["province"] or _letters(found["state"]))
    region = region or (bare and _letters(bare["region"]))
    before = line[: (found or bare).start()] if found or bare else ""  # type: ignore[union-attr]
    between = _AMERICAN_TOWN.search(before) if (found and found.re is _AMERICAN) or bare else None
    if between and _NO_AMERICAN_TOWN.fullmatch(between["city"]):
        between = None
    city = stated["city"] if stated else between and between["city"]
    postcode = found and (found["zip"] or found["postal"])
    return Address(city, region or (stated and stated["region"]), postcode)


_LETTERS = {name.casefold(): letters for name, letters in _STATES.items()}


def us_state(region: str | None) -> str | None:
    """Return the letters of an American state, "CO" for "Colorado". Return any other region unchanged."""
    return _LETTERS.get((region or "").strip().casefold(), region)


_PROVINCE_NAMES = {
    **{"alberta": "AB", "alta": "AB", "british columbia": "BC", "manitoba": "MB", "man": "MB", "new brunswick": "NB"},
    **{"newfoundland and labrador": "NL", "newfoundland & labrador": "NL", "newfoundland": "NL", "nfld": "NL"},
    **{"nova scotia": "NS", "northwest territories": "NT", "nwt": "NT", "nunavut": "NU", "ontario": "ON", "ont": "ON"},
    **{"prince edward island": "PE", "pei": "PE", "quebec": "QC", "que": "QC", "pq": "QC", "saskatchewan": "SK"},
    **{"sask": "SK", "yukon": "YT", "yukon territory": "YT"},
    **{letters.casefold(): letters for letters in _PROVINCES},
}


def canadian_province(region: str | None) -> str | None:
    """Return the letters of a Canadian province, "QC" for "Québec". Return any other region unchanged."""
    plain = "".join(each for each in normalize("NFD", region or "") if not combining(each))
    return _PROVINCE_NAMES.get(plain.replace(".", "").strip().casefold(), region)


def postcode_in(country: str | None, postcode: str | None) -> str | None:
    """Return a postcode as the project writes it: "K2P 1M3" for "k2p1m3" in Canada. Others are unchanged."""
    found = re.fullmatch(r"([A-Z]\d[A-Z])[ -]?(\d[A-Z]\d)", (postcode or "").strip().upper())
    return " ".join(found.groups()) if found and country == "CA" else postcode


def _letters(state: str) -> str:
    return us_state(state.replace(".", "")) or state


def _without_comma(line: str) -> re.Match[str] | None:
    found = _WITHOUT_COMMA.search(line)
    if found and found["state"] and found["state"] not in _STATES_BY_DIGIT[int(found["zip"][0])].split():
        return None
    return found


# "ul. Zmyślona 7, 85-999 Bydgoszcz"
_POLISH_TOWN = re.compile(
    r"(?<![\d-])(?P<postcode>\d\d-\d{3})(?![\d-])[ ,]*"
    r"(?P<city>(?!(?:ul|al|pl)\b)[^\W\d](?:[^,\d()]*?[^\W\d])?(?=\s[-–—]\s|\s(?:tel|woj)\b|[^\w]*(?:[,\d()]|$)))?"
)


def read_polish_address(address: Any) -> Address:
    """Read the postcode of a Polish address, and the town after it."""
    found = _POLISH_TOWN.search(_one_line(address))
    return Address(_town_in(found["city"]), None, found["postcode"]) if found else Address()


# The rest of a sentence after the town: "Sopot lub", "Gdańsk. Dbamy o". A short word with a dot belongs to the name.
_BEHIND_TOWN = re.compile(
    r"(?:(?<=\w{3})\.|[!?;:|])\s.*|\s(?:lub|albo|oraz|i|w|we|na|przy|obok|koło|k|tuż|zapraszamy)\b.*"
)


def _town_in(words: str | None) -> str | None:
    """Return the town at the beginning of a text. Lower-case words end the name, except "nad" and "pod"."""
    names: list[str] = []
    for word in _BEHIND_TOWN.sub("", words or "").split():
        if names and names[0][0].isupper() and word[0].islower() and word not in {"nad", "pod"}:
            break
        names.append(word)
    return " ".join(names) or None


AREAS = (
    r"(?:AB|AL|BA|BB|BD|BF|BH|BL|BN|BR|BS|BT|B|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|EC|EH|EN|EX|E"
    r"|FK|FY|GL|GU|GX|GY|G|HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|LA|LD|LE|LL|LN|LS|LU|L|ME|MK|ML|M"
    r"|NE|NG|NN|NP|NR|NW|N|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|S"
    r"|TA|TD|TF|TN|TQ|TR|TS|TW|UB|WA|WC|WD|WF|WN|WR|WS|WV|W|YO|ZE)"
)
POSTCODE = re.compile(rf"\b(?P<out>{AREAS}\d[\dA-Z]?)\s*(?P<in>\d[A-Z]{{2}})\b", re.IGNORECASE)
# Only as the last part of an address: "M25" is a road, and "Unit E1" a unit. "W23" is in Ireland, not in London.
OUTWARD = re.compile(rf",\s*(?![EW]2[1-9]|N2[3-9]|[ENW][3-9]\d)(?P<out>{AREAS}\d[\dA-Z]?)\s*$")
EIRCODE = re.compile(r"\b(?P<out>(?:[AC-FHKNPRTV-Y]\d\d|D6W))\s?(?P<in>[AC-FHKNPRTV-Y\d]{4})\b")
# The post town of these districts is always London, even if the address names another place.
_LONDON = re.compile(r"(?:EC|WC|NW|SE|SW|E|N|W)\d[\dA-Z]?\b", re.IGNORECASE)

_NATIONS = r"England|Scotland|Wales|Northern Ireland"
_COUNTRY = re.compile(
    r"\s*(?:United Kingdom|U\.?K\.?|Great Britain|GB|Ireland|Republic of Ireland|IE)\.?", re.IGNORECASE
)
_COUNTY = re.compile(
    r"(?:Co\.?|County) [A-Z]\w+|(?:(?:North|South|East|West|Mid)\.? )?(?:\w+shire|Yorks|Sussex|Midlands|Glamorgan)"
    r"|(?:East|West) Lothian|Greater (?:London|Manchester)|Isle of (?:Wight|Man)|Tyne (?:and|&) Wear"
    r"|Merseyside|Teesside|Humberside|Cornwall|Cumbria|Devon|Dorset|Essex|Kent|Norfolk|Suffolk|Surrey|Somerset|Middlesex|Rutland|Midlothian"
    r"|(?:Bed|Berk|Buck|Camb|Derby|Hant|Hert|Lanc|Leic|Linc|Northant|Nott|Staff|Wilt|Worc)s|Glos|Oxon|Middx"
    r"|Northumberland|Fife|Gwent|Powys|Gwynedd|Clwyd|Dyfed|Leinster|Munster|Connacht|Ulster|Jersey|Guernsey",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"\d|^(?:the|university|college|school)\b|^(?:marina|seafront|promenade)$|\b(?:street|st|road|rd|lane|ln|avenue|ave|drive|dr|close|court|ct|place|pl|square|sq|way|walk|hill|green"
    r"|gate|row|terrace|crescent|mews|yard|wharf|quay|quays|parade|broadway|park|estate|house|building|buildings|floor"
    r"|centre|center|mall|market|approach|bridge|circus|common|cross|end|gardens?|grove|heath|mount|passage|path|rise"
    r"|side|strand|view|villas|arcade|embankment|precinct|alley|bank|corner|docks?|works|unit|units|suite|level|station"
    r"|pub|inn|arms|hotel|bar|tavern|club|farm|barn|hall|church|college|university|island|village|area)$|^unit\b|&|@",
    re.IGNORECASE,
)


# "7 Wharf Road Nottingham"
_BEHIND_STREET = re.compile(
    r"\d.*\b(?:street|road|rd|lane|ln|avenue|ave|parade|terrace|crescent)\.?"
    r"\s(?!(?:north|south|east|west|upper|lower|central|end|corner)\b)(?P<town>[^\W\d][^\d,]*)",
    re.IGNORECASE,
)
_DUBLIN = re.compile(r"Dublin (?:\d{1,2}|6W)", re.IGNORECASE)


def read_british_address(address: Any) -> Address:
    """Read town, nation or county, and postcode of a British or Irish address of one or several lines.

    The town is the part between street and postcode, or before "England". It is "London" if the postcode is one of
    London's. An outward code alone ("IP1") is kept as the postcode.
    """
    text = re.sub(r"\s[-–—]\s|(?<=\w{4})\.\s", ", ", _one_line(address))
    if len({found.group().upper().replace(" ", "") for found in POSTCODE.finditer(text)}) > 1:
        return Address()  # the text has the addresses of two places
    parts = [part for part in map(str.strip, text.split(",")) if part]
    region = None
    while len(parts) > 1 and (_COUNTRY.fullmatch(parts[-1]) or re.fullmatch(_NATIONS, parts[-1], re.IGNORECASE)):
        last = parts.pop()
        region = region or (None if _COUNTRY.fullmatch(last) else last.title())
    text = ", ".join(parts)
    found = _last(POSTCODE, text) or _last(EIRCODE, text) or OUTWARD.search(text)
    postcode = " ".join(filter(None, found.groupdict().values())).upper() if found else None
    before = text[: text.rindex(found["out"])] if found else text
    place = [part for each in before.split(",") if (part := each.strip(" ."))]
    nation = re.search(rf"(?:^|\s)(?P<nation>{_NATIONS})$", place[-1], re.IGNORECASE) if place else None
    if nation:
        region = nation["nation"].title()
        place[-1:] = list(filter(None, [place[-1][: nation.start()].strip()]))
    county = not nation and len(place) > 1 and _COUNTY.fullmatch(place[-1])
    if county:
        region = place.pop()
    if found and found.re is not EIRCODE and _LONDON.match(found["out"]):
        return Address("London", region, postcode)
    named_alone = len(place) == 1 and nation and found  # "Cambridge England CB2 3AR"
    town = place[-1] if named_alone or (len(place) > 1 and (nation or found or county)) else None
    if found and place and (behind_street := _BEHIND_STREET.fullmatch(place[-1])):
        town = behind_street["town"]
    if not town and place and _DUBLIN.fullmatch(place[-1]):
        town = place[-1]
    if town and _DUBLIN.fullmatch(town):
        town = town[:6]
    if town and (_STREET.search(town) or _COUNTRY.fullmatch(town)):
        town = None
    return Address(town, region, postcode)


def _one_line(address: Any) -> str:
    """Join the lines of an address with commas. Return "" if it is not text."""
    text = html.unescape(re.sub(r"<br\s?/?>", "\n", address, flags=re.IGNORECASE)) if isinstance(address, str) else ""
    lines = re.split(r"[\r\n]+", text)
    return re.sub(r"\s[•|]\s", ", ", ", ".join(filter(None, map(clean, lines))))


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    *_, last = None, *pattern.finditer(text)
    return last


_COUNTRY_NAMES = {
    "GB": r"united kingdom|u\.?k\.?|gb|great britain|england|scotland|wales|northern ireland",
    "IE": "ireland|ie|republic of ireland|éire",
    "US": r"united states(?: of america)?|u\.?s\.?a?\.?",
    "AU": r"australia|au",
    "AE": r"united arab emirates|u\.?a\.?e\.?|dubai|abu dhabi",
    "CY": "cyprus|κύπρος",
    "GI": "gibraltar",
    "JE": "jersey",
    "GG": "guernsey",
    "IM": "isle of man",
    "PL": "poland|polska",
    "CA": "canada",
    "NZ": "new zealand|nz",
}
_POLISH_POSTCODE = re.compile(r",\s*\d\d-\d{3}\s+[^\W\d]")
_ISLANDS = {"JE": "JE", "GY": "GG", "IM": "IM", "GX": "GI"}


def country_in(address: Any) -> str | None:
    """Return the ISO 3166 alpha-2 code of an address's country, or None if it is unclear, as for a bare "15299"."""
    text = _one_line(address)
    # Some publishers write a postcode after the country, and "00000" where postcodes do not exist.
    last = re.sub(r"[,\s\d]+$", "", text).rsplit(",", 1)[-1].strip().lower()
    for country, names in _COUNTRY_NAMES.items():
        if re.fullmatch(names, last):
            return country
    postcode = POSTCODE.search(text) or OUTWARD.search(text)
    if EIRCODE.search(text) and not postcode:
        return "IE"
    if postcode:
        return _ISLANDS.get(postcode["out"][:2].upper(), "GB")
    american = read_us_address(text)
    if american.postcode:
        return "US" if american.postcode[0].isdigit() else "CA"
    if read_australian_address(text).postcode:
        return "AU"
    return "PL" if _POLISH_POSTCODE.search(text) else None


_ALSO = {"UK": "GB", "ENG": "GB", "USA": "US"}


def country_code(value: Any) -> str | None:
    """Return the ISO 3166 alpha-2 code of a country that is given alone, by its code or name."""
    name = clean(value) or ""
    code = _ALSO.get(name.upper(), name.upper())
    return code if code in countries() else country_in(name)


def read_address(address: Any, country: str | None) -> Address:
    """Read town, region and postcode by the rules of a country. All are None for other countries."""
    reader = _READERS.get(country or "")
    return reader(address) if reader else Address()


def region_in(country: str | None, region: str | None) -> str | None:
    """Return a region as the project writes it: "Victoria" for "VIC" in Australia, "CO" for "Colorado" in the US."""
    reader = {"AU": australian_state, "CA": canadian_province, "US": us_state}.get(country or "")
    return reader(region) if reader else region


_READERS: dict[str, Callable[[Any], Address]] = {
    **dict.fromkeys(("GB", "IE", "JE", "GG", "IM", "GI"), read_british_address),
    **dict.fromkeys(("US", "CA"), read_us_address),
    "AU": read_australian_address,
    "PL": read_polish_address,
}


_POSTCODE_LETTERS = re.compile(r"[^0-9A-Z]")
_MAX_POSTCODE = 12  # letters and digits; longer texts are not postcodes


def postcode_key(country: str | None, postcode: str | None) -> str | None:
    """Return a key for comparing postcodes, like "GB SE154JR". None if the country or a valid postcode is missing."""
    letters = _POSTCODE_LETTERS.sub("", (postcode or "").upper())
    if not country or not 2 <= len(letters) <= _MAX_POSTCODE or not letters.strip("0"):
        return None
    return f"{country.upper()} {letters}"


def is_of_one_street(key: str | None) -> bool:
    """Return whether a key of `postcode_key` covers only a few houses ("SE15 4JR", "1012 AB").

    Other postcodes cover a town or a district ("3350", "80209", "IP1").
    """
    letters = (key or "").partition(" ")[2]
    return len(letters) >= 5 and any(each.isalpha() for each in letters) and any(each.isdigit() for each in letters)
