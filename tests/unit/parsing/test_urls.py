"""URLs of pages: links, candidates of an image, addresses without credentials."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trivia_scraper.parsing import urls

PAGE = "https://www.quizmeisters.com/venues/act-3rd-space-canberra"
LINKS: list[tuple[Any, str | None]] = [
    ("https://www.10toes.beer/10-toes-buderim/", "https://www.10toes.beer/10-toes-buderim/"),
    (" http://bell.example \n", "http://bell.example"),
    ("HTTPS://Bell.Example/A?b=c#d", "https://Bell.Example/A?b=c#d"),
    ("https://bell.example:8443/", "https://bell.example:8443/"),
    ("https://münchen.example/", "https://münchen.example/"),
    # Without the credentials.
    ("https://user:secret@bell.example/a", "https://bell.example/a"),
    ("https://user@bell.example:8443/a?b#c", "https://bell.example:8443/a?b#c"),
    ("https://user@[2606:4700::1111]:8443/", "https://[2606:4700::1111]:8443/"),
    ("https://bell.example@evil.example/", "https://evil.example/"),
    ("#", None),
    ("", None),
    ("/venues/bell", None),
    ("//bell.example/", "https://bell.example/"),
    ("www.bell.example", None),
    ("mailto:bell@bell.example", None),
    ("tel:+61753735003", None),
    ("javascript:alert(1)", None),
    ("ftp://bell.example/", None),
    ("data:text/html,x", None),
    ("https://", None),
    ("https:///path", None),
    ("https:/bell.example", None),
    ("https://bell .example/", None),
    ("https://bell\u200b.example/", None),
    ("https://[::1/", None),
    ("https://bell.example:99999/", None),
    ("https://bell.example:http/", None),
    (None, None),
    (5, None),
    (True, None),
    (["https://bell.example"], None),
]
any_text = settings(max_examples=150, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/hero.jpg", "https://www.quizmeisters.com/hero.jpg"),
        ("../img/hero.jpg", "https://www.quizmeisters.com/img/hero.jpg"),
        ("hero one.jpg", "https://www.quizmeisters.com/venues/hero%20one.jpg"),
        ("//cdn.example/hero.jpg", "https://cdn.example/hero.jpg"),
        ("http://cdn.example/hero.jpg", "http://cdn.example/hero.jpg"),
        # Encoded once, never twice.
        ("https://cdn.example/qld%20-%2010%20toes.jpg", "https://cdn.example/qld%20-%2010%20toes.jpg"),
        ("https://cdn.example/a%2Fb.jpg", "https://cdn.example/a%2Fb.jpg"),
        ("https://cdn.example/é b.jpg?c=d e", "https://cdn.example/%C3%A9%20b.jpg?c=d%20e"),
        ("https://münchen.example/a.jpg", "https://xn--mnchen-3ya.example/a.jpg"),
        ("https://straße.example/a b.jpg", "https://xn--strae-oqa.example/a%20b.jpg"),
        (" \n/hero.jpg\t", "https://www.quizmeisters.com/hero.jpg"),
        # Judged elsewhere; here they stay what they are.
        ("data:image/png;base64,AA==", "data:image/png;base64,AA=="),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("https://[::1/hero.jpg", "https://[::1/hero.jpg"),
        ("https://cdn.example:99999/a", "https://cdn.example:99999/a"),
    ],
)
def test_link_becomes_an_absolute_url(address: str, expected: str) -> None:
    assert urls.make_absolute(PAGE, address) == expected


@any_text
@given(name=st.text(max_size=60))
def test_file_name_gives_a_valid_url(name: str) -> None:
    address = urls.make_absolute(PAGE, f"https://cdn.example/{name}")
    assert address.startswith("https://cdn.example")
    assert address.isascii()
    assert not any(letter.isspace() for letter in address)


@any_text
@given(address=st.text(st.characters(), max_size=60))
def test_read_link_never_raises(address: str) -> None:
    assert isinstance(urls.make_absolute(PAGE, address), str)


def test_read_link_is_http_without_credentials(subtests: pytest.Subtests) -> None:
    for value, expected in LINKS:
        with subtests.test(value=value):
            assert urls.read_link(value) == expected


@pytest.mark.parametrize(
    ("srcset", "address"),
    [
        ("a.jpg", "a.jpg"),
        ("a.jpg 300w, b.jpg 1200w, c.jpg 768w", "b.jpg"),
        ("a.jpg 300w,b.jpg 1200w,c.jpg 768w", "b.jpg"),
        ("\n  a.jpg 1x,\n  b.jpg 2.5x\n", "b.jpg"),
        ("a.jpg, b.jpg 2x", "b.jpg"),
        ("a.jpg 2x, b.jpg", "a.jpg"),
        ("a.jpg 300w, b.jpg 300w", "a.jpg"),
        ("w_200,h_100/a.jpg 200w, w_900,h_500/a.jpg 900w,", "w_900,h_500/a.jpg"),
        ("a.jpg wide, b.jpg 10w", "b.jpg"),
        ("", None),
        (" , ,", None),
    ],
)
def test_pick_largest_of_srcset(srcset: str, address: str | None) -> None:
    assert urls.pick_largest(srcset) == address


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("leakygrowler.com", "https://leakygrowler.com"),
        (" www.pub.co.uk/quiz?a=1 ", "https://www.pub.co.uk/quiz?a=1"),
        ("facebook.com/x", "https://facebook.com/x"),
        ("caf\u00e9.example:8443", "https://caf\u00e9.example:8443"),
        ("http://pub.example", "http://pub.example"),
        ("//pub.example", "https://pub.example"),
        *((other, None) for other in ("info@pub.com", "n/a", "TBC", "7.30pm", "8.pm", "7.5", "menu.pdf", "/menu")),
        *(
            (other, None)
            for other in ("index.php?x=1", "tel:0123", "pub .com", "-a.com", "a..com", "javascript:x.y", 5)
        ),
        *((other, None) for other in ("user:secret@pub.com", "pub.com:x", "javascript:x.y", "." * 300, "a." * 300)),
    ],
)
def test_site_without_scheme_is_https(written: Any, address: str | None) -> None:
    assert urls.site_link(written) == address


def test_links_by_network() -> None:
    links = [
        None,
        "#",
        "https://m.facebook.com/a",
        "https://facebook.com/b",
        "https://goo.gl/x",
        "http://pub.example",
        "instagram.com/pub",
        5,
    ]
    assert urls.sort_by_network(links) == {
        "facebook": "https://m.facebook.com/a",
        "other": "https://goo.gl/x",
        "instagram": "https://instagram.com/pub",
        "website": "http://pub.example",
    }
