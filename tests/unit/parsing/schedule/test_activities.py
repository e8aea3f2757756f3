"""Other activities in the same text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.schedules import nights_of
from trivia_scraper.parsing.schedule import WEEKDAYS

any_text = settings(max_examples=200, deadline=None, derandomize=True)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@any_text
@given(
    quiz=st.sampled_from(DAYS),
    other=st.sampled_from(DAYS),
    activity=st.sampled_from(["bingo", "karaoke", "live music", "poker", "happy hour", "open mic", "pie night"]),
    form=st.sampled_from(
        [
            "Trivia {quiz} 7pm, {activity} {other} 9pm",
            "{activity} {other} 9pm. Trivia {quiz} 7pm",
            "{other}: {activity} 9pm | {quiz}: trivia 7pm",
            "{activity}: {other}s 9pm\ntrivia: {quiz}s 7pm",
            "{quiz} - trivia 7pm; {other} - {activity} 9pm",
        ]
    ),
)
def test_other_activity_adds_and_changes_no_night(quiz: str, other: str, activity: str, form: str) -> None:
    weekday = 1 + DAYS.index(quiz)
    for night in nights_of(form.format(quiz=quiz, other=other, activity=activity)):
        assert night == f"{weekday} 19:00 weekly FREQ=WEEKLY;BYDAY={WEEKDAYS[weekday - 1]}"
