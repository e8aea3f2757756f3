"""A publisher renames a CSS class: its pages still answer, but a field is no longer found."""

from __future__ import annotations

import pytest

from sandbox.client import Sandbox
from tests.support.project import Project


@pytest.mark.usefixtures("crawled_listing")
def test_vanished_field_fails_run_by_name(project: Project, sandbox: Sandbox) -> None:
    venues = {event["publisher_id"]: event["source_url"] for event in project.events()}
    fees = {event["publisher_id"]: event["fee"] for event in project.events()}
    for publisher_id in venues:
        sandbox.edit(publisher_id, website=None, hero_src="/placeholder/venue.png", quirks=["generic_hidden"])
    run = project.crawl(force_update="true")
    assert run.exit_code == 1
    for field in ("image", "fee"):  # the hidden text states the fee: "free to play"
        (reason,) = (each for each in project.runs()[0]["reasons"] if f"have {field}" in each)
        assert reason.startswith("0 of ")
        assert f"events have {field}, which" in reason
        assert any(reason.endswith(f"at {url}?") for url in venues.values() if "/venues/" in url), reason
    assert {event["publisher_id"]: event["fee"] for event in project.events()} == fees
    assert all(event["images"] for event in project.events() if event["publisher_id"] == "act-3rd-space-canberra")
    again = project.crawl(force_update="true")
    assert again.exit_code == 1, "a failed run is not compared with"


@pytest.mark.usefixtures("crawled_listing")
def test_coverage_is_not_judged_on_one_venue(project: Project, sandbox: Sandbox) -> None:
    sandbox.edit("act-3rd-space-canberra", website=None, phone=None, description=None)
    assert project.crawl(venue="act-3rd-space-canberra", force_update="true").exit_code == 0
