"""The second parser of calendars: ical.js, which Thunderbird uses, run by node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NIGHTS = 70  # that are asked for of each event; of a weekly quiz the clocks are changed three times


def by_ical_js(files: list[Path]) -> dict[str, Any]:
    """What calendar_nights.mjs tells of them. Where there is no node, the test is skipped; in CI it fails."""
    node = shutil.which("node")
    if node is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("node runs the second parser of calendars")
    script = Path(__file__).parent / "calendar_nights.mjs"
    command = [str(node), str(script), *map(str, files)]
    environment = os.environ | {"COUNT": str(NIGHTS), "TZ": "Pacific/Auckland"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
