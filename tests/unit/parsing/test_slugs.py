"""Names and URLs from outside become safe slugs and file names."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trivia_scraper.parsing.slugs import (
    MAX_BYTES,
    distinct_stem,
    file_stem,
    performer_slugs,
    short_digest,
    slug,
    venue_slugs,
)

any_text = settings(max_examples=150, deadline=None, derandomize=True)
# Everything that a JSON string can hold, lone surrogates included.
names = st.text(st.characters(), max_size=200)
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
STEM = re.compile(r"[a-z0-9_][a-z0-9._-]*")
RESERVED = ("con", "prn", "aux", "nul", "com1", "com9", "lpt1", "lpt9")


NAMES: list[tuple[str, str]] = [
    ("3rd Space", "3rd-space"),
    ("THE  CROWN!", "the-crown"),
    ("Café Zoë", "cafe-zoe"),
    ("Café Zoe\u0308", "cafe-zoe"),
    ("Ö Bar", "o-bar"),
    ("Zielony Żuraw", "zielony-zuraw"),
    ("Gasthaus Weiß", "gasthaus-weiss"),
    ("İstanbul", "istanbul"),
    ("King's Arms", "kings-arms"),
    ("King’s Arms", "kings-arms"),
    ("Rock'n'Roll", "rocknroll"),
    ("O'Reilly´s", "oreillys"),
    ("O´Reilly`s", "oreillys"),
    ("O＇Reilly", "oreilly"),
    ("Fox & Hounds", "fox-hounds"),
    ("Bar &amp; Grill", "bar-grill"),
    ("The Ⅷ Bells", "the-viii-bells"),
    ("Ｆｕｌｌ Width", "full-width"),
    ("\u202eThe Bell\u202c", "the-bell"),
    ("../../etc/passwd", "etc-passwd"),
    ("C:\\Windows", "c-windows"),
    ("a\x00b\nc", "a-b-c"),
    ("tipple.", "tipple"),
    ("—", ""),
    ("..", ""),
    ("🍺🍻", ""),
    ("", ""),
    ("\ud800", ""),
]


def test_name_becomes_a_slug(subtests: pytest.Subtests) -> None:
    for name, expected in NAMES:
        with subtests.test(name=name):
            assert slug(name) == expected


def test_name_in_other_script_is_transliterated() -> None:
    assert SLUG.fullmatch(slug("日本酒バー"))
    assert SLUG.fullmatch(slug("Паб"))


@any_text
@given(name=names)
def test_slug_has_letters_digits_and_single_hyphens(name: str) -> None:
    found = slug(name)
    assert found == "" or SLUG.fullmatch(found)
    assert len(found) <= MAX_BYTES
    assert slug(found) == found


@any_text
@given(name=names, city=st.none() | names, postcode=st.none() | names, identity=names)
def test_venue_candidates_are_valid_slugs(name: str, city: str | None, postcode: str | None, identity: str) -> None:
    candidates = list(venue_slugs(name, city, postcode, identity))
    assert candidates
    for candidate in candidates:
        assert SLUG.fullmatch(candidate)
        assert len(candidate) <= MAX_BYTES
        assert candidate not in RESERVED


@any_text
@given(name=names, first=names, second=names)
def test_last_candidate_is_unique(name: str, first: str, second: str) -> None:
    last = [list(venue_slugs(name, "Perth", "6000", identity))[-1] for identity in (first, second, first)]
    assert last[0] == last[2]
    assert (last[0] == last[1]) is (first == second)


def test_candidates_are_name_town_postcode_digest() -> None:
    digest = short_digest("question_one/white-horse")
    assert list(venue_slugs("The White Horse", "London", "E8 4PH", "question_one/white-horse")) == [
        "the-white-horse",
        "the-white-horse-london",
        "the-white-horse-e8-4ph",
        f"the-white-horse-{digest}",
    ]
    assert list(venue_slugs("The White Horse", None, " ", "question_one/white-horse")) == [
        "the-white-horse",
        f"the-white-horse-{digest}",
    ]
    assert list(venue_slugs("🍺", "London", "E8", "question_one/white-horse")) == [f"venue-{digest}"]


@pytest.mark.parametrize("name", ["CON", "nul", "Com1", "LPT9"])
def test_windows_device_name_is_avoided(name: str) -> None:
    assert next(venue_slugs(name, None, None, "id")) == f"venue-{name.lower()}"
    assert next(performer_slugs(name, "the-bell")) == f"{name.lower()}-the-bell"


@pytest.mark.parametrize("length", [79, 80, 81, 300, 4000])
def test_long_name_keeps_its_suffixes(length: int) -> None:
    town, postcode, digest = list(venue_slugs("x" * length, "Perth", "6000", "id"))[1:]
    assert town.endswith("-perth")
    assert postcode.endswith("-6000")
    assert digest.endswith(f"-{short_digest('id')}")


def test_long_town_is_cut() -> None:
    candidates = list(venue_slugs("The White Horse", "Llanfair" * 20, "x" * 300, "id"))
    assert all(candidate.startswith("the-white-horse-") and len(candidate) <= MAX_BYTES for candidate in candidates[1:])


@any_text
@given(name=st.none() | names, venue=st.sampled_from(["x", "the-bell", "a-" * 39 + "a", "x" * MAX_BYTES]))
def test_host_candidates_are_valid_slugs(name: str | None, venue: str) -> None:
    candidates = list(performer_slugs(name, venue))
    assert len(candidates) >= 2
    for candidate in candidates:
        assert SLUG.fullmatch(candidate)
        assert len(candidate) <= MAX_BYTES
        assert candidate not in RESERVED


def test_two_hosts_of_one_name_get_two_folders() -> None:
    first, second = list(performer_slugs("Sam", "the-bell")), list(performer_slugs("Sam", "the-crown"))
    assert first[0] == second[0] == "sam"
    assert first[1:] != second[1:]
    assert first[1] == "sam-the-bell"
    assert set(performer_slugs(None, "the-bell")).isdisjoint(performer_slugs(None, "the-crown"))


FILE_NAMES: list[tuple[str, str]] = [
    # Names of earlier systems, but without the extension.
    ("655aadddaced22f21dc76fca_qld%20-%2010%20toes.jpg", "655aadddaced22f21dc76fca_qld-10-toes"),
    (
        "659b43df589d4584c9fb02cd_Katie%20Davenport%20Klunder%20-%2010%20toes%20buderim.jpg",
        "659b43df589d4584c9fb02cd_katie-davenport-klunder-10-toes-buderim",
    ),
    ("2024-01-13-1200x800.jpg", "2024-01-13-1200x800"),
    ("ebf134487264a6607ff285810da61473.jpg", "ebf134487264a6607ff285810da61473"),
    ("image-1200x800.avif", "image-1200x800"),
    (
        "metro-5769-morgan-arms-bow-pub-exterior-4-1000x800.webp",
        "metro-5769-morgan-arms-bow-pub-exterior-4-1000x800",
    ),
    ("Jaga%20Jaga%20Bar%20%20Greensborough.jpg", "jaga-jaga-bar-greensborough"),
    ("Screen%20Shot%202024-10-21%20at%207.55.33%E2%80%AFpm.png", "screen-shot-2024-10-21-at-7.55.33-pm"),
    ("anglers-tavern-MASTER12617-1-600x490-1.jpg", "anglers-tavern-master12617-1-600x490-1"),
    ("image-1200x800.avif_original.jpg", "image-1200x800.avif_original"),
    ("VIC%20-%20Barton%20Fink%20Bar.png", "vic-barton-fink-bar"),
    ("656413cd2006886aba48bb7b_act-3rd-space.jpg", "656413cd2006886aba48bb7b_act-3rd-space"),
    ("vlogo_1700004858684", "vlogo_1700004858684"),
    # Queries, fragments, extensions.
    ("hero.jpg?w=300&h=300", "hero"),
    ("hero.jpg#top", "hero"),
    ("hero%3Fw=1.jpg", "hero-w-1"),
    ("Hero.JPG", "hero"),
    ("hero.jpeg.png", "hero"),
    ("hero.jpg.php", "hero.jpg.php"),
    ("hero.jpg/", "hero"),
    ("hero..jpg", "hero"),
    ("hero+shot%2Bwide.jpg", "hero-shot-wide"),
    ("Bob's%20Bar.jpg", "bobs-bar"),
    ("caf%C3%A9.jpg", "cafe"),
    ("cafe%CC%81.jpg", "cafe"),
    ("café.jpg", "cafe"),
    # Paths that would leave the folder.
    ("%2e%2e%2f%2e%2e%2fetc%2fpasswd", "etc-passwd"),
    ("..%2Fhero.jpg", "hero"),
    ("a%2Fb.jpg", "a-b"),
    ("a\\b.jpg", "a-b"),
    ("C%3A%5Chero.jpg", "c-hero"),
    ("hero%00.jpg", "hero"),
    ("hero%0D%0AX.jpg", "hero-x"),
    (".htaccess", "htaccess"),
    (".tmp-1234.jpg", "tmp-1234"),
    ("%252e%252e.jpg", "2e-2e"),
    # Device names of Windows.
    ("con.jpg", "_con"),
    ("AUX.thing.jpg", "_aux.thing"),
    ("lpt9", "_lpt9"),
    ("console.jpg", "console"),
]


def test_file_stem_is_safe_and_recognisable(subtests: pytest.Subtests) -> None:
    for file, expected in FILE_NAMES:
        with subtests.test(file=file):
            assert file_stem(f"https://cdn.example/61ea3abb/{file}") == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.example",
        "https://cdn.example/",
        "https://cdn.example/?hero.jpg",
        "https://cdn.example/..",
        "https://cdn.example/%2e%2e",
        "https://cdn.example/%2F",
        "https://cdn.example/.jpg",
        "https://cdn.example/---.png",
        "https://cdn.example/%F0%9F%8D%BA.jpg",
        "https://cdn.example/%FF%FE.jpg",
        "https://[::1/hero.jpg",
        "",
    ],
)
def test_url_without_name_gets_a_digest(url: str) -> None:
    assert file_stem(url) == f"image-{short_digest(url)}"


@pytest.mark.parametrize("letter", ["a", "%E6%97%A5", "日", "é", "a."])
def test_long_file_name_is_cut_with_digest(letter: str) -> None:
    first = f"https://cdn.example/{letter * 4000}.jpg"
    second = f"https://cdn.example/{letter * 4000}b.jpg"
    assert len(file_stem(first)) <= MAX_BYTES
    assert file_stem(first).endswith(f"-{short_digest(first)}")
    assert file_stem(first) != file_stem(second)


@any_text
@given(path=st.text(st.characters(), max_size=120), encoded=st.booleans())
def test_file_stem_stays_in_its_folder(path: str, encoded: bool) -> None:
    url = "https://cdn.example/" + (quote(path.encode("utf-8", "surrogatepass"), safe="") if encoded else path)
    for stem in (file_stem(url), distinct_stem(file_stem(url), url)):
        assert STEM.fullmatch(stem)
        assert ".." not in stem
        assert len(stem) <= MAX_BYTES + 1  # with the underscore before a device name
        assert stem.split(".")[0] not in RESERVED
        assert not stem.endswith((".", "-"))


@any_text
@given(first=names, second=names)
def test_distinct_stem_differs_by_url(first: str, second: str) -> None:
    stems = [distinct_stem("hero", url) for url in (first, second, first)]
    assert stems[0] == stems[2]
    assert (stems[0] == stems[1]) is (first == second)
    assert stems[0].startswith("hero-")
