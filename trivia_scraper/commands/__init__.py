"""Scrapy commands of this project. One module a command: Scrapy takes the module's name for the command's."""

from trivia_scraper.cli.unknown_command import suggest_commands

suggest_commands()
