"""A hostile image server, and odd texts instead of an image URL. Some only look hostile and must be accepted.

Each behaviour has a URL at `hostile.example` or below. With sandbox.guests() and edit(venue, hero_src=...) a venue's
page names one.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox import hostile_http, hostile_wire
from sandbox.hostile_case import HOST, Case
from sandbox.hostile_images import IMAGES
from sandbox.publisher import address

CASES: list[Case] = [
    *hostile_http.STATUSES,
    *hostile_http.REDIRECTS,
    *hostile_http.VALIDATORS,
    *hostile_http.NAMES,
    *hostile_wire.TIME,
    *hostile_wire.SIZE,
    *hostile_wire.LENGTHS,
    *hostile_wire.HEADERS,
    *hostile_wire.PACKED,
    *IMAGES,
]
_BY_ADDRESS = {address(case.url): case for case in CASES}


@dataclass(frozen=True)
class Text:
    """A text that a page has instead of an image URL."""

    name: str
    text: str
    reason: str | None
    """As Case.reason. If null, STORED_URL is downloaded."""


STORED_URL = f"https://{HOST}/ok.jpg"
TEXTS = [
    # A lazy page's placeholder: it names no file.
    Text("data", "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=", "unnamed"),
    Text("data_long", f"data:image/png;base64,{'A' * 100_000}", "unnamed"),
    *(
        Text(name, text, "refused_url")
        for name, text in (
            ("javascript", "javascript:alert(1)"), ("file", "file:///etc/passwd"), ("file_host", "file://localhost/etc/passwd"),
            ("drive", "C:\\photo.jpg"), ("ftp", f"ftp://{HOST}/ok.jpg"), ("s3", "s3://bucket/key.jpg"), ("blob", f"blob:https://{HOST}/1"),
            ("gopher", "gopher://127.0.0.1:6379/_FLUSHALL"), ("about", "about:blank"), ("mail", "mailto:a@b.example"),
            ("no_host", "http://"), ("only_user", "https://user@/ok.jpg"),
            ("broken_literal", "https://[bad/ok.jpg"), ("forged_line", "https://[\nERROR forged: all is well/ok.jpg"),
            ("port_too_high", f"https://{HOST}:99999/ok.jpg"), ("port_negative", f"https://{HOST}:-1/ok.jpg"),
            ("port_words", f"https://{HOST}:http/ok.jpg"), ("not_relative", f"http:{HOST}/ok.jpg"),
            ("label_too_long", f"https://{'x' * 64}.example/ok.jpg"), ("host_dots", "https://a..example/ok.jpg"),
            ("host_spaces", "https://hostile example/ok.jpg"), ("host_percent", "https://hostile%2eexample/ok.jpg"),
        )
    ),
    *(
        Text(f"address_{host}", f"http://{host}/x.jpg", "refused_address")
        for host in (
            "127.0.0.1", "127.1", "127.0.0.1.", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "0", "0.0.0.0",  # noqa: S104
            "10.0.0.1", "172.16.0.1:80", "192.168.0.1", "100.64.0.1", "169.254.169.254", "224.0.0.1",
            "255.255.255.255", "240.0.0.1", "localhost", "LOCALHOST.", "a.localhost", "printer.local",
            "metadata.google.internal", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a00:1]", "[::7f00:1]",
            "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fe80::1%25eth0]", "[fd00::1]", "[ff02::1]",
            "１２７.０.０.１", "127。0。0。1", "①②⑦.1", "user:pw@127.0.0.1", f"{HOST}@127.0.0.1",
            "127.0.0.1#@example.com", "127.0.0.1\\@example.com",
        )
    ),
    *(
        Text(name, text, None)
        for name, text in (
            ("credentials", f"https://user:secret@{HOST}/ok.jpg"), ("token", f"https://secret@{HOST}/ok.jpg"),
            ("capitals", f"HTTPS://{HOST.upper()}/ok.jpg"), ("no_scheme", f"//{HOST}/ok.jpg"),
            ("fragment", f"https://{HOST}/ok.jpg#secret"), ("wrapped", f"\n  https://{HOST}/ok\n.jpg\t"),
        )
    ),
    Text("host_umlaut", f"https://münchen.{HOST}/ok.jpg", "http_404"),
    Text("own_page", "//", "not_an_image"),
    Text("no_host_path", "https:///ok.jpg", "http_404"),
    Text("very_long", f"https://{HOST}/{'n' * 9000}.jpg", "http_400"),
]  # fmt: skip
VENUE_NAMES = (
    "日本酒バー", "—", "..", "../../escaped", "/etc/passwd", "CON", "nul.", "🍺🍻", "n" * 4000, "ü" * 300,
    "\u202eexe.gpj", "The\0Crown", "<b>The Crown</b>", "The  Crown", "THE CROWN!", "ＴＨＥ ＣＲＯＷＮ",
    "venue", "thumbs", ".htaccess",
)  # fmt: skip


def find(where: str) -> Case | None:
    """Return the case at a publisher.address, with or without its query."""
    return _BY_ADDRESS.get(where) or _BY_ADDRESS.get(where.partition("?")[0])
