"""Addresses that may be requested, and others."""

from __future__ import annotations

import contextlib
import ipaddress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.test import get_crawler
from twisted.internet.error import DNSLookupError

from trivia_scraper.downloader.address_guard import (
    AddressGuard,
    PublicResolver,
    RequestRefusedError,
    check_proxied_name,
    check_url,
    is_public,
)

PUBLIC = [
    "http://quizmeisters.com/",
    "https://www.quizmeisters.com:443/venues/act-3rd-space",
    "HTTPS://CDN.prod.website-files.com/a%20b.JPG?x=1#y",
    "https://uploads-ssl.webflow.com./a.jpg",
    "https://s3.amazonaws.com:8443/a",
    "https://xn--mnchen-3ya.example/",
    "https://my_pub.example/",
    "https://" + "a" * 63 + ".example/",
    # Names that only look local.
    "https://mylocalhost.example/",
    "https://localhost.example/",
    "https://internal.example/",
    "https://local/",
    "https://127.0.0.1.example/",
    "https://10.example/",
    # Public addresses in any notation.
    "https://1.1.1.1/",
    "https://8.8.8.8:8080/",
    "https://16843009/",
    "https://0x01010101/",
    "https://[2606:4700:4700::1111]/",
    "https://[2606:4700:4700::1111]:8443/",
    "https://[::ffff:1.1.1.1]/",
    "https://172.15.255.255/",
    "https://172.32.0.1/",
    "https://100.63.255.255/",
    "https://100.128.0.1/",
    "https://11.0.0.1/",
]
NO_WEB_ADDRESS = [
    "",
    "/venues/act-3rd-space",
    "quizmeisters.com",
    "//quizmeisters.com/a.jpg",
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "ftp://quizmeisters.com/a.jpg",
    "s3://bucket/a.jpg",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "gopher://quizmeisters.com/",
    "about:blank",
    "blob:https://quizmeisters.com/1",
    "ws://quizmeisters.com/",
    "httpx://quizmeisters.com/",
    "http:/quizmeisters.com/",
    "http:quizmeisters.com",
    "http://",
    "http:///a.jpg",
    "https://?a",
    "https://#a",
    "https://user:secret@/a.jpg",
    "https://:8080/a.jpg",
    # Impossible ports and brackets.
    "https://quizmeisters.com:99999/",
    "https://quizmeisters.com:-1/",
    "https://quizmeisters.com:http/",
    "https://quizmeisters.com:80:80/",
    "https://[::1/",
    "https://::1]/",
    "https://[quizmeisters.com]/",
    "https://[fe80::1%25eth0/",
    # Names that cannot be resolved, or that another component would read differently.
    "https://quizmeisters..com/",
    "https://" + "a" * 64 + ".example/",
    "https://" + "a." * 127 + "example/",
    "https://quizmeisters.com%00.evil.example/",
    "https://quizmeisters.com\\@evil.example/",
    "https://quiz meisters.com/",
    "http://127。0。0。1/",
    "http://１２７.0.0.1/",
    "http://ⓛocalhost/",
    # Credentials.
    "https://user:secret@quizmeisters.com/a.jpg",
    "https://user@quizmeisters.com/",
    "https://@quizmeisters.com/",
]
NOT_PUBLIC = [
    # Names of this machine and its network.
    "http://localhost/",
    "http://LOCALHOST:8000/",
    "http://localhost./",
    "http://a.localhost/",
    "http://printer.local/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://metadata.google.internal./",
    # Loopback, in every notation that a resolver takes.
    "http://127.0.0.1/",
    "http://127.0.0.1./",
    "http://127.0.0.\t1/",
    "http://127.0.0.1:6800/schedule.json",
    "http://127.255.255.254/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0X7F.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::1]:8000/",
    "http://0.0.0.0/",
    "http://0/",
    "http://[::]/",
    # Private networks, cloud metadata, shared address space, test networks, multicast, reserved.
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://0xc0a80101/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/",
    "http://2852039166/",
    "http://0251.0376.0251.0376/",
    "http://100.64.0.1/",
    "http://100.127.255.255/",
    "http://192.0.2.1/",
    "http://198.18.0.1/",
    "http://198.51.100.7/",
    "http://224.0.0.1/",
    "http://239.255.255.250/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[fc00::1]/",
    "http://[fd12:3456:789a::1]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    # IPv4 inside IPv6.
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:c0a8:101::1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::a00:1]/",
    "http://[::127.0.0.1]/",
    # Not on the public internet.
    "http://[4000::1]/",
    "http://[100::1]/",
    # The part before "@" is not the host.
    "http://quizmeisters.com@127.0.0.1/",
    "http://quizmeisters.com:80@10.0.0.1:80/",
    "http://user:secret@localhost/",
    "http://a@b@169.254.169.254/",
]
# First and last address of every block in IANA's registries of special-purpose addresses, as of November 2026, and of
# multicast. Python calls some of them global.
SPECIAL = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.0.0/29 192.0.0.8/32
192.0.0.9/32 192.0.0.10/32 192.0.0.170/31 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16
192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32
::1/128 ::/128 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128 2001:1::2/128 2001:1::3/128
2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 2620:4f:8000::/48
3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8
"""
characters = st.characters(exclude_characters="\0")


def reason(url: str) -> str:
    with pytest.raises(RequestRefusedError) as caught:
        check_url(url)
    return caught.value.reason


def test_public_address_passes(subtests: pytest.Subtests) -> None:
    for url in PUBLIC:
        with subtests.test(url=url):
            check_url(url)


def test_other_than_http_is_refused(subtests: pytest.Subtests) -> None:
    for url in NO_WEB_ADDRESS:
        with subtests.test(url=url):
            assert reason(url) == "refused_url"


def test_private_address_is_refused(subtests: pytest.Subtests) -> None:
    for url in NOT_PUBLIC:
        with subtests.test(url=url):
            assert reason(url) == "refused_address"


def test_refusal_is_an_ignored_request() -> None:
    with pytest.raises(IgnoreRequest, match=r"^127\.0\.0\.1 is not a public address$"):
        check_url("http://127.0.0.1/")


def test_refusal_shows_no_password() -> None:
    for url in (
        "https://user:secret@quizmeisters.com/",
        "ftp://user:secret@quizmeisters.com/",
        "http://a:secret@[::1/",
    ):
        with pytest.raises(RequestRefusedError) as caught:
            check_url(url)
        assert "secret" not in str(caught.value)


def test_refusal_of_long_url_is_short() -> None:
    with pytest.raises(RequestRefusedError) as caught:
        check_url("data:image/png;base64," + "A" * 100_000)
    assert len(str(caught.value)) < 300


def test_allowed_host_may_be_private() -> None:
    allowed = {"127.0.0.1", "proxy.internal"}
    check_url("http://127.0.0.1:8080/a.jpg", allowed)
    check_url("http://proxy.internal/a.jpg", allowed)
    for url in ("http://127.0.0.2/", "http://other.internal/", "http://127.0.0.1@10.0.0.1/"):
        with pytest.raises(RequestRefusedError):
            check_url(url, allowed)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(url=st.builds(str.__add__, st.sampled_from(["", "http://"]), st.text(characters, max_size=40)))
def test_text_passes_or_is_refused_with_reason(url: str) -> None:
    with contextlib.suppress(RequestRefusedError):
        check_url(url)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(address=st.ip_addresses(v=4), form=st.sampled_from(["{}", "::ffff:{}", "64:ff9b::{}", "2002"]))
def test_embedded_ipv4_address_decides(address: ipaddress.IPv4Address, form: str) -> None:
    spelt = f"2002:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}::" if form == "2002" else form.format(address)
    assert is_public(spelt) is is_public(str(address))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(address=st.ip_addresses())
def test_private_for_python_is_never_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    # Some versions of Python call all 6to4 addresses private. The test above covers them by the address inside.
    if address in ipaddress.ip_network("2002::/16"):
        return
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert not is_public(str(address))


def test_special_purpose_addresses_are_not_public(subtests: pytest.Subtests) -> None:
    for network in map(ipaddress.ip_network, SPECIAL.split()):
        for address in (network[0], network[-1]):
            with subtests.test(address=str(address)):
                assert not is_public(str(address))
                if isinstance(address, ipaddress.IPv4Address):
                    number = int(address)
                    assert not is_public(f"::ffff:{address}")
                    assert not is_public(f"64:ff9b::{address}")
                    assert not is_public(f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1")
                    assert not is_public(f"2001:0:{number >> 16:x}:{number & 0xFFFF:x}::f7f7:f7f7")  # Teredo


def test_internal_name_is_refused_behind_proxy(subtests: pytest.Subtests) -> None:
    internal = "metadata", "wiki.", "git.corp", "nas.lan", "router.home.arpa", "a.b.intranet"
    for host in (*internal, "api.default.svc", "db.service.consul", "nas.fritz.box"):
        with subtests.test(host=host):
            check_url(f"http://{host}/")
            with pytest.raises(RequestRefusedError) as caught:
                check_proxied_name(f"http://{host}/")
            assert caught.value.reason == "refused_address"
    for host in ("pub.example", "corp.example", "1.1.1.1", "[2606:4700:4700::1111]"):
        check_proxied_name(f"https://{host}/")
    check_proxied_name("http://wiki/", {"wiki"})


def test_sandbox_is_the_only_name_looked_up() -> None:
    reactor: Any = None
    crawler = get_crawler(settings_dict={"SANDBOX_SERVER": "http://sandbox.test:8800"})
    resolver = PublicResolver.from_crawler(crawler, reactor)
    looked_up: list[Any] = []
    resolver.getHostByName("pub.example").addErrback(lambda failure: looked_up.append(failure.value))
    assert [type(error) for error in looked_up] == [DNSLookupError]
    assert resolver._judge("127.0.0.1", "sandbox.test") == "127.0.0.1"


@pytest.mark.parametrize("hosts", ["127.0.0.1,proxy.internal", '["127.0.0.1", "proxy.internal"]'])
def test_allowed_hosts_are_read_as_they_are_checked(hosts: str) -> None:
    guard = AddressGuard(get_crawler(settings_dict={"PRIVATE_HOSTS_ALLOWED": hosts}))
    guard.process_request(Request("http://127.0.0.1/a.jpg"))
    guard.process_request(Request("http://proxy.internal/a.jpg"))
    with pytest.raises(RequestRefusedError):
        guard.process_request(Request("http://10.0.0.1/a.jpg"))


def test_refused_page_without_errback_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    guard = AddressGuard(get_crawler())
    caplog.clear()  # a crawler logs its settings when another test of this process has raised the level

    def errback(failure: object) -> None: ...

    for request in (
        Request("http://user:secret@10.0.0.1/"),
        Request("ftp://a.example/", headers={"Referer": "https://b.example/"}),
        Request("http://10.0.0.2/", errback=errback),
        Request("http://10.0.0.3/a.jpg", callback=NO_CALLBACK),
    ):
        with pytest.raises(RequestRefusedError) as caught:
            guard.process_request(request)
        guard.process_exception(request, caught.value)
    guard.process_exception(Request("https://pub.example/"), RequestRefusedError("robots", "robots.txt forbids it"))
    assert caplog.messages == [
        "Refused <GET http://10.0.0.1/> (referer: None): 10.0.0.1 is not a public address",
        "Refused <GET ftp://a.example/> (referer: https://b.example/): 'ftp://a.example/' is not an http(s) URL",
    ]
