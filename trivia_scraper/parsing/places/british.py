"""Addresses in the United Kingdom, Ireland and the islands."""

from __future__ import annotations

import re
from typing import Any

from trivia_scraper.parsing.places.addresses import Address
from trivia_scraper.parsing.text import clean

AREAS = (
    r"(?:AB|AL|BA|BB|BD|BF|BH|BL|BN|BR|BS|BT|B|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|EC|EH|EN|EX|E"
    r"|FK|FY|GL|GU|GX|GY|G|HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|LA|LD|LE|LL|LN|LS|LU|L|ME|MK|ML|M"
    r"|NE|NG|NN|NP|NR|NW|N|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|S"
    r"|TA|TD|TF|TN|TQ|TR|TS|TW|UB|WA|WC|WD|WF|WN|WR|WS|WV|W|YO|ZE)"
)
POSTCODE = re.compile(rf"\b(?P<out>{AREAS}\d[\dA-Z]?)\s*(?P<in>\d[A-Z]{{2}})\b", re.IGNORECASE)
# Only as the last part of an address: "M25" is a road, and "Unit E1" a unit. "W23" is no London, but in Ireland.
OUTWARD = re.compile(rf",\s*(?![EW]2[1-9]|N2[3-9]|[ENW][3-9]\d)(?P<out>{AREAS}\d[\dA-Z]?)\s*$")
EIRCODE = re.compile(r"\b(?P<out>(?:[AC-FHKNPRTV-Y]\d\d|D6W))\s?(?P<in>[AC-FHKNPRTV-Y\d]{4})\b")
# The post town of these districts is London, whatever else an address says or leaves out.
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


def british_address(address: Any) -> Address:
    """Town, nation or county, and postcode (or Eircode) of an address of one or several lines.

    The town is what stands between street and postcode, or before "England"; "London" wherever the postcode is one of
    its districts. An outward code that stands alone ("IP1") is kept as the postcode.
    """
    text = ", ".join(filter(None, map(clean, re.split(r"[\r\n]+", address)))) if isinstance(address, str) else ""
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
    elif len(place) > 1 and _COUNTY.fullmatch(place[-1]):
        region = place.pop()
    if found and found.re is not EIRCODE and _LONDON.match(found["out"]):
        return Address("London", region, postcode)
    town = place[-1] if len(place) > 1 and (nation or found) else None
    if town and re.fullmatch(r"Dublin (?:\d{1,2}|6W)", town, re.IGNORECASE):
        town = town[:6]
    if town and (_STREET.search(town) or _COUNTRY.fullmatch(town)):
        town = None
    return Address(town, region, postcode)


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for found in pattern.finditer(text):  # noqa: B007
        pass
    return found
