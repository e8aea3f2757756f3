"""deploy/trivia reads the environment file as systemd.exec(5) says of EnvironmentFile=."""

from __future__ import annotations

import runpy
from typing import Any

import pytest

from tests.support.paths import ROOT

READ: Any = runpy.run_path(str(ROOT / "deploy/trivia"))["read_environment"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A=1\nB=2", {"A": "1", "B": "2"}),
        ("# A=1\n; B=2\n\n  C = 3  \n", {"C": "3"}),
        ("A=two words # and no comment\n", {"A": "two words # and no comment"}),
        ("A='one'\nB=\"two\"\n", {"A": "one", "B": "two"}),
        ("A=\nB=''\n", {"A": "", "B": ""}),
        ('A=\'[\n  {"cron": "30 3 * * *"}\n]\'\nB=2\n', {"A": '[\n  {"cron": "30 3 * * *"}\n]', "B": "2"}),
        ("A=one \\\ntwo\nB=2\n", {"A": "one two", "B": "2"}),
        ('A="a \\"b\\" \\$c \\d \\\ne"\n', {"A": 'a "b" $c \\d e'}),
        ("A='a\\b'\n", {"A": "a\\b"}),
        ("A=mailto://u:p%40ss@h?to=a@b $(rm) `x` $HOME\n", {"A": "mailto://u:p%40ss@h?to=a@b $(rm) `x` $HOME"}),
        ("A=it's\nB='2'\n", {"A": "it's", "B": "2"}),
        ("A='x'y\n", {"A": "xy"}),
        ("export A=1\nB=2\n", {"B": "2"}),
    ],
)
def test_environment_file_is_read_as_by_systemd(text: str, found: dict[str, str]) -> None:
    assert READ(text) == found
