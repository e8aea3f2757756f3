"""A second parser of calendars: ical.js, which Thunderbird uses, run by node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NIGHTS = 70  # of each event; a weekly quiz then crosses three changes of daylight saving


def by_ical_js(files: list[Path]) -> dict[str, Any]:
    """Return what calendar_nights.mjs prints for the files. Without node, skip the test; in CI, fail it."""
    node = shutil.which("node")
    if node is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("node runs the second parser of calendars")
    script = Path(__file__).parent / "calendar_nights.mjs"
    command = [str(node), str(script), *map(str, files)]
    environment = os.environ | {"COUNT": str(NIGHTS), "TZ": "Pacific/Auckland"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
