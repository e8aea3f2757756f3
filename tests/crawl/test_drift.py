"""A publisher renames a class of its pages: the run names it, with a page, before a field is lost."""

from __future__ import annotations

import json
from urllib.request import urlopen

import pytest

from sandbox.client import Sandbox
from tests.support.project import Project


@pytest.mark.usefixtures("crawled_listing")
def test_renamed_class_is_warned_of_with_a_page(project: Project, sandbox: Sandbox) -> None:
    pages = {event["source_url"] for event in project.events() if "/venues/" in event["source_url"]}
    for page in pages:  # few venues have a website, so no field gets much rarer
        with urlopen(sandbox.local(page)) as answer:
            body = answer.read().decode().replace("icon-block", "link-block")
        sandbox.behave(page, "text", body=body, content_type="text/html; charset=utf-8")
    run = project.crawl(force_update="true")
    assert run.exit_code == 0
    (row, first) = project.runs()
    (warning,) = row["warnings"]
    of, where = len(pages), warning.rpartition(" ")[2]
    found = f"0 of {of} pages have an element .icon-block a, which 100% had in the last good run; look at "
    assert warning == f"{found}{where}"
    assert where in pages
    assert (row["verdict"], row["reasons"], first["warnings"]) == ("passed", [], [])
    assert warning in run.stderr
    shown = project.scrapy("runs", "2").stdout
    assert f"warning\t{warning}" in shown
    assert f"pages/.icon-block a\t0\t{of}\t0%\t100%" in shown
    health = project.scrapy("health", "--json")
    assert health.exit_code == 0
    assert [each["warnings"] for each in json.loads(health.stdout)] == [[warning]]
    assert f"quizmeisters has changed: {warning}." in health.stderr
