"""Plots of a publisher's runs, drawn by pygal; each is a picture of the site that loads nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pygal
from pygal.style import Style

_FONT = '"Source Sans", system-ui, sans-serif'
_QUIET_LIGHT, _QUIET_DARK = "#6b5d50", "#b5a594"
# A picture has no part in its page's styles; it looks at the reader's system by itself.
_CSS = f"""inline:
.axis text, .legend text, .title {{ fill: {_QUIET_LIGHT}; }}
.guide.line, .axis .line {{ stroke: #cdbfa9; }}
@media (prefers-color-scheme: dark) {{
  .axis text, .legend text, .title {{ fill: {_QUIET_DARK}; }}
  .guide.line, .axis .line {{ stroke: #4c4238; }}
}}
"""
STATUSES = ("downloaded", "uptodate", "failed")
_COLOURS = {"downloaded": "#2f7d6d", "uptodate": "#b9a88f", "failed": "#b3402a", "events": "#8a2f1d", "age": "#2f7d6d"}


def _settings(colours: Sequence[str], **more: Any) -> dict[str, Any]:
    style = Style(
        background="transparent",
        plot_background="transparent",
        font_family=_FONT,
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=14,
        colors=tuple(colours),
    )
    shape: dict[str, Any] = {"width": 720, "height": 260, "margin": 12, "legend_at_bottom": True, "truncate_legend": -1}
    return {
        "style": style,
        "js": [],
        "css": ["file://style.css", "file://graph.css", _CSS],
        "no_prefix": True,
        "explicit_size": False,
        "show_minor_x_labels": False,
        **shape,
        **more,
    }


def events_over_time(runs: Sequence[Mapping[str, Any]]) -> bytes:
    """runs: rows of one publisher, oldest first."""
    chart = pygal.Line(**_settings([_COLOURS["events"]], min_scale=1, range_zero=True, show_legend=False))
    _label(chart, runs)
    chart.add("events", [run["counts"].get("events/stored", 0) for run in runs])
    return bytes(chart.render())


def pictures_over_time(runs: Sequence[Mapping[str, Any]]) -> bytes:
    chart = pygal.StackedBar(**_settings([_COLOURS[status] for status in STATUSES]))
    _label(chart, runs)
    for status in STATUSES:
        chart.add(status, [run["counts"].get(f"images/{status}", 0) for run in runs])
    return bytes(chart.render())


def ages(days: dict[str, float]) -> bytes:
    """days: publisher -> since the picture that was confirmed longest ago was confirmed."""
    height = 70 + 34 * len(days)
    chart = pygal.HorizontalBar(**_settings([_COLOURS["age"]], height=height, show_legend=False))
    chart.x_labels = list(reversed(days))
    chart.add("days", [round(days[name], 1) for name in reversed(days)])
    return bytes(chart.render())


def _label(chart: Any, runs: Sequence[Mapping[str, Any]]) -> None:
    chart.x_labels = [f"{run['started_at']:%-d %b}" for run in runs]
    step = max(1, len(runs) // 6)
    chart.x_labels_major = [label for number, label in enumerate(chart.x_labels) if number % step == 0]
