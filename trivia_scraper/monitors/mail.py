"""Spidermon's mail, made and sent by the standard library: scrapy.mail, which Spidermon uses, is deprecated and wraps
the whole message as text into a second one; and servers refuse lines of more than 1,000 bytes, which pages have."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import localtime
from typing import Any

from spidermon.contrib.actions.email import SendEmail

from trivia_scraper.monitors.telling import Telling

_PATIENCE = 30  # seconds for each answer of the server


class Mail(Telling, SendEmail):
    what = "the mail"
    body_text_template = "message.jinja"
    body_html_template = "report.html.jinja"

    def __init__(self, crawler: Any, **kwargs: Any) -> None:
        self.settings = crawler.settings
        super().__init__(**kwargs | {"subject": kwargs["subject"] or "{{ sentence|truncate(150) }}"})

    @classmethod
    def from_crawler_kwargs(cls, crawler: Any) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().from_crawler_kwargs(crawler)
        return kwargs | {"crawler": crawler}

    def get_message(self) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = " ".join(self.get_subject().split())
        message["From"], message["To"] = self.sender, ", ".join(self.to)
        if self.cc:
            message["Cc"] = ", ".join(self.cc)
        if self.reply_to:
            message["Reply-To"] = self.reply_to
        message["Date"] = localtime()
        message.set_content(self.get_body_text())
        message.add_alternative(self.get_body_html(), subtype="html")
        return message

    def send_message(self, message: EmailMessage, **kwargs: Any) -> None:
        host, port = self.settings["SPIDERMON_SMTP_HOST"], self.settings.getint("SPIDERMON_SMTP_PORT")
        context = ssl.create_default_context()
        recipients = [*self.to, *(self.cc or ()), *(self.bcc or ())]
        if self.settings.getbool("SPIDERMON_SMTP_ENFORCE_SSL"):
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=_PATIENCE, context=context)
        else:
            server = smtplib.SMTP(host, port or 25, timeout=_PATIENCE)
        with server:
            if self.settings.getbool("SPIDERMON_SMTP_ENFORCE_TLS"):
                server.starttls(context=context)
            if self.settings["SPIDERMON_SMTP_USER"]:
                server.login(self.settings["SPIDERMON_SMTP_USER"], self.settings["SPIDERMON_SMTP_PASSWORD"])
            server.send_message(message, self.sender, recipients)
