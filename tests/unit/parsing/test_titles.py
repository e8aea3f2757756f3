"""Names and cadences in titles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trivia_scraper.parsing.titles import is_not_yet_open, read_title, without_dates

TITLES = [
    ("PUB QUIZ – The Brass Otter, Millbank – Every Tuesday", "The Brass Otter, Millbank", "Every Tuesday"),
    ("PUB QUIZ &#8211; Fox &amp; Kettle &#8211; Every Other Sunday", "Fox & Kettle", "Every Other Sunday"),
    ("PUB QUIZ – Unity Yard, Milton Vale – Monthly", "Unity Yard, Milton Vale", "Monthly"),
    ("PUB QUIZ – Tap Nine – First Wednesday of the Month", "Tap Nine", "First Wednesday of the Month"),
    ("PUB QUIZ – White Gate, Whitegate – Thursdays", "White Gate, Whitegate", "Thursdays"),
    ("PUB QUIZ – White Gate – Every Monday & Thursday", "White Gate", "Every Monday & Thursday"),
    ("PUB QUIZ – White Gate – 1st & 3rd Monday", "White Gate", "1st & 3rd Monday"),
    ("PUB QUIZ – White Gate – Alternate Tuesdays", "White Gate", "Alternate Tuesdays"),
    ("PUB QUIZ – White Gate – Every Tuesday at 7.30pm", "White Gate", "Every Tuesday at 7.30pm"),
    ("PUB QUIZ – White Gate – Sundays (fortnightly)", "White Gate", "Sundays (fortnightly)"),
    ("PUB QUIZ – White Gate (Mondays)", "White Gate", "Mondays"),
    ("PUB QUIZ – White Gate – Every Sunday at the bar", "White Gate", "Every Sunday at the bar"),
    ("Black Lantern, West Hampton Every Sunday", "Black Lantern, West Hampton", "Every Sunday"),
    ("Winding Wheel, Northgate, Every Sunday", "Winding Wheel, Northgate", "Every Sunday"),
    ("Copper Hare, Eastwick", "Copper Hare, Eastwick", None),
    ("Vienna – Canary Wharf", "Vienna, Canary Wharf", None),
    ("PUB QUIZ – The Bobbin Mill – Clapton – Mondays", "The Bobbin Mill, Clapton", "Mondays"),
    ("PUB QUIIZ - Drake’s Drum - Weekly", "Drake’s Drum", "Weekly"),
    ("pub quiz: Half-Moon, Herne", "Half-Moon, Herne", None),
    ("PUB QUIZ–The Otter–Mondays", "The Otter", "Mondays"),
    ("Pub Quiz at The Otter", "The Otter", None),
    ("PUB QUIZ – Tuesdays 7pm at The Queen’s Thimble, Holbeck", "The Queen’s Thimble, Holbeck", "Tuesdays 7pm"),
    ("PUB QUIZ – Tuesdays 7pm at The Queen’s Thimble – Holbeck", "The Queen’s Thimble, Holbeck", "Tuesdays 7pm"),
    ("PUB QUIZ – White Gate – Bi Weekly", "White Gate", "Bi Weekly"),
    ("PUB QUIZ – White Gate – Final Sunday of the Month", "White Gate", "Final Sunday of the Month"),
    ("PUB QUIZ – White Gate – Second to last Sunday", "White Gate", "Second to last Sunday"),
    ("PUB QUIZ – White Gate – Starting 8 September", "White Gate", "Starting 8 September"),
    ("PUB QUIZ – White Gate, Millbank – Sun & Wed", "White Gate, Millbank", "Sun & Wed"),
    ("pub quiz tuesdays 7pm at the queens thimble", "the queens thimble", "tuesdays 7pm"),
    # Names that look like a cadence.
    ("Each Peach Fridays", "Each Peach Fridays", None),
    ("Weekly Planet Bar – Mondays", "Weekly Planet Bar", "Mondays"),
    ("Sundays Bar, Millbank – Thursdays", "Sundays Bar, Millbank", "Thursdays"),
    ("The Crown Pub Quiz", "The Crown Pub Quiz", None),
    ("The Ruby Tuesday", "The Ruby Tuesday", None),
    ("PUB QUIZ – Ruby Tuesday – Sunday", "Ruby Tuesday", "Sunday"),
    ("Friday Street, Chelsham", "Friday Street, Chelsham", None),
    ("The Sunday School, Leet", "The Sunday School, Leet", None),
    ("PUB QUIZ – Last Post, First Orders – Last Thursday", "Last Post, First Orders", "Last Thursday"),
    ("PUB QUIZ – Everyman Tavern – Bi-weekly", "Everyman Tavern", "Bi-weekly"),
    ("PUB QUIZ - Each Peach Bar - Fridays", "Each Peach Bar", "Fridays"),
    # No name at all.
    ("PUB QUIZ – Every Sunday", None, "Every Sunday"),
    ("PUB QUIZ", None, None),
    ("", None, None),
    (None, None, None),
]


def test_title_has_name_and_cadence(subtests: pytest.Subtests) -> None:
    for raw, name, cadence in TITLES:
        with subtests.test(raw=raw, name=name, cadence=cadence):
            assert read_title(raw) == (name, cadence)


PARTS = ["PUB QUIZ", " – ", "-", "Every", "Monday", "Mondays", " at ", "7pm", ",", "(", ")", "1st", "&", "The Fox", " "]


@given(st.one_of(st.text(), st.lists(st.sampled_from(PARTS), max_size=60).map("".join)))
def test_page_title_never_raises(raw: str) -> None:
    assert all(part is None or part.strip() for part in read_title(raw))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("COMING SOON", True),
        ("Coming soon!", True),
        ("*** Opening soon ***", True),
        ("Starting very soon...", True),
        ("The Tin Drum - COMING SOON", True),
        ("The Tin Drum – Coming Soon!", True),
        ("The Tin Drum (opening soon)", True),
        ("The Tin Drum: launching soon", True),
        ("Grill'd Carseldine | coming soon", True),
        ("To be announced", True),
        ("TBC", True),
        ("Day TBA", True),
        ("Watch this space!", True),
        ("The Tin Drum", False),
        ("The Coming Soon Inn", False),
        ("Coming soon: Tuesdays 7pm", False),
        ("Tuesdays 7pm, new menu coming soon", False),
        ("Tuesdays 7pm (back soon)", False),
        ("", False),
        (None, False),
    ],
)
def test_announcement_is_not_yet_open(raw: str | None, expected: bool) -> None:
    assert is_not_yet_open(raw) is expected


@pytest.mark.parametrize(
    ("title", "series"),
    [
        ("Pub Quiz – Tuesday 8 December 2026", "Pub Quiz"),
        ("Pub Quiz (Dec 8th)", "Pub Quiz"),
        ("2026-12-08 Pub Quiz", "Pub Quiz"),
        ("Quiz on Dec 8", "Quiz"),
        ("Tuesday Quiz", "Tuesday Quiz"),
        ("90s Quiz", "90s Quiz"),
        ("8 December 2026", None),
        (None, None),
    ],
)
def test_title_of_a_series_has_no_date(title: str | None, series: str | None) -> None:
    assert without_dates(title) == series
