"""Hostile behaviour of HTTP: statuses, redirects, validators, and file names in URLs."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import count

from sandbox import hostile_files as files
from sandbox.hostile_case import HOST, image, refused, status, stored, to
from sandbox.replies import Reply

STATUSES = [
    *(refused(f"status_{number}", f"http_{number}", status(number)) for number in (202, 204, 206, 304, 400, 401, 403)),
    *(refused(f"status_{number}", f"http_{number}", status(number)) for number in (404, 405, 410, 418, 451, 500, 999)),
    refused("status_201", "not_an_image", status(201)),  # a status that an image may have, with a page
    *(
        stored(f"status_{number}_whole", answer=partial(replace, image(files.good()), status=number))
        for number in (201, 203, 226)
    ),
    refused("status_200_as_206", "http_206", lambda: Reply(206, {"Content-Range": "bytes 0-9/10"}, files.good())),
    # Retry-After pauses a host, so each of these has its own.
    *(
        refused(f"pause_{name}", f"http_{number}", status(number, Retry_After=header), host=f"{name}.{HOST}")
        for name, number, header in (
            ("none", 429, "0"), ("short", 429, "1"), ("absurd", 429, "99999999999999999999"), ("negative", 429, "-5"),
            ("date", 429, "Wed, 21 Oct 2065 07:28:00 GMT"), ("past", 503, "Wed, 21 Oct 2015 07:28:00 GMT"),
            ("words", 503, "later \u00e9"), ("empty", 503, ""),
        )
    ),
    refused("status_401_login", "http_401", status(401, WWW_Authenticate='Basic realm="images"')),
    refused("status_407", "http_407", status(407, Proxy_Authenticate='Basic realm="images"')),
]  # fmt: skip

REDIRECTS = [
    refused("loop", "redirect", to("/loop.jpg", 301)),
    refused("loop_of_two", "redirect", to("/loop_of_two_back.jpg")),
    refused("loop_of_two_back", "redirect", to("/loop_of_two.jpg")),
    refused("to_file", "redirect", to("file:///etc/passwd")),
    refused("to_data", "redirect", to("data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=")),
    refused("to_ftp", "redirect", to("ftp://hostile.example/ok.jpg")),
    refused("to_javascript", "redirect", to("javascript:alert(1)")),
    refused("to_nowhere", "redirect", to(None)),
    refused("to_empty", "redirect", to("")),
    refused("to_no_host", "redirect", to("https://")),
    refused("to_broken_literal", "redirect", to("https://[::1/x.jpg")),
    refused("to_bad_port", "redirect", to("https://hostile.example:99999/ok.jpg")),
    refused("to_credentials", "refused_url", to("https://user:secret@hostile.example/ok.jpg")),
    *(
        refused(f"to_{name}", "refused_address", to(f"http://{host}/x.jpg", number))
        for name, host, number in (
            ("loopback", "127.0.0.1:8000", 302), ("private", "10.0.0.1", 307), ("metadata", "169.254.169.254", 308),
            ("ipv6_loopback", "[::1]", 303), ("decimal", "2130706433", 301), ("mapped", "[::ffff:192.168.0.1]", 302),
            ("localhost", "localhost", 302), ("octal", "0177.0.0.1", 302), ("this_host", "0.0.0.0", 302),  # noqa: S104
        )
    ),
    refused("to_404", "http_404", to("/status_404.jpg")),
    refused("to_page", "not_an_image", to("/html.jpg", 307)),
    stored("to_relative", answer=to("ok.jpg")),
    stored("to_other_scheme", answer=to("http://hostile.example/ok.jpg", 308)),
    stored("to_no_scheme", answer=to("//hostile.example/ok.jpg")),
    stored("to_umlaut", answer=to("/k\u00f6nig.jpg"), path="/to_umlaut.jpg"),
    stored("umlaut", path="/k%C3%B6nig.jpg"),
    *(stored(f"hops_{count}", answer=to(f"/hops_{count - 1}.jpg")) for count in range(1, 6)),
    *(refused(f"hops_{count}", "redirect", to(f"/hops_{count - 1}.jpg")) for count in (6, 7)),
    stored("hops_0"),
    stored("ok"),
]  # fmt: skip


versions = count()

VALIDATORS = [
    stored("weak_tag", answer=lambda: image(files.good(), ETag='W/"1"')),
    stored("bare_tag", answer=lambda: image(files.good(), ETag="not quoted, and a list")),
    stored("empty_tag", answer=lambda: image(files.good(), ETag="", Last_Modified="")),
    stored("changing_tag", answer=lambda: image(files.good(), ETag=f'"{next(versions)}"')),
    stored("long_tag", answer=lambda: image(files.good(), ETag=f'"{"x" * 8192}"')),
    stored("injecting_tag", answer=lambda: image(files.good(), ETag='"%0d%0aX-Injected: 1"')),
    stored("future_date", answer=lambda: image(files.good(), Last_Modified="Wed, 21 Oct 2065 07:28:00 GMT")),
    stored("date_without_zone", answer=lambda: image(files.good(), Last_Modified="Mon, 03 Mar 2025 09:30:00 -0000")),
    stored("endless_year", answer=lambda: image(
        files.good(), Last_Modified=f"Wed, 21 Oct {'9' * 20} 07:28:00 GMT", Date="Wed, 21 Oct 0000 07:28:00 GMT")),
    stored("endless_zone", answer=lambda: image(
        files.good(), Last_Modified=f"Wed, 21 Oct 2015 07:28:00 +{'9' * 20}")),
    stored("nonsense_date", answer=lambda: image(files.good(), Last_Modified="yesterday")),
    stored("cookies", answer=lambda: image(files.good(), Set_Cookie="id=1; Domain=.example; Path=/")),
    stored("disposition", answer=lambda: image(
        files.good(), Content_Disposition='attachment; filename="../../../../etc/cron.d/x"')),
]  # fmt: skip

NAMES = [
    stored(f"name_{name}", path=path)
    for name, path in (
        ("traversal", "/..%2f..%2fetc%2fpasswd.jpg"), ("dots", "/../../x/..%5c..%5cboot.jpg"), ("nul", "/%00.jpg"),
        ("nul_inside", "/a%00.php.jpg"), ("long", f"/{'n' * 4000}.jpg"), ("long_umlauts", f"/{'%C3%BC' * 600}.jpg"),
        ("device", "/CON.jpg"), ("device_dotted", "/aux.tar.jpg"), ("only_dots", "/....jpg"), ("hidden", "/.htaccess"),
        ("rtl", "/%E2%80%AEgpj.exe"), ("cjk", "/%E6%97%A5%E6%9C%AC%E9%85%92%E3%83%90%E3%83%BC.jpg"),
        ("emoji", "/%F0%9F%8D%BA%F0%9F%8D%BB.jpg"), ("slash", "/a%2Fb.jpg"), ("newline", "/a%0d%0aERROR%20b.jpg"),
        ("ansi", "/%1b%5b31mred.jpg"), ("bad_utf8", "/%ff%fe.jpg"), ("bad_percent", "/100%.jpg"), ("folder", "/album/"),
        ("spaces", "/%20%20.jpg%20"), ("temporary", "/.tmp-1.jpg"), ("thumbs", "/thumbs/small/photo.jpg"),
        # The added venues' own images have these names.
        ("taken", "/other/photo.jpg"), ("taken_otherwise", "/other/PHOTO.JPEG"),
    )
]  # fmt: skip
