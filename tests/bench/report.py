"""From costs to a page that a person reads in a minute."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median

from tests.bench.measure import SCENARIOS, Cost, Key, Project, Scenario, Upserts

MEGABYTE = 1_000_000
TITLES: dict[Scenario, str] = {
    "first": "first run",
    "kept": "kept: nothing has expired",
    "expired": "expired, but unchanged",
    "forced": "forced, nothing has changed",
    "changed": "forced, everything has changed",
}
CPU_LIMITS: dict[Scenario, float] = {"first": 0.45, "expired": 0.2, "forced": 0.45, "changed": 0.45}
WALL_LIMITS: dict[Scenario, float] = {"first": 0.45, "forced": 0.45, "changed": 0.45}
BYTES_LIMITS: dict[Scenario, float] = {"expired": 0.001}
KEPT_LIMIT = 1.0
"""Milliseconds of CPU for an image that is kept."""
BARE_LIMIT = 1.55
STOCK_MEMORY_LIMIT = 1.3
MEMORY_LIMIT = 1.15
NAMES: dict[Project, str] = {
    "ours": "this project",
    "generic": "FreshImagesPipeline",
    "stock": "stock",
    "bare": "bare limit",
}
UPSERTS_LIMIT = 800
UPSERT_GROWTH_LIMIT = 1.5


@dataclass(frozen=True)
class Work:
    """What the images of a scenario cost: the crawl, less the same crawl of pages that name no images."""

    cpu: float
    wall: float


class Measured:
    """Medians over the rounds of one number of images."""

    def __init__(self, count: int, costs: Mapping[Key, Sequence[Cost]]) -> None:
        self.count = count
        self._costs = costs
        self.rounds = min(map(len, costs.values()))
        self._medians = {
            key: Cost(
                cpu=median(cost.cpu for cost in each),
                wall=median(cost.wall for cost in each),
                memory=round(median(cost.memory for cost in each)),
                received=round(median(cost.received for cost in each)),
            )
            for key, each in costs.items()
        }

    def whole(self, project: Project, scenario: Scenario) -> Cost:
        return self._medians[_with(project, scenario)]

    def without(self, project: Project, scenario: Scenario) -> Cost:
        return self._medians[_without(project, scenario)]

    def work(self, project: Project, scenario: Scenario) -> Work:
        """The medians of the differences within each round: what slows a machine for a minute slows both runs."""
        with_them = self._costs[_with(project, scenario)]
        without = self._costs[_without(project, scenario)]
        times = min(len(with_them), len(without))
        pairs = list(zip(_in_parts(with_them, times), _in_parts(without, times), strict=True))
        return Work(
            cpu=median(median(c.cpu for c in one) - median(c.cpu for c in other) for one, other in pairs),
            wall=median(median(c.wall for c in one) - median(c.wall for c in other) for one, other in pairs),
        )


def _with(project: Project, scenario: Scenario) -> Key:
    if project == "stock" and scenario in {"forced", "changed"}:
        scenario = "expired"
    return Key(project, scenario, with_images=True)


def _without(project: Project, scenario: Scenario) -> Key:
    """Only this project's first run fills a database: its others are compared with a later one."""
    first = project == "bare" or (project == "ours" and scenario == "first")
    return Key(project, "first" if first else "kept", with_images=False)


def _in_parts(costs: Sequence[Cost], parts: int) -> list[Sequence[Cost]]:
    """In the order in which they ran; some runs are repeated within a round."""
    each = len(costs) // parts
    return [costs[start : start + each] for start in range(0, each * parts, each)]


def page(small: Measured, large: Measured | None, upserts: Sequence[Upserts]) -> str:
    """docs/benchmarks.md, which is also what the terminal shows."""
    parts = [_introduction(small), f"## {small.count} images", _ratios(small, "generic"), _ratios(small, "ours")]
    parts.append(_seconds(small))
    if large is not None:
        parts += [f"## {large.count} images, once", _growth(small, large, "generic"), _growth(small, large, "ours")]
        parts.append(_seconds(large))
    if upserts:
        parts.append(_store(upserts))
    return "\n\n".join(parts) + "\n"


def _introduction(small: Measured) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("Scrapy", "Pillow", "aiohttp"))
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}; Python {platform.python_version()}"
    rounds = f"{small.rounds} rounds" if small.rounds > 1 else "one round"
    return f"""# Benchmarks

    make bench

This command writes this page. It serves venues with a JPEG of 1600x900 each (about 260 kB, no two the same) from a
local server, with one thumbnail of 300 pixels and no delays. Four programs take turns:

- stock: a minimal project with Scrapy's own `ImagesPipeline` (`tests/bench/stock`). It decodes each image in full
  and stores it encoded again, every time that it looks at an image;
- FreshImagesPipeline: the same project with that class in its ITEM_PIPELINES, and nothing else changed;
- this project with its own settings, but without a feed and with thumbnails of the whole image, like stock's;
- the bare limit (`tests/bench/bare.py`): aiohttp, the same decode, the same files, no Scrapy and no database.

"Of the images" is the cost of a crawl minus that of the same crawl of pages without images, in the same round.

Machine: {machine}, {packages}. Medians of {rounds}."""


def _ratios(measured: Measured, project: Project) -> str:
    rows = []
    for scenario in SCENARIOS:
        ours, stock = measured.work(project, scenario), measured.work("stock", scenario)
        whole, theirs = measured.whole(project, scenario), measured.whole("stock", scenario)
        rows.append(
            [
                TITLES[scenario],
                _ratio(ours.cpu, stock.cpu, CPU_LIMITS.get(scenario)),
                _ratio(ours.wall, stock.wall, WALL_LIMITS.get(scenario)),
                _ratio(whole.received, theirs.received, BYTES_LIMITS.get(scenario)),
                _ratio(whole.memory, theirs.memory, STOCK_MEMORY_LIMIT if project == "generic" else None),
            ]
        )
    heads = [f"{NAMES[project]} / stock, of the images", "CPU", "wall", "bytes", "peak memory, whole crawl"]
    kept = measured.work(project, "kept").cpu / measured.count * 1000
    kept_ok = "ok" if kept <= KEPT_LIMIT else "over"
    return (
        f"{_table(heads, rows)}\n\nAn image that is kept costs {kept:.2f} ms of CPU ({kept_ok}, limit {KEPT_LIMIT:g}). "
        f"{_against_bare(measured, project)}"
    )


def _against_bare(measured: Measured, project: Project) -> str:
    ratio = _ratio(measured.work(project, "first").cpu, measured.work("bare", "first").cpu, BARE_LIMIT)
    return f"First run / bare limit, CPU of the images: {ratio}."


def _seconds(measured: Measured) -> str:
    rows = []
    for scenario in SCENARIOS:
        for project, name in NAMES.items():
            if (project == "bare" and scenario != "first") or (
                project == "stock" and scenario in {"forced", "changed"}
            ):
                continue
            whole, without = measured.whole(project, scenario), measured.without(project, scenario)
            work = measured.work(project, scenario)
            rows.append(
                [
                    TITLES[scenario],
                    name,
                    f"{whole.cpu:.2f} s",
                    f"{without.cpu:.2f} s",
                    f"{work.cpu / measured.count * 1000:.2f} ms",
                    f"{whole.wall:.2f} s",
                    f"{without.wall:.2f} s",
                    f"{work.wall / measured.count * 1000:.2f} ms",
                    f"{whole.received / MEGABYTE:.2f} MB",
                    f"{whole.memory / MEGABYTE:.0f} MB",
                ]
            )
    heads = ["scenario", "project", *("CPU", "without images", "each image"), *("wall", "without", "each")]
    return f"In seconds and bytes:\n\n{_table([*heads, 'received', 'peak memory'], rows)}"


def _growth(small: Measured, large: Measured, project: Project) -> str:
    """Memory flat, cost linear."""
    rows = []
    for scenario in SCENARIOS:
        few, many = small.whole(project, scenario), large.whole(project, scenario)
        work, stock = large.work(project, scenario), large.work("stock", scenario)
        each_few = small.work(project, scenario).cpu / small.count
        rows.append(
            [
                TITLES[scenario],
                _ratio(many.memory, few.memory, MEMORY_LIMIT),
                _ratio(work.cpu / large.count, each_few),
                _ratio(work.cpu, stock.cpu, CPU_LIMITS.get(scenario)),
                _ratio(work.wall, stock.wall, WALL_LIMITS.get(scenario)),
            ]
        )
    heads = [NAMES[project], "peak memory", "CPU per image", "CPU / stock", "wall / stock"]
    scale = f"Peak memory and CPU per image against those at {small.count}: 1.00 is flat and linear."
    return f"{scale}\n\n{_table(heads, rows)}\n\n{_against_bare(large, project)}"


def _store(upserts: Sequence[Upserts]) -> str:
    first = upserts[0]
    rows = []
    for each in upserts:
        speed = (
            f"{each.per_second:.0f} ({'ok' if each.per_second >= UPSERTS_LIMIT else 'under'}, limit {UPSERTS_LIMIT})"
        )
        slower = _ratio(first.per_second, each.per_second, UPSERT_GROWTH_LIMIT)
        rows.append([f"{each.events:,}", speed, slower, f"{each.memory / MEGABYTE:.0f} MB"])
    text = (
        "## The store\n\nEvents that are stored already, unchanged, each whole (venue, event, host, two images) and "
        "in a transaction of its own, on SQLite: `tests/bench/upserts.py`."
    )
    heads = ["events stored", "upserts a second", f"time each / that at {first.events:,}", "peak memory"]
    return f"{text}\n\n{_table(heads, rows)}"


def _ratio(one: float, other: float, limit: float | None = None) -> str:
    """With the limit beside it, and whether it was kept. Small runs end below what can be measured."""
    if other <= 0:
        return "-"
    value = one / other
    shown = f"{value:.4f}" if limit is not None and limit < 0.1 else f"{value:.2f}"
    return shown if limit is None else f"{shown} ({'ok' if value <= limit else 'over'}, limit {limit:g})"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
