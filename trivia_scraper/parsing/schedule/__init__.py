"""Read schedules from publishers' texts. Pure.

The grammar reads days, start times, dates and frequency, in English and Polish. It never guesses: if the text has no
time, there is no start time. Anything ambiguous is null next to the raw text: two times for one night, a date with two
readings, or 00:00, which sites write for "unknown".
"""

from trivia_scraper.items import WEEKDAYS
from trivia_scraper.parsing.schedule.calendars import is_upcoming, read_dates, read_rule, read_start
from trivia_scraper.parsing.schedule.dated_nights import combine_dates, read_bookings
from trivia_scraper.parsing.schedule.nights import ScheduleError, read_nights

__all__ = [
    "WEEKDAYS",
    "ScheduleError",
    "combine_dates",
    "is_upcoming",
    "read_bookings",
    "read_dates",
    "read_nights",
    "read_rule",
    "read_start",
]
