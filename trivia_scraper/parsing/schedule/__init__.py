"""What a publisher writes about its nights -> Schedule. Pure.

The grammar reads days, clocks, dates and frequency, in English and Polish; nothing is added to what it reads. A text
without a clock has no start time. What cannot be read without guessing (two clocks for one night, 00:00, which sites
write for "unknown", a date that may be one of two) stays null beside its raw text.
"""

from trivia_scraper.parsing.schedule.calendars import is_upcoming, read_dates, read_rule, read_start
from trivia_scraper.parsing.schedule.dated_nights import booked, gather
from trivia_scraper.parsing.schedule.dates import WEEKDAYS
from trivia_scraper.parsing.schedule.nights import ScheduleError, read_nights

__all__ = [
    "WEEKDAYS",
    "ScheduleError",
    "booked",
    "gather",
    "is_upcoming",
    "read_dates",
    "read_nights",
    "read_rule",
    "read_start",
]
