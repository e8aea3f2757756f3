"""Spidermon's Slack message, in our words."""

from __future__ import annotations

from spidermon.contrib.actions.slack import SendSlackMessage

from trivia_scraper.monitors.telling import Telling


class Slack(Telling, SendSlackMessage):
    what = "the Slack message"
    message_template = "message.jinja"
    include_attachments = False
