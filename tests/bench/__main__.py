"""`python -m tests.bench`: runs everything in turn, prints the page, and writes it when told."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from tests.bench.measure import BenchError, Cost, Key, Round, running_server, scratch, timed_upserts
from tests.bench.report import Measured, page
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
QUICK_IMAGES = 12
REPEATS = 5
REPEATS_OF_LARGE = 3


def measured(count: int, rounds: int, repeats: int, directory: Path) -> Measured:
    """Raises BenchError."""
    costs: dict[Key, list[Cost]] = defaultdict(list)
    with running_server(count) as server:
        for number in range(1, rounds + 1):
            one = Round(server, count, directory / f"{count}-{number}", repeats)
            for key in one.turns():
                cost = one.run(key)
                costs[key].append(cost)
                images = count if key.with_images else "no"
                sys.stderr.write(
                    f"round {number}/{rounds}: {key.project} {key.scenario}, {images} images: "
                    f"{cost.cpu:.2f} s CPU, {cost.wall:.2f} s, {cost.memory / 1e6:.0f} MB\n"
                )
    return Measured(count, costs)


def main() -> int:
    """Exit code 0 however slow the machine is; 1 when a run fails or leaves something else than it should have."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--runs", type=int, default=5, help="rounds whose medians count")
    parser.add_argument("--large", type=int, default=3000, help="images of one more round; 0 leaves it out")
    parser.add_argument("--events", type=int, nargs="*", default=[1000, 100_000], help="stored when upserts are timed")
    parser.add_argument("--quick", action="store_true", help="one round of a few images: does it run at all?")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.images, chosen.runs, chosen.large, chosen.events = QUICK_IMAGES, 1, 0, [20, 40]
    try:
        with scratch() as directory:
            upserts = timed_upserts(chosen.events, directory) if chosen.events else []
            small = measured(chosen.images, chosen.runs, 1 if chosen.quick else REPEATS, directory)
            large = measured(chosen.large, 1, REPEATS_OF_LARGE, directory) if chosen.large else None
    except BenchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    text = page(small, large, upserts)
    sys.stdout.write(text)
    if chosen.write:
        PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
