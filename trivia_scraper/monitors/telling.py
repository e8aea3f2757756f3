"""What our actions share: when they speak, what they know, and that a failure of theirs is one line without secrets."""

from __future__ import annotations

import logging
from typing import Any

from jinja2 import Environment, PackageLoader, Template
from spidermon.exceptions import SkipAction

from trivia_scraper.extensions.monitors import Monitors
from trivia_scraper.extensions.run import Run

logger = logging.getLogger(__name__)
# Spidermon's own loader looks for folders, and an egg has none.
_pages = Environment(loader=PackageLoader("trivia_scraper.monitors"), autoescape=True, trim_blocks=True)
_texts = Environment(loader=PackageLoader("trivia_scraper.monitors"), autoescape=False, trim_blocks=True)  # noqa: S701 - plain text


class Telling:
    """Before one of Spidermon's actions: it speaks of every run that fails, and of the first that passes again."""

    what: str
    always = False
    """Whether it speaks of every run."""

    def run_action(self: Any) -> None:
        crawler = self.data.crawler
        was_broken = crawler.get_extension(Monitors).was_broken
        outcome = Run.of(crawler).outcome
        healed = was_broken and outcome is not None and outcome.verdict == "passed"
        if not (self.always or self.monitors_failed or healed):
            raise SkipAction("nothing changed")
        try:
            super().run_action()  # type: ignore[misc]
        except Exception as error:
            # Its text may hold an address with a token in it, and Spidermon would log it with a traceback.
            crawler.stats.inc_value("trivia/alerts/failed")
            logger.warning("%s was not sent: %s", self.what, type(error).__name__)
            raise SkipAction("it failed") from None

    def get_template(self, name: str) -> Template:
        return (_pages if name.endswith(".html.jinja") else _texts).get_template(name)

    def get_template_context(self: Any) -> dict[str, Any]:
        run = Run.of(self.data.crawler)
        context: dict[str, Any] = super().get_template_context()  # type: ignore[misc]
        return context | {
            "publisher": self.data.spider.name,
            "run": run.id,
            "outcome": run.outcome,
            "sentence": run.sentence(self.data.spider.name),
        }
