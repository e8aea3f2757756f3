"""Spidermon's report in a file, by our template, of every run."""

from __future__ import annotations

from spidermon.contrib.actions.reports.files import CreateFileReport

from trivia_scraper.monitors.telling import Telling


class Report(Telling, CreateFileReport):
    what = "the report"
    always = True
    template = "report.html.jinja"
