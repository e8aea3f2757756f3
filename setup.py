"""scrapyd-deploy runs this file; without one it generates one that leaves package data out. See pyproject.toml."""

from setuptools import setup

setup()
