"""Schedules in publishers' texts: the table schedules.tsv, and properties of any text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.schedules import NO_DAY, nights_of, rows
from trivia_scraper.items import Schedule
from trivia_scraper.parsing.schedule import WEEKDAYS, ScheduleError, read_nights
from trivia_scraper.parsing.text import clean

WEEKDAY_STEMS = re.compile(
    "mon|tue|wed|thu|fri|sat|sun|poniedz|pon|pn|wt|[sś]r|czw|cz|pi[aą]t|pt|sob|niedz|nd", re.IGNORECASE
)


def test_text_matches_its_row(subtests: pytest.Subtests) -> None:
    for text, *nights in rows():
        with subtests.test(text=text):
            assert nights_of(text) == nights


@pytest.mark.parametrize(("name", "at_least"), [("schedules", 650), ("schedules_polish", 70), ("schedules_dates", 110)])
def test_tables_are_large_and_without_duplicates(name: str, at_least: int) -> None:
    keys = [tuple(row[:2]) if name == "schedules_dates" else row[0] for row in rows(name)]
    assert len(keys) > at_least
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    "typed",
    [str.upper, str.title, lambda text: f" \u00a0{text}\t", lambda text: text.replace(" ", "\u00a0")],
    ids=["upper case", "title case", "surrounding space", "no-break spaces"],
)
def test_typing_habits_change_nothing(typed) -> None:
    differing = [text for text, *nights in rows() if "\n" not in text and nights_of(typed(text)) != nights]
    assert differing == []


@pytest.mark.parametrize("text", [None, "", "  \n ", "\u200b", "—", "\x00"])
def test_empty_text_names_no_day(text: str | None) -> None:
    with pytest.raises(ScheduleError, match="no day of the week"):
        read_nights(text, "Australia/Sydney")


def test_error_quotes_the_text() -> None:
    with pytest.raises(ScheduleError, match="'Trivia begins 7:30pm'"):
        read_nights("Trivia  begins\n7:30pm", None)


def test_zone_and_text_are_copied_to_the_schedule() -> None:
    (night,) = read_nights(" Tuesdays, 7pm\n(kitchen  open) ", "Australia/Perth")
    assert night == Schedule(
        raw="Tuesdays, 7pm (kitchen open)",
        weekday=2,
        start_time="19:00",
        frequency="weekly",
        rrule="FREQ=WEEKLY;BYDAY=TU",
        timezone="Australia/Perth",
        starts_on=None,
        time_assumed=False,
    )


def test_text_without_frequency_is_weekly() -> None:
    (silent,) = read_nights("Tuesdays 7pm", None)
    (stated,) = read_nights("Tuesdays 7pm, fortnightly", None)
    assert (silent.frequency, silent.rrule) == ("weekly", "FREQ=WEEKLY;BYDAY=TU")
    assert (stated.frequency, stated.rrule) == ("biweekly", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")


@pytest.mark.parametrize(
    "piece",
    [
        "trivia tue bingo wed ",
        "pierwszy i ",
        "wt 19:00 ",
        "from ",
        "tue 3 mar & ",
        "open tue ",
        "last ",
        "first & ",
        "(",
        "(1st ",
        "tue ",
        "mon-",
        "7pm ",
        "7 for ",
        "1 ",
        "1:",
        "$1,",
        "no quiz ",
        "3 mar tue ",
        "tue until 8 sep ",
        "8 sep - ",
        "prize, ",
        "half 7",
        "<!--",
        "<a ",
        "a@b.",
        "tue 8pm moving to ",
        "(tue if ",
        "second to last ",
        "co drugi wt ",
        "co 2 wtorek ",
        "ul. 3 maj ",
        "mon 7 | ",
        "mon 7pm\n",
        "weekly quiz and ",
        "monthly folk a ",
        "1st, 2nd ",
        "cash prizes for 1st ",
        "7.30ish people ",
        "6pm food 7pm trivia ",
        "half past eight ",
        "quiz - tue ",
        "a quiz on tue and pool on tue ",
        "tue 10.00 aerobics, 8pm quiz, ",
        "tue, when ",
        "7-8 quiz ",
        "by tue 8 sep ",
        " ... ",
        "wpol do osmej ",
        "na wtorek przenosimy z ",
        "\nwt | ",
        "tue, wed & ",
        "tue-wed to ",
        "used to have quiz on tue, wed, ",
        "tue until easter then ",
        "tue 3, tue 4, ",
        "sheffield wednesday ",
        "christmas pub big ",
        "at 7, 8, ",
        "quiz has been ",
        "cancelled 3 mar. ",
    ],
)
def test_hostile_text_is_read_quickly(piece: str) -> None:
    before = process_time()
    nights_of(piece * (10_000 // len(piece)))
    assert process_time() - before < 2


# Random characters, and typical words in any order, which reach more of the code.
WORDS = [
    *("tuesday", "tues", "thursdays", "sat", "sun", "mon-fri", "wed", "every", "second", "other", "last", "1st", "&"),
    *("3rd", "of", "the", "month", "monthly", "fortnightly", "(fortnightly)", "7pm", "7.30", "19:30", "1930", "20h"),
    *(
        "noon",
        "7-9pm",
        "11-1pm",
        "to",
        "until",
        "til",
        "at",
        "@",
        "from",
        ",",
        "/",
        "-",
        "and",
        "or",
        "8",
        "12",
        "0:00",
    ),
    *(
        "trivia",
        "bingo",
        "open",
        "co drugi",
        "wtorek",
        "środa",
        "godz.",
        "o",
        "miesiąca",
        "from",
        "8 september",
        "closed",
    ),
    *("25:00", "£2", "$5", "per", "team", "doors", "for", "0412", "345", "678", "since", "1998", "3", "march", "2026"),
    *("14/2", "no", "quiz", "except", "back", "(", ")", "'", "…", "🎉", "\n", "\u00a0", "~", "book:"),
]


texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(WORDS), max_size=10).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=10).map("".join),
)


any_text = settings(max_examples=200, deadline=None, derandomize=True)


@any_text
@given(text=texts)
def test_any_text_is_read_soundly_or_refused(text: str) -> None:
    try:
        nights = read_nights(text, "Europe/London")
    except ScheduleError:
        return
    assert nights
    assert len({night.weekday for night in nights}) == len(nights)
    for night in nights:
        assert night.raw == clean(text)
        assert night.weekday in range(1, 8)
        assert night.start_time is None or re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", night.start_time)
        assert night.start_time != "00:00"
        assert (night.timezone, night.time_assumed) == ("Europe/London", False)
        assert night.starts_on is None or date.fromisoformat(night.starts_on).isoweekday() == night.weekday
        assert night.rrule is None or night.frequency in {"weekly", "biweekly", "monthly"}
        if night.rrule:
            dates = rrulestr(night.rrule, dtstart=datetime(2026, 1, 1))[:5]
            assert {each.isoweekday() for each in dates} == {night.weekday}


@any_text
@given(text=texts, hint=texts, today=st.dates())
def test_hints_change_neither_days_nor_times(text: str, hint: str, today: date) -> None:
    alone, hinted = nights_of(text), nights_of(text, [hint, hint.replace(" ", "-")], today)
    assert [night.split()[:2] for night in hinted] == [night.split()[:2] for night in alone]


@any_text
@given(text=texts.map(lambda text: re.sub(r"\d|noon", "", text)))
def test_text_without_number_has_no_time(text: str) -> None:
    assert all(night.split()[1:2] in ([], ["-"]) for night in nights_of(text) if night != NO_DAY)


@any_text
@given(text=texts.map(lambda text: WEEKDAY_STEMS.sub("", text)).filter(lambda text: not WEEKDAY_STEMS.search(text)))
def test_text_without_weekday_has_no_night(text: str) -> None:
    assert nights_of(text) == [NO_DAY]


@any_text
@given(
    weekday=st.integers(1, 7),
    hour=st.integers(1, 12),
    minute=st.integers(0, 59),
    form=st.sampled_from(
        ["{day} {h}.{m:02}pm", "{day}s at {h}:{m:02} PM", "every {day}, {H}:{m:02}", "{h}:{m:02}pm {day}s"]
    ),
)
def test_start_times_of_all_weekdays_are_read(weekday: int, hour: int, minute: int, form: str) -> None:
    name = ("monday", "Tuesday", "WEDNESDAY", "Thursday", "Friday", "Saturday", "Sunday")[weekday - 1]
    text = form.format(day=name, h=hour, H=hour % 12 + 12, m=minute)
    day = WEEKDAYS[weekday - 1]
    assert nights_of(text) == [f"{weekday} {hour % 12 + 12}:{minute:02} weekly FREQ=WEEKLY;BYDAY={day}"]


def instants(text: str, timezone: str, first: date, count: int) -> list[str]:
    """The next nights in UTC, as a calendar expands them: local time is constant, the offset changes."""
    (night,) = read_nights(text, timezone)
    assert night.start_time is not None
    wall = datetime.fromisoformat(f"{first}T{night.start_time}")
    occurrences = rrulestr(str(night.rrule), dtstart=wall)[:count]
    return [
        each.replace(tzinfo=ZoneInfo(str(night.timezone))).astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
        for each in occurrences
    ]


@pytest.mark.parametrize(
    ("text", "timezone", "first", "expected"),
    [
        # Daylight saving ends in Sydney on 5 April 2026 and begins on 4 October; Brisbane has none.
        ("Saturdays 7.30pm", "Australia/Sydney", date(2026, 4, 4), ["2026-04-04T08:30", "2026-04-11T09:30"]),
        ("Sundays 5pm", "Australia/Sydney", date(2026, 9, 27), ["2026-09-27T07:00", "2026-10-04T06:00"]),
        ("Sundays 5pm", "Australia/Brisbane", date(2026, 9, 27), ["2026-09-27T07:00", "2026-10-04T07:00"]),
        ("Środy o 19:00", "Europe/Warsaw", date(2026, 3, 25), ["2026-03-25T18:00", "2026-04-01T17:00"]),
        ("co drugi wtorek o 20", "Europe/Warsaw", date(2026, 10, 13), ["2026-10-13T18:00", "2026-10-27T19:00"]),
        (
            "ostatni czwartek miesiąca, 19:30",
            "Europe/Warsaw",
            date(2026, 9, 1),
            ["2026-09-24T17:30", "2026-10-29T18:30"],
        ),
        ("Wednesdays at 7pm", "America/Denver", date(2026, 3, 4), ["2026-03-05T02:00", "2026-03-12T01:00"]),
        # Half-hour zones.
        ("Sundays 5pm", "Australia/Adelaide", date(2026, 9, 27), ["2026-09-27T07:30", "2026-10-04T06:30"]),
        ("Tuesdays, 6.30pm", "Europe/London", date(2026, 3, 24), ["2026-03-24T18:30", "2026-03-31T17:30"]),
        ("Tuesdays at 7pm", "America/Denver", date(2026, 10, 27), ["2026-10-28T01:00", "2026-11-04T02:00"]),
        ("every other Sunday 7pm", "Europe/London", date(2026, 10, 18), ["2026-10-18T18:00", "2026-11-01T19:00"]),
        (
            "First Wednesday of the month, 8pm",
            "Europe/London",
            date(2026, 3, 1),
            ["2026-03-04T20:00", "2026-04-01T19:00", "2026-05-06T19:00"],
        ),
        # The Irish, American, Tasmanian and Lord Howe changes; the last one moves the clock by half an hour.
        ("Thursdays 8pm", "Europe/Dublin", date(2026, 10, 22), ["2026-10-22T19:00", "2026-10-29T20:00"]),
        ("Sundays at noon", "America/New_York", date(2026, 3, 1), ["2026-03-01T17:00", "2026-03-08T16:00"]),
        ("Sundays 5pm", "Australia/Hobart", date(2026, 3, 29), ["2026-03-29T06:00", "2026-04-05T07:00"]),
        ("Sundays 5pm", "Australia/Lord_Howe", date(2026, 3, 29), ["2026-03-29T06:00", "2026-04-05T06:30"]),
        ("Tuesdays 7pm", "America/Phoenix", date(2026, 3, 3), ["2026-03-04T02:00", "2026-03-11T02:00"]),
        ("Tuesdays 7pm", "Pacific/Honolulu", date(2026, 10, 27), ["2026-10-28T05:00", "2026-11-04T05:00"]),
        (
            "second to last Thursday of the month 8pm",
            "Europe/London",
            date(2026, 9, 1),
            ["2026-09-17T19:00", "2026-10-22T19:00", "2026-11-19T20:00"],
        ),
        (
            "2nd & last Friday 7pm",
            "Australia/Melbourne",
            date(2026, 3, 1),
            ["2026-03-13T08:00", "2026-03-27T08:00", "2026-04-10T09:00", "2026-04-24T09:00"],
        ),
    ],
)
def test_nights_keep_their_wall_clock_over_daylight_saving(
    text: str, timezone: str, first: date, expected: list[str]
) -> None:
    assert instants(text, timezone, first, len(expected)) == expected


def test_weekly_rrule_gives_a_date_every_week() -> None:
    (night,) = read_nights("Thursdays 7pm", "Australia/Hobart")
    nights = rrulestr(str(night.rrule), dtstart=datetime(2026, 1, 1, 19))[:53]
    assert {later - earlier for earlier, later in pairwise(nights)} == {timedelta(days=7)}
