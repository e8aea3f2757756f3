"""Finds possible personal data in a page by simple rules, so that a person checks it before it is committed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import phonenumbers
from parsel import Selector

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)
_NO_EMAIL = re.compile(
    r"@\d+x?\.|@(?:[\w-]+\.)*example(?:\.\w+)?$|\.(?:png|jpe?g|webp|gif|avif|svg|css|js)$", re.IGNORECASE
)
# Numbers that Ofcom and others reserve for fiction.
_NO_PHONE = re.compile(r"(?:7946|496|4960|960)0\d{3}$|55501\d\d$|5550\d{3}$")
_ROLE = r"host|presenter|performer|organi[sz]er|author|quiz-?master|contact|staff|byline"
_ROLE_KEY = re.compile(rf"^(?:{_ROLE})(?:_?name|_?by)?$", re.IGNORECASE)
_BY_ROLE = re.compile(r"\b(?:hosted by|your host is|your host,|quiz ?master|presented by)\s+", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_a-z][\w'’-]+(?: (?:[a-z]{2,3} )?[^\W\d_a-z][\w'’-]+){0,3}")
_HTML_ROLES = f"//*[re:test(concat(@class, ' ', @id, ' ', @itemprop, ' ', @rel), '(^|[ _-])({_ROLE})', 'i')]"


def find_personal_data(body: bytes, suffix: str, country: str | None = None) -> list[str]:
    """Return phrases like "an e-mail address: a@b.com", each once.

    suffix: of the file, like ".html". country: telephone numbers without a country code are taken as numbers of it.
    """
    text = body.decode("utf-8", "replace")
    values = _values(text, suffix)
    words = "\n".join(value for _, value in values)
    found = [("an e-mail address", each) for each in _EMAIL.findall(words) if not _NO_EMAIL.search(each)]
    phones = phonenumbers.PhoneNumberMatcher(words, country or "ZZ")
    real = [phone for phone in phones if not _NO_PHONE.search(str(phone.number.national_number))]
    found += [("a telephone number", phone.raw_string) for phone in real]
    names = [match[0] for role, value in values if role and (match := _NAME.fullmatch(value.strip()))]
    names += [match[0] for begin in _BY_ROLE.finditer(words) if (match := _NAME.match(words, begin.end()))]
    found += [("what may be a person's name", each) for each in names]
    return [f"{what}: {value}" for what, value in dict.fromkeys(found)]


def _values(text: str, suffix: str) -> list[tuple[bool, str]]:
    """Return the texts of a page, each with a flag: whether it is marked as a person, like the host."""
    if suffix == ".json":
        return list(_of_json(text))
    if suffix != ".html":
        return [(False, line) for line in unescape(text).splitlines()]
    page = Selector(text)
    values = [(False, each) for each in page.xpath("//text()[not(ancestor::script or ancestor::style)]").getall()]
    values += [(False, each.partition(":")[2]) for each in page.xpath("//a/@href[contains(., ':')]").getall()]
    values += [(True, " ".join(" ".join(each.xpath(".//text()").getall()).split())) for each in page.xpath(_HTML_ROLES)]
    for script in page.xpath("//script[contains(@type, 'json')]/text()").getall():
        values += _of_json(script)
    return [(role, unescape(value)) for role, value in values if value.strip()]


def _of_json(text: str) -> Iterator[tuple[bool, str]]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        yield False, text
        return
    waiting: list[tuple[bool, Any]] = [(False, value)]
    while waiting:
        role, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(_is_role(key) or (role and key == "name"), each) for key, each in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [(role, each) for each in reversed(value)]
        elif isinstance(value, str):
            yield role, value


def _is_role(key: str) -> bool:
    return bool(_ROLE_KEY.search(key))
