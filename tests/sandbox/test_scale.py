"""The sandbox at real scale: as many venues as the publishers list, and a different file for every image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from sandbox.client import Sandbox, running_sandbox
from sandbox.images import draw, marked
from sandbox.invented import pub_name
from sandbox.publisher import Publisher
from sandbox.state import State
from tests.sandbox.test_sandbox import get
from tests.support.project import Project

SIZES = {
    **{"Quizmeisters": 221, "QuestionOne": 130, "Inquizition": 143, "GeeksWhoDrink": 1020},
    **{"SpeedQuizzing": 1433, "Pubquiz": 86},
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox("real") as running:
        yield running


def facts(state: State) -> list[Any]:
    return [publisher.venues for publisher in state.publishers]


def test_real_scale_has_real_numbers_of_venues() -> None:
    state = State("real")
    grown = [publisher for publisher in state.publishers if publisher.venues]
    assert {type(publisher).__name__: len(publisher.venues) for publisher in grown}.items() <= SIZES.items()
    assert facts(State("real")) == facts(state)
    state.edit("30001", {"listed": False})
    state.reset()
    assert facts(state) == facts(State("real"))


def test_small_scale_venues_come_first() -> None:
    for small, real in zip(State().publishers, State("real").publishers, strict=True):
        assert list(real.venues.items())[: len(small.venues)] == list(small.venues.items())


def test_images_painted_alike_are_different_files(sandbox: Sandbox) -> None:
    photos = [image.photo for publisher in State("real").publishers for image in publisher.images()]
    marked_ones = [photo for photo in photos if photo.mark]
    assert len({photo.url for photo in marked_ones}) > 700
    assert len({photo.mark for photo in marked_ones}) == len({photo.url for photo in marked_ones})
    some = marked_ones[:: len(marked_ones) // 100]
    bodies = [get(sandbox, photo.url).body for photo in some]
    assert len({sha256(body).digest() for body in bodies}) == len(some)
    for body in bodies:
        Image.open(BytesIO(body)).load()


@pytest.mark.parametrize("format_name", ["jpeg", "rotated_jpeg", "png", "transparent_png"])
def test_mark_changes_file_but_not_image(format_name: str) -> None:
    plain, content_type = draw("hero", "seed", "Pub", 1, format_name)
    other = marked(plain, content_type, "ä" * 20)
    assert other != plain
    found, was = Image.open(BytesIO(other)), Image.open(BytesIO(plain))
    assert (found.tobytes(), found.getexif()) == (was.tobytes(), was.getexif())


def test_venue_names_are_different() -> None:
    assert Counter(map(pub_name, range(1600))).most_common(1)[0][1] == 1


@pytest.mark.parametrize("publisher", ["quizmeisters", "question_one", "speed_quizzing", "pubquiz"])
def test_last_venues_of_listing_can_be_crawled(project: Project, sandbox: Sandbox, publisher: str) -> None:
    state = State("real")
    venues: dict[str, Any] = next(
        each.venues for each in state.publishers if type(each).__name__.lower() == publisher.replace("_", "")
    )
    wanted = [key for key, venue in venues.items() if "no_page" not in venue.quirks][-3:]
    own = Project(project.home, sandbox.url)
    run = own.crawl(publisher=publisher, venue=",".join(wanted))
    assert run.exit_code == 0, run.stderr
    assert {item["publisher_id"]: item["venue"]["name"] for item in run.items} == {
        key: venues[key].name for key in wanted
    }


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("sandbox", "--port", "99999"), "--port takes a whole number, 0 to 65535, not '99999'."),
        (("sandbox", "--port", "-1"), "--port takes a whole number, 0 to 65535, not '-1'."),
        (("sandbox", "--scale", "huge"), "--scale takes small, real, not 'huge'."),
        (("demo", "--scale", "huge"), "--scale takes small, real, not 'huge'."),
    ],
)
def test_wrong_usage_is_one_sentence(project: Project, words: tuple[str, ...], sentence: str) -> None:
    ended = project.scrapy(*words)
    assert (ended.exit_code, ended.stderr) == (2, f"scrapy {words[0]}: {sentence}\n")


def test_publishers_have_their_own_robots_txt(sandbox: Sandbox) -> None:
    assert "Disallow: /utils/" in get(sandbox, "https://www.speedquizzing.com/robots.txt").text
    assert get(sandbox, "https://elsewhere.example/robots.txt").text == Publisher.robots
