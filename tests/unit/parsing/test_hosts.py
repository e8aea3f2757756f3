"""Host names outside ASCII are encoded as in browsers."""

from __future__ import annotations

import pytest

from trivia_scraper.parsing.hosts import with_ascii_host


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://straße.example/x.jpg", "https://xn--strae-oqa.example/x.jpg"),
        ("https://STRASSE.example/ß", "https://STRASSE.example/ß"),
        ("https://βόλος.example/", "https://xn--nxasmm1c.example/"),
        ("https://München.example:8443/a?b#c", "https://xn--mnchen-3ya.example:8443/a?b#c"),
        ("https://☃.example/", "https://xn--n3h.example/"),
        ("https://my_püb.example/", "https://xn--my_pb-nva.example/"),
        ("//straße.example/x.jpg", "//xn--strae-oqa.example/x.jpg"),
        ("http://127。0。0。1/", "http://127.0.0.1/"),
        ("http://ⓛocalhost/", "http://localhost/"),
        ("https://user:ß@straße.example/", "https://user:ß@xn--strae-oqa.example/"),
        ("/straße.jpg", "/straße.jpg"),
        ("straße", "straße"),
        ("https://pub.example/straße.jpg", "https://pub.example/straße.jpg"),
        # Neither of these has a host that a browser would ask for.
        ("https://a\u2100b.example/", "https://a\u2100b.example/"),
        ("https://[straße/", "https://[straße/"),
        ("https://\ue000.example/", "https://\ue000.example/"),
    ],
)
def test_host_outside_ascii_is_encoded_as_in_browsers(url: str, asked: str) -> None:
    assert with_ascii_host(url) == asked
