"""Keeps the compiled templates of the site in memory, because to compile them takes half the time of a small site."""

from __future__ import annotations

from functools import partial
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

from trivia_scraper.site import pages


class _Memory(BytecodeCache):
    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.code


def keep_compiled_templates() -> None:
    """Let all sites that this process builds share compiled templates. Each site keeps its own globals."""
    made: Any = partial(Environment, bytecode_cache=_Memory())
    pages.Environment = made  # type: ignore[attr-defined]
