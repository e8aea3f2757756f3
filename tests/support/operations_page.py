"""docs/operations.md as tests read it, so that what they type is what stands there."""

from __future__ import annotations

import re
from textwrap import dedent

from tests.support.paths import ROOT

PAGE = (ROOT / "docs/operations.md").read_text()


def section(title: str) -> str:
    """Its text, with the sections below it."""
    (found,) = re.findall(rf"(?ms)^(#+) {re.escape(title)}\n(.*?)(?=^\1 |^## |\Z)", PAGE)
    return str(found[1])


def blocks(text: str) -> list[str]:
    """What is indented is typed."""
    return [dedent(block) for block in re.findall(r"(?m)(?:^    .*\n(?:\n+(?=    ))?)+", text)]
