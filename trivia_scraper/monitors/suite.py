"""What is monitored, and who is told: the setting that names recipients switches an action on."""

from __future__ import annotations

from typing import Any

from scrapy.utils.misc import load_object
from spidermon import Monitor, MonitorSuite, monitors

from trivia_scraper.extensions.run import Run

ACTIONS = {
    "SPIDERMON_EMAIL_TO": "trivia_scraper.monitors.mail.Mail",
    "SPIDERMON_SLACK_RECIPIENTS": "trivia_scraper.monitors.slack.Slack",
    "SPIDERMON_TELEGRAM_RECIPIENTS": "trivia_scraper.monitors.telegram.Telegram",
    "SPIDERMON_REPORT_FILENAME": "trivia_scraper.monitors.report.Report",
}


@monitors.name("The run")
class RunMonitor(Monitor):
    @monitors.name("passed")
    def test_verdict(self) -> None:
        outcome = self._run.outcome
        assert outcome is not None
        if outcome.verdict == "interrupted":
            self.skipTest("it was interrupted, which says nothing of the publisher")
        if outcome.verdict != "passed":
            self.fail("; ".join(outcome.reasons))

    @monitors.name("lost no event")
    def test_nothing_lost(self) -> None:
        if errors := self.data.stats.get("trivia/events/errors", 0):
            self.fail(f"{errors} events could not be stored")

    @monitors.name("stored every event that it let pass")
    def test_all_stored(self) -> None:
        stored, passed = (self.data.stats.get(name, 0) for name in ("trivia/events/stored", "item_scraped_count"))
        if stored != passed:
            self.fail(f"{passed} events passed the pipelines and {stored} were stored")

    @monitors.name("settled every picture once")
    def test_sums_agree(self) -> None:
        for status in ("downloaded", "uptodate", "failed"):
            name = f"trivia/images/{status}"
            parts = sum(number for each, number in self.data.stats.items() if each.startswith(f"{name}/"))
            if self.data.stats.get(name, 0) != parts:
                self.fail(f"of the pictures {status} {parts} have a reason")

    @property
    def _run(self) -> Run:
        return Run.of(self.data.crawler)


class PublisherSuite(MonitorSuite):
    monitors = [RunMonitor]

    def __init__(self, *args: Any, crawler: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, crawler=crawler, **kwargs)
        for setting, action in ACTIONS.items():
            if crawler is not None and crawler.settings[setting]:
                self.add_monitors_finished_action(load_object(action))
