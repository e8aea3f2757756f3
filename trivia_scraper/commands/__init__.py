"""Scrapy commands of this project. One module a command: Scrapy takes the module's name for the command's."""
