"""The benchmark: every program runs, and the page is printed."""

from __future__ import annotations

import subprocess
import sys

from tests.support.paths import ROOT


def test_quick_benchmark_prints_page() -> None:
    # The benchmark itself checks files and answers of each run; its exit code is 1 if they are wrong.
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# Benchmarks\n")
    for scenario in ("first run", "kept", "expired", "forced"):
        assert f"\n| {scenario}" in done.stdout
    assert "(ok, limit" in done.stdout
