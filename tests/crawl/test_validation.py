"""Values without meaning, such as a link to facebook.com itself, are counted and not stored."""

from __future__ import annotations

import pytest

from sandbox.client import Sandbox
from tests.support.project import Project

PAGE = "https://quizmeisters.com/venues/act-3rd-space-canberra"


def page(facebook: str, instagram: str, host: str) -> str:
    return f"""<!DOCTYPE html><div class="icon-block">
<a href="{facebook}"><img alt="facebook"></a><a href="{instagram}"><img alt="instagram"></a></div>
<div class="host-info"><div class="host-name">{host}</div></div>"""


@pytest.mark.parametrize(
    ("facebook", "instagram", "host", "kept"),
    [
        ("https://www.facebook.com/", "https://www.instagram.com", "TBA", (None, None, None)),
        (
            "https://www.facebook.com/sharer/sharer.php?u=https%3A%2F%2Fbell.example",
            "//www.instagram.com/the.bell/",
            "Tba Example",
            (None, "https://www.instagram.com/the.bell/", "Tba Example"),
        ),
    ],
)
def test_meaningless_links_and_hosts_are_not_stored(
    project: Project, sandbox: Sandbox, facebook: str, instagram: str, host: str, kept: tuple[str | None, ...]
) -> None:
    sandbox.behave(PAGE, "text", body=page(facebook, instagram, host), content_type="text/html; charset=utf-8")
    assert project.crawl(venue="act-3rd-space-canberra").exit_code == 0
    (event,) = project.events()
    performer = event["performer"] or {}
    assert (event["venue"]["facebook"], event["venue"]["instagram"], performer.get("name")) == kept
    counts = project.runs()[0]["counts"]
    assert counts.get("dropped/social_link", 0) == kept[:2].count(None)
    assert counts.get("dropped/host_name", 0) == kept[2:].count(None)
