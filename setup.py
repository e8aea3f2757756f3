"""scrapyd-deploy runs this file; without it, it would generate one that leaves package data out. All facts are in pyproject.toml."""

from setuptools import setup

setup()
