"""Spidermon's Telegram message, in our words and quoted: Spidermon puts it into an address as it is."""

from __future__ import annotations

import re
from urllib.parse import quote

from spidermon.contrib.actions.telegram import SendTelegramMessage

from trivia_scraper.monitors.telling import Telling

_MARKS = re.compile(r"([_*`\[])")  # of Telegram's Markdown; an odd one would have the message refused


class Telegram(Telling, SendTelegramMessage):
    what = "the Telegram message"
    message_template = "message.jinja"

    def get_message(self) -> str:
        return quote(_MARKS.sub(r"\\\1", super().get_message()), safe="")
