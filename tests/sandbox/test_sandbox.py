"""The sandbox over real HTTP: what it serves, how it changes, and all its faults."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPResponse, IncompleteRead, RemoteDisconnected
from io import BytesIO
from pathlib import Path
from time import monotonic
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import pytest
from PIL import Image, ImageOps
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.project import get_project_settings

from sandbox.client import Sandbox, SandboxError, running_sandbox
from sandbox.images import ENCODINGS, SCENES, draw
from tests.support.paths import ROOT

LISTING = "https://storerocket.io/api/user/kDJ3BbK4mn/locations"
PAGE = "https://quizmeisters.com/venues/act-3rd-space-canberra"
VENUE = "act-3rd-space-canberra"


class Stay(HTTPRedirectHandler):
    def redirect_request(self, *arguments: object, **named: object) -> None:
        return None


opener = build_opener(ProxyHandler({}), Stay)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


@pytest.fixture
def hero(sandbox: Sandbox) -> str:
    return image(sandbox, VENUE)


def get(sandbox: Sandbox, url: str, method: str = "GET", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        response = opener.open(Request(sandbox.local(url), headers=named, method=method), timeout=10)
    except HTTPError as error:
        response = error
    with response:
        return Answer(
            response.status, {name.lower(): value for name, value in response.headers.items()}, response.read()
        )


@contextmanager
def raw(sandbox: Sandbox, url: str) -> Iterator[HTTPResponse]:
    """Send a GET without urllib's own headers, and yield the response unread."""
    host, _, path = sandbox.local(url).removeprefix("http://").partition("/")
    connection = HTTPConnection(host, timeout=10)
    connection.putrequest("GET", f"/{path}", skip_accept_encoding=True)
    connection.endheaders()
    with closing(connection), connection.getresponse() as response:
        yield response


def image(sandbox: Sandbox, venue: str, kind: str = "hero") -> str:
    (url,) = [shown["url"] for shown in sandbox.images() if shown["venue"] == venue and shown["kind"] == kind]
    return url


def locations(sandbox: Sandbox) -> dict[str, dict[str, object]]:
    listing = json.loads(get(sandbox, LISTING).body)
    assert listing["success"] is True
    return {place["name"] + " " + place["address"]: place for place in listing["results"]["locations"]}


def location(sandbox: Sandbox, number: int) -> dict[str, object]:
    (found,) = [place for place in locations(sandbox).values() if place["id"] == number]
    return found


def test_start_page_links_to_listings(running: Sandbox) -> None:
    with opener.open(f"{running.url}/") as answer:
        page = answer.read().decode()
    spiders = SpiderLoader.from_settings(get_project_settings())
    for name in spiders.list():
        for start in spiders.load(name).start_urls:
            path = start.removeprefix("https://")
            assert f'href="/{path}"' in page, f"record the page with: scrapy record fetch {start} --publisher {name}"
            with opener.open(running.local(start)) as answer:
                assert answer.status == 200
    assert f"SANDBOX_SERVER={running.url} scrapy crawl quizmeisters" in page


def test_listing_is_equal_on_both_hosts_and_covers_australia(sandbox: Sandbox) -> None:
    here, there = get(sandbox, LISTING), get(sandbox, LISTING.replace("storerocket.io", "api.storerocket.io"))
    assert here.body == there.body
    assert here.headers["content-type"] == "application/json"
    places = locations(sandbox)
    assert len(places) >= 26
    assert len({address.split(", ")[-3] for address in places}) == 8


def test_listing_has_all_shapes_of_schedule(sandbox: Sandbox) -> None:
    first, survey_first = location(sandbox, 900101), location(sandbox, 900104)
    assert first["fields"] == [{"id": 70, "name": "Trivia", "pivot_field_value": "Tuesdays at 7pm"}]
    assert isinstance(first["lat"], str)
    assert [show["name"] for show in survey_first["fields"]] == ["Survey Says", "Trivia"]  # type: ignore[attr-defined]
    assert location(sandbox, 900103)["custom_fields"] == {"trivia_night": "Thursday 7:00 PM"}
    assert isinstance(location(sandbox, 900103)["lng"], float)
    assert location(sandbox, 900106)["fields"] is None
    assert location(sandbox, 900127)["fields"] == []
    assert "fields" not in location(sandbox, 900128)
    assert "city" not in location(sandbox, 900126)


def test_page_shows_its_venue_on_every_host(sandbox: Sandbox, hero: str) -> None:
    for page in (PAGE, f"{PAGE}/", PAGE.replace("https://", "https://www."), PAGE.replace(".com", ".com.au")):
        answer = get(sandbox, page)
        assert answer.status == 200
        assert f'class="venue-photo" src="{hero}"' in answer.text
        assert "ninety &amp; the couches" in answer.text


def test_page_without_user_agent_is_forbidden(sandbox: Sandbox) -> None:
    for url, status in ((PAGE, 403), (LISTING, 200)):
        with raw(sandbox, url) as response:
            assert response.status == status


def test_listed_pages_answer(sandbox: Sandbox) -> None:
    pages = [str(place["url"]) for place in locations(sandbox).values() if place["url"]]
    assert all(get(sandbox, page).status == 200 for page in pages)


def test_unknown_and_robots(sandbox: Sandbox) -> None:
    for url in ("https://nowhere.example/", f"{PAGE}-2", "https://storerocket.io/", "https://quizmeisters.com/venues/"):
        answer = get(sandbox, url)
        assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    for host in ("storerocket.io", "cdn.prod.website-files.com", "elsewhere.example"):
        assert "Allow: /" in get(sandbox, f"https://{host}/robots.txt").text


def test_images_have_their_stated_format(sandbox: Sandbox) -> None:
    formats = set()
    for shown in sandbox.images():
        answer = get(sandbox, shown["url"])
        image = Image.open(BytesIO(answer.body))
        image.load()
        assert answer.headers["content-type"] == image.get_format_mimetype()
        assert int(answer.headers["content-length"]) == len(answer.body)
        formats.add(shown["format"])
    assert formats == set(ENCODINGS)


@pytest.mark.parametrize("format_name", ENCODINGS)
@pytest.mark.parametrize("kind", SCENES)
def test_drawing_is_deterministic_and_versions_differ(kind: str, format_name: str) -> None:
    first, _ = draw(kind, "seed", "Café Zoë", 1, format_name)
    draw.cache_clear()
    assert draw(kind, "seed", "Café Zoë", 1, format_name)[0] == first
    assert draw(kind, "seed", "Café Zoë", 2, format_name)[0] != first
    cropped = Image.open(BytesIO(draw(kind, "seed", "Café Zoë", 1, format_name, size=(300, 200))[0]))
    assert ImageOps.exif_transpose(cropped).size == (300, 200)


def test_special_formats_have_their_traps() -> None:
    rotated = Image.open(BytesIO(draw("hero", "seed", "Pub", 1, "rotated_jpeg")[0]))
    upright = Image.open(BytesIO(draw("hero", "seed", "Pub", 1, "jpeg")[0]))
    assert (rotated.size, ImageOps.exif_transpose(rotated).size) == ((540, 960), upright.size)
    assert Image.open(BytesIO(draw("hero", "seed", "Pub", 1, "transparent_png")[0])).getpixel((5, 5))[3] == 0  # type: ignore[index]
    assert getattr(Image.open(BytesIO(draw("hero", "seed", "Pub", 1, "gif")[0])), "n_frames", 1) == 2


def test_validators_give_304_without_a_body(sandbox: Sandbox, hero: str) -> None:
    full = get(sandbox, hero)
    tag, modified = full.headers["etag"], full.headers["last-modified"]
    for headers in ({"If_None_Match": tag}, {"If_None_Match": f'"x", W/{tag}'}, {"If_Modified_Since": modified}):
        answer = get(sandbox, hero, **headers)
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
    # The ETag takes precedence over the date.
    assert get(sandbox, hero, If_None_Match='"other"', If_Modified_Since=modified).status == 200
    assert get(sandbox, hero, If_Modified_Since="yesterday").status == 200
    head = get(sandbox, hero, "HEAD")
    assert (head.body, head.headers["content-length"]) == (b"", str(len(full.body)))


def test_change_gives_new_bytes_under_the_old_url(sandbox: Sandbox, hero: str) -> None:
    before = get(sandbox, hero)
    other = image(sandbox, "qld-the-gilded-galah")
    untouched = sandbox.served(other)
    assert sandbox.change([hero]) == [hero]
    after = get(sandbox, hero, If_None_Match=before.headers["etag"])
    assert after.status == 200
    assert after.body != before.body
    assert after.headers["etag"] != before.headers["etag"]
    assert dates(after) > dates(before)
    assert sandbox.served(other) == untouched
    sandbox.change()
    assert sandbox.served(other) != untouched
    sandbox.reset()
    assert sandbox.served(hero) == before.body


def dates(answer: Answer) -> float:
    return parsedate_to_datetime(answer.headers["last-modified"]).timestamp()


def test_served_is_good_image_and_not_logged(sandbox: Sandbox, hero: str) -> None:
    body = get(sandbox, hero).body
    sandbox.behave(hero, "status", status=500, times=1)
    sandbox.forget_requests()
    assert sandbox.served(hero) == body
    assert sandbox.requests() == []
    assert get(sandbox, hero).status == 500


def test_requests_are_logged_in_order(sandbox: Sandbox, hero: str) -> None:
    get(sandbox, f"{LISTING}?radius=5%20km", User_Agent="Bot/1")
    get(sandbox, hero, "HEAD", If_None_Match=get(sandbox, hero).headers["etag"])
    sandbox.behave(PAGE, "close")
    with pytest.raises(RemoteDisconnected):
        get(sandbox, PAGE)
    log = sandbox.requests()
    assert [(entry["method"], entry["url"], entry["status"]) for entry in log] == [
        ("GET", f"{LISTING}?radius=5%20km", 200),
        ("GET", hero, 200),
        ("HEAD", hero, 304),
        ("GET", PAGE, None),
    ]
    assert log[0]["headers"]["user-agent"] == "Bot/1"
    assert log[0]["at"] <= log[1]["at"]
    sandbox.forget_requests()
    assert sandbox.requests() == []


def test_move_gives_new_url_and_new_image(sandbox: Sandbox, hero: str) -> None:
    before = sandbox.served(hero)
    moved = sandbox.move(VENUE)
    assert moved != hero
    assert image(sandbox, VENUE) == moved
    assert moved in get(sandbox, PAGE).text
    assert get(sandbox, hero).status == 404
    assert get(sandbox, moved).body != before
    host = sandbox.move(VENUE, "performer", "https://images.example/New%20Host.png")
    assert host in get(sandbox, PAGE).text
    assert get(sandbox, host).headers["content-type"] == "image/png"


def test_move_of_shared_image_leaves_other_venue_alone(sandbox: Sandbox) -> None:
    shared = image(sandbox, "qld-barnacle-bills-cairns")
    assert shared == image(sandbox, "qld-barnacle-bills-port-douglas")
    bytes_before = sandbox.served(shared)
    sandbox.move("qld-barnacle-bills-cairns")
    assert get(sandbox, shared).body == bytes_before


def test_edit_changes_listing_and_page(sandbox: Sandbox, hero: str) -> None:
    before = sandbox.served(hero)
    sandbox.edit(
        VENUE, schedule="Wednesdays at 8pm", name="4th Space", on_break=True, host="Ana <Bell>", quirks=["numbers"]
    )
    place, page = location(sandbox, 900101), get(sandbox, PAGE).text
    assert place["fields"] == [{"id": 70, "name": "Trivia", "pivot_field_value": "Wednesdays at 8pm"}]
    assert (place["name"], place["lat"]) == ("4th Space", -35.2727)
    assert '<div class="on-break"><p>' in page
    assert "Ana &lt;Bell&gt;" in page
    assert sandbox.served(hero) == before
    sandbox.edit(VENUE, listed=False)
    assert 900101 not in [found["id"] for found in locations(sandbox).values()]
    assert get(sandbox, PAGE).status == 200


@pytest.mark.parametrize(
    ("behaviour", "parameters", "status", "content_type"),
    [
        ("status", {"status": 404}, 404, "text/html; charset=utf-8"),
        ("status", {"status": 204}, 204, None),
        ("redirect", {"to": "https://elsewhere.example/a.jpg", "status": 307}, 307, None),
        ("empty", {}, 200, "image/jpeg"),
        ("html", {}, 200, "image/jpeg"),
        ("json", {}, 200, "application/json"),
        ("text", {"body": "User-agent: *"}, 200, "text/plain; charset=utf-8"),
        ("wrong_type", {}, 200, "text/html"),
        ("svg", {}, 200, "image/svg+xml"),
        ("not_modified_always", {}, 304, None),
        ("slow", {"seconds": 0.01}, 200, "image/jpeg"),
        ("drip", {"seconds": 0.001, "piece": 8192}, 200, "image/jpeg"),
        ("headers", {"headers": {"Content-Type": "image/jpg", "ETag": None}}, 200, "image/jpg"),
    ],
)
def test_behaviours_end_after_their_times(
    sandbox: Sandbox, hero: str, behaviour: str, parameters: dict[str, object], status: int, content_type: str | None
) -> None:
    good = sandbox.served(hero)
    sandbox.behave(hero, behaviour, times=2, **parameters)
    for _ in range(2):
        answer = get(sandbox, hero)
        assert (answer.status, answer.headers.get("content-type")) == (status, content_type)
        kept = behaviour in ("wrong_type", "slow", "drip", "headers")
        assert (answer.body == good) is kept
    assert get(sandbox, hero).body == good


def test_status_can_send_retry_after(sandbox: Sandbox, hero: str) -> None:
    sandbox.behave(hero, "status", status=429, retry_after=3)
    assert get(sandbox, hero).headers["retry-after"] == "3"
    sandbox.heal()
    assert get(sandbox, hero).status == 200


def test_redirect_can_be_a_loop(sandbox: Sandbox, hero: str) -> None:
    sandbox.behave(hero, "redirect", to=hero)
    assert get(sandbox, hero).headers["location"] == hero


def test_slow_waits_before_the_headers(sandbox: Sandbox, hero: str) -> None:
    sandbox.served(hero)
    sandbox.behave(hero, "slow", seconds=0.2)
    began = monotonic()
    get(sandbox, hero)
    assert monotonic() - began >= 0.2


def test_drip_waits_between_pieces(sandbox: Sandbox, hero: str) -> None:
    sandbox.behave(hero, "drip", seconds=0.05, piece=len(sandbox.served(hero)) // 3)
    began = monotonic()
    get(sandbox, hero)
    assert monotonic() - began >= 0.15


def test_truncated_sends_less_than_it_announces(sandbox: Sandbox, hero: str) -> None:
    good = sandbox.served(hero)
    sandbox.behave(hero, "truncated")
    with pytest.raises(IncompleteRead) as caught:
        get(sandbox, hero)
    assert caught.value.partial == good[: len(good) // 2]


def test_cut_file_is_complete_answer_with_half_image(sandbox: Sandbox, hero: str) -> None:
    sandbox.behave(hero, "cut_file")
    answer = get(sandbox, hero)
    assert int(answer.headers["content-length"]) == len(answer.body)
    with pytest.raises(OSError, match="truncated"):
        Image.open(BytesIO(answer.body)).load()


def test_weak_and_missing_validators(sandbox: Sandbox, hero: str) -> None:
    modified = get(sandbox, hero).headers["last-modified"]
    sandbox.behave(hero, "weak_etag")
    tag = get(sandbox, hero).headers["etag"]
    assert tag.startswith('W/"')
    assert get(sandbox, hero, If_None_Match=tag).status == 304
    sandbox.behave(hero, "no_validators")
    answer = get(sandbox, hero, If_None_Match=tag, If_Modified_Since=modified)
    assert (answer.status, answer.headers.get("etag"), answer.headers.get("last-modified")) == (200, None, None)


def test_huge_with_and_without_an_end(sandbox: Sandbox, hero: str) -> None:
    sandbox.behave(hero, "huge", bytes=3_000_000)
    assert get(sandbox, hero).headers["content-length"] == "3000000"
    sandbox.behave(hero, "huge", bytes=3_000_000, declared=False)
    answer = get(sandbox, hero)
    assert ("content-length" in answer.headers, len(answer.body)) == (False, 3_000_000)
    sandbox.behave(hero, "huge")
    with raw(sandbox, hero) as response:
        assert len(response.read(20_000_000)) == 20_000_000


def test_any_url_can_misbehave(sandbox: Sandbox) -> None:
    sandbox.behave(LISTING, "json", value={"success": True, "results": {"locations": []}})
    assert locations(sandbox) == {}
    sandbox.behave("https://elsewhere.example/robots.txt", "status", status=500)
    assert get(sandbox, "https://elsewhere.example/robots.txt").status == 500


def test_spellings_of_url_mean_same_image(sandbox: Sandbox) -> None:
    url = image(sandbox, "vic-cafe-zoe")
    assert "%C3%A9" in url
    sandbox.behave(url.replace("%C3%A9", "%c3%a9").replace("https:", "http:"), "status", status=500)
    assert get(sandbox, url).status == 500


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        (
            "behave",
            {"url": PAGE, "behaviour": "explode"},
            "There is no behaviour 'explode'; there are status, redirect",
        ),
        ("behave", {"url": PAGE, "behaviour": "slow"}, "slow needs the parameter 'seconds'."),
        ("behave", {"url": PAGE, "behaviour": "slow", "seconds": "1"}, "the parameter seconds of slow cannot be '1'."),
        ("behave", {"url": PAGE, "behaviour": "slow", "seconds": -1}, "seconds takes a number above 0, not -1."),
        ("behave", {"url": PAGE, "behaviour": "empty", "size": 1}, "empty has no parameter 'size'; it takes none."),
        ("behave", {"url": PAGE, "behaviour": "empty", "times": 0}, "times takes a whole number, 1 or more, not 0."),
        ("behave", {"url": PAGE, "behaviour": "status", "status": 99}, "status takes 200 to 599, not 99."),
        (
            "behave",
            {"url": PAGE, "behaviour": "redirect", "to": "https://a/\r\nX: y"},
            "redirect cannot send a control character",
        ),
        ("behave", {"url": "act", "behaviour": "empty"}, "'act' is not an http or https URL."),
        ("change", {"urls": [PAGE]}, f"No image is served at {PAGE}."),
        ("change", {}, 'It takes {"urls": [...]} or {"all": true}.'),
        ("move", {"venue": "act-3rd"}, "No publisher has a venue 'act-3rd'."),
        ("move", {"venue": VENUE, "kind": "logo"}, "kind takes hero or performer, not 'logo'."),
        ("move", {"venue": VENUE, "into": "x"}, "Unknown parameters: into."),
        ("edit", {"venue": VENUE, "weekday": 3}, "A venue has no fact 'weekday'; it has name, host, listed,"),
        ("edit", {"venue": VENUE, "on_break": "yes"}, "on_break cannot be 'yes'."),
        ("nothing", {}, "Not Found."),
    ],
)
def test_control_refuses_in_one_sentence(sandbox: Sandbox, path: str, body: object, sentence: str) -> None:
    with pytest.raises(SandboxError) as caught:
        sandbox._ask("POST", path, body)
    assert str(caught.value).startswith(sentence)
    assert str(caught.value).endswith(".")


def test_port_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(sandbox_command(port), capture_output=True, text=True, cwd=ROOT, timeout=20, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"The sandbox cannot listen on port {port}: Address already in use.\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_sandbox_quietly_while_serving(number: signal.Signals) -> None:
    with subprocess.Popen(
        sandbox_command("0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        sandbox = Sandbox(child.stdout.readline().strip())
        for url, behaviour in ((PAGE, "truncated"), (LISTING, "huge")):
            sandbox.behave(url, behaviour)
        with pytest.raises(IncompleteRead):
            get(sandbox, PAGE)
        sandbox.behave(PAGE, "close")
        with pytest.raises(RemoteDisconnected):
            get(sandbox, PAGE)
        with raw(sandbox, LISTING) as abandoned:
            abandoned.read(1000)
        with raw(sandbox, LISTING):
            child.send_signal(number)
            out, errors = child.communicate(timeout=10)
    assert (child.returncode, out, errors) == (0, "", "")


def test_sandbox_runs_from_another_directory(tmp_path: Path) -> None:
    program = (
        "from sandbox.client import running_sandbox\nwith running_sandbox() as sandbox: print(len(sandbox.images()))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert ended.stderr == ""
    assert int(ended.stdout) > 30


@pytest.mark.parametrize("command", ["sandbox", "demo", "record show x"])
def test_sandbox_commands_need_a_checkout(tmp_path: Path, command: str) -> None:
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = trivia_scraper.settings\n")
    (tmp_path / "trivia_scraper").symlink_to(ROOT / "trivia_scraper")
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "scrapy", *command.split()], cwd=tmp_path,
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    sentence = f"scrapy {command.split(maxsplit=1)[0]}: it needs the directory sandbox/ of a checkout; run it there.\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", sentence)


def sandbox_command(port: str) -> list[str]:
    return [sys.executable, "-m", "sandbox", "--port", port]
