"""The project's Scrapy commands, one module each. Scrapy uses the module's name as the command's name."""

from trivia_scraper.cli.unknown_command import suggest_commands

suggest_commands()
