"""Run the longest files first, so that two workers end at about the same time."""

from __future__ import annotations

import pytest

LONGEST_FIRST = ("test_operations", "test_container", "test_many_machines", "test_scrapyd", "test_bench")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {f"tests/deploy/{name}.py": number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.nodeid.partition("::")[0], len(rank)))
