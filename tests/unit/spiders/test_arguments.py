"""Spider arguments: text from a command line becomes typed values, or one sentence for the person who typed it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from trivia_scraper.errors import UsageError
from trivia_scraper.spiders.arguments import SpiderArguments
from trivia_scraper.spiders.quizmeisters import QuizmeistersSpider

FLAGS = ("force_refresh_images", "force_update")
NAMES = ("force_refresh_images", "force_update", "limit", "venue", "dry_run")


def refusal(**given: Any) -> str:
    with pytest.raises(UsageError) as caught:
        SpiderArguments.parse(given)
    return str(caught.value)


SPELLINGS: list[tuple[Any, bool]] = [
    *((typed, True) for typed in ("true", "True", "TRUE", "tRuE", "1", "yes", "YES", "on", "On", " true ", True)),
    *((typed, False) for typed in ("false", "False", "FALSE", "0", "no", "No", "off", "OFF", "\tfalse\n", False)),
]


def test_spellings_of_flag_are_read(subtests: pytest.Subtests) -> None:
    for name in FLAGS:
        for typed, expected in SPELLINGS:
            with subtests.test(name=name, typed=typed):
                assert getattr(SpiderArguments.parse({name: typed}), name) is expected


NEITHER: list[Any] = [
    "",
    " ",
    "maybe",
    "2",
    "-1",
    "10",
    "01",
    "y",
    "n",
    "t",
    "truee",
    "true,false",
    "None",
    "ｔｒｕｅ",
    "ja",
    1,
    0,
    None,
    b"true",
    [],
]


def test_invalid_flag_is_refused(subtests: pytest.Subtests) -> None:
    for name in FLAGS:
        for typed in NEITHER:
            with subtests.test(name=name, typed=typed):
                assert refusal(**{name: typed}) == (
                    f"the spider argument {name} takes true or false (also 1/0, yes/no, on/off), not {typed!r}."
                )


@pytest.mark.parametrize(
    ("typed", "expected"), [("1", 1), ("20", 20), (" 5 ", 5), ("007", 7), ("999999999", 999999999), (3, 3)]
)
def test_limit_is_whole_number_above_zero(typed: Any, expected: int) -> None:
    assert SpiderArguments.parse({"limit": typed}).limit == expected


@pytest.mark.parametrize(
    "typed",
    [
        "0",
        "-1",
        "+5",
        "",
        " ",
        "5.0",
        "1e3",
        "1_0",
        "ten",
        "٥",
        "²",
        "1 0",
        "0x10",
        "None",
        "1000000000",
        0,
        -1,
        True,
        5.0,
        None,
    ],
)
def test_any_other_limit_is_refused(typed: Any) -> None:
    assert refusal(limit=typed) == f"the spider argument limit takes a whole number, 1 or more, not {typed!r}."


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("3rd-space-canberra", ("3rd-space-canberra",)),
        ("act-3rd-space,900101", ("act-3rd-space", "900101")),
        (" act-3rd-space , 900101 ", ("act-3rd-space", "900101")),
        ("bydgoszcz/pasibus", ("bydgoszcz/pasibus",)),
        ("the bell", ("the bell",)),
    ],
)
def test_venues_are_names_between_commas(typed: str, expected: tuple[str, ...]) -> None:
    assert SpiderArguments.parse({"venue": typed}).venue == expected


@pytest.mark.parametrize("typed", ["", " ", ",", "a,", ",a", "a,,b", "a, ,b"])
def test_empty_venue_argument_is_refused(typed: str) -> None:
    assert refusal(venue=typed) == (
        f"the spider argument venue takes venue slugs or publisher's ids, separated by commas, not {typed!r}."
    )


def test_run_without_arguments_is_ordinary_and_complete() -> None:
    arguments = SpiderArguments.parse({})
    assert arguments.model_dump() == {
        "force_refresh_images": False,
        "force_update": False,
        "limit": None,
        "venue": (),
        "dry_run": False,
    }
    assert arguments == SpiderArguments()
    assert (arguments.visits_fresh_venues, arguments.complete) == (False, True)


@pytest.mark.parametrize(
    ("given", "visits_fresh", "complete"),
    [
        ({"force_refresh_images": "true"}, True, True),
        ({"force_update": "true"}, True, True),
        ({"force_refresh_images": "false", "force_update": "false"}, False, True),
        ({"limit": "5"}, False, False),
        ({"venue": "the-bell"}, False, False),
        ({"limit": "5", "force_update": "1"}, True, False),
    ],
)
def test_arguments_decide_visits_and_completeness(given: dict[str, str], visits_fresh: bool, complete: bool) -> None:
    arguments = SpiderArguments.parse(given)
    assert (arguments.visits_fresh_venues, arguments.complete) == (visits_fresh, complete)


@pytest.mark.parametrize("name", ["_job", "_version", "_", "__class__", "_force_update"])
def test_arguments_of_job_runners_are_ignored(name: str) -> None:
    assert SpiderArguments.parse({name: "maybe", "limit": "2"}) == SpiderArguments(limit=2)


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("force_refresh_image", "force_refresh_images"),
        ("force-refresh-images", "force_refresh_images"),
        ("forceRefreshImages", "force_refresh_images"),
        ("force_refresh", "force_refresh_images"),
        ("refresh_images", "force_refresh_images"),
        ("Force_Update", "force_update"),
        ("force_udpate", "force_update"),
        ("limits", "limit"),
        ("limit ", "limit"),
        ("venues", "venue"),
        ("venue_", "venue"),
    ],
)
def test_misspelt_argument_suggests_nearest(typed: str, nearest: str) -> None:
    assert refusal(**{typed: "1"}) == f"there is no spider argument {typed!r}: did you mean {nearest!r}?"


@pytest.mark.parametrize("typed", ["", "start_urls", "city", "model_config", "name", "parse"])
def test_unknown_argument_lists_all_arguments(typed: str) -> None:
    assert refusal(**{typed: "1"}) == f"there is no spider argument {typed!r}: it takes {', '.join(NAMES)}."


def test_documented_table_lists_arguments_in_order() -> None:
    assert tuple(SpiderArguments.model_fields) == NAMES
    assert all(field.description for field in SpiderArguments.model_fields.values())


@settings(max_examples=150, deadline=None, derandomize=True)
@given(name=st.sampled_from(NAMES) | st.text(max_size=30), value=st.text(max_size=60))
def test_argument_is_accepted_or_refused_in_one_sentence(name: str, value: str) -> None:
    try:
        arguments = SpiderArguments.parse({name: value})
    except UsageError as error:
        sentence = str(error)
        assert sentence[0].islower()
        assert sentence[-1] in ".?"
        assert "\n" not in sentence
        assert repr(name) in sentence or f" {name} " in sentence
        assert name not in NAMES or repr(value) in sentence
    else:
        assert name in NAMES or name.startswith("_")
        assert arguments.limit is None or arguments.limit >= 1


@pytest.mark.parametrize("name", NAMES)
def test_arguments_are_immutable(name: str) -> None:
    arguments = SpiderArguments.parse({"force_refresh_images": "true"})
    with pytest.raises(ValidationError, match="frozen"):
        setattr(arguments, name, None)
    assert arguments.force_refresh_images is True


def test_own_spider_has_ordinary_arguments() -> None:
    assert QuizmeistersSpider().arguments == SpiderArguments()
