"""Plots, drawn by pygal. Each is an SVG document without scripts, light or dark like the reader's system: the styles of
the page do not apply to it, and an `object` instead of an `img` lets it load the font of the page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, sqrt
from typing import Any, NamedTuple

import pygal
from lxml import etree
from pygal.style import Style

# It hangs a finder for plug-ins with maps into every import of the process, by a protocol that Python has given up;
# each module that is looked for later, and is not there, would cost a warning.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

WIDTH = 560  # pixels of its own; it is still read when it is shown at 350
_LABELS = 5  # on the axis of time
_LEGEND_LINE = 24  # pixels
# Visible in both schemes; no two neighbours differ in red and green alone.
COLOURS = ("#c27a1a", "#2f86a6", "#a6529a", "#8a7a1f", "#6f74c9", "#d0679d", "#3c8d93", "#8c6d5a")
GOOD, PLAIN, BAD = "#3f8f63", "#9c8a72", "#c03a2b"
"""Of verdicts. BAD also marks images that failed, and PLAIN what nobody needs to look at."""
USUAL = "#5d7489"
"""Of amounts that are neither good nor bad."""
# Behind what pygal writes for the kind of plot, which is more exact about what it means.
_CSS = """inline:
@font-face { font-family: "Source Sans"; src: url("../assets/source-sans-latin.woff2"); font-weight: 200 900; }
@font-face {
  font-family: "Source Sans"; src: url("../assets/source-sans-latin-ext.woff2"); font-weight: 200 900;
  unicode-range: U+0100-02BA, U+1E00-1EFF, U+2C60-2C7F, U+A720-A7FF;
}
:root { color-scheme: light dark; }  /* like the page: an object of another scheme has an opaque background */
text { fill: #6b5d50 !important; }
.axis .line, .axis .guide.line { stroke: #d8ccb8 !important; stroke-dasharray: none !important; }
.series path.line { stroke-width: 2.2 !important; stroke-linejoin: round; }
@media (prefers-color-scheme: dark) {
  text { fill: #b5a594 !important; }
  .axis .line, .axis .guide.line { stroke: #463c34 !important; }
}
"""


@dataclass(frozen=True, slots=True)
class Caption:
    """The title and the text that a screen reader reads."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    caption: Caption
    svg: bytes
    width: int
    height: int


class DateTimeLine(pygal.DateTimeLine):  # type: ignore[misc]  # pygal has no types
    """Formats times without datetime.utcfromtimestamp, which is deprecated since Python 3.12."""

    @property
    def _x_format(self) -> Callable[[float], str]:
        def format_time(seconds: float) -> str:
            label: str = self.x_value_formatter(datetime.fromtimestamp(seconds, UTC))
            return label

        return format_time


class Moment(NamedTuple):
    at: datetime
    value: float
    link: str | None = None
    """Where the dot leads to."""

    @property
    def dot(self) -> Any:
        """The value as pygal takes it. A drawing is an object of a page, and the link replaces the page."""
        value = self.at, self.value
        return {"value": value, "xlink": {"href": self.link, "target": "_top"}} if self.link else value


Moments = Sequence[Moment]


def over_time(caption: Caption, series: Mapping[str, Moments], colours: Sequence[str], *, unit: str = "") -> Drawing:
    """Draw a line for each name. unit: written after the values."""
    chart = DateTimeLine(
        **_settings(colours, names=list(series)),
        dots_size=2.5,
        y_labels=_steps(max((moment.value for moments in series.values() for moment in moments), default=0)),
        value_formatter=lambda value: f"{value:g}{unit}",
    )
    _label_time(chart, [moment.at for moments in series.values() for moment in moments])
    for name, moments in series.items():
        chart.add(name, [moment.dot for moment in moments])
    return _drawn(chart, caption)


def rows_over_time(
    caption: Caption,
    rows: Sequence[str],
    dots: Mapping[str, Sequence[tuple[datetime, str, str | None]]],
    colours: Sequence[str],
) -> Drawing:
    """Draw a row for each of `rows`, the first on top, with dots: name -> times, each with its row and its link.

    The dots of the first name, which is the usual one, are small.
    """
    settings = _settings(colours, names=list(dots), height=100 + 30 * len(rows))
    chart = DateTimeLine(**settings, stroke=False, range=(0.5, len(rows) + 0.5))
    usual = next(iter(dots), None)
    places = {name: len(rows) - number for number, name in enumerate(rows)}
    chart.y_labels = [{"label": name, "value": place} for name, place in places.items()]
    _label_time(chart, [at for some in dots.values() for at, *_ in some])
    for name, some in dots.items():
        # Rare ones are larger: colour alone does not show them to everybody.
        placed = [Moment(at, places[row], link).dot for at, row, link in some]
        chart.add(name, placed, dots_size=3.5 if name == usual else 6)
    return _drawn(chart, caption)


def stacked(
    caption: Caption, labels: Sequence[str], parts: Mapping[str, Sequence[float]], colours: Sequence[str]
) -> Drawing:
    """Draw a column for each label from the parts' values for it."""
    chart = pygal.StackedBar(**_settings(colours, names=list(parts)), show_minor_x_labels=False)
    chart.x_labels_major = list(labels)[:: ceil(len(labels) / _LABELS)]
    return _stacked(chart, caption, labels, parts)


def bars(
    caption: Caption,
    labels: Sequence[str],
    parts: Mapping[str, Sequence[float]],
    colours: Sequence[str],
    *,
    unit: str = "",
) -> Drawing:
    """Draw a horizontal bar for each label, the first on top, from the parts' values for it."""
    chart = pygal.HorizontalStackedBar(**_settings(colours, names=list(parts), height=100 + 34 * len(labels)))
    from_below = {name: values[::-1] for name, values in parts.items()}
    return _stacked(chart, caption, labels[::-1], from_below, unit)


def _stacked(
    chart: Any, caption: Caption, labels: Sequence[str], parts: Mapping[str, Sequence[float]], unit: str = ""
) -> Drawing:
    chart.x_labels = list(labels)
    chart.y_labels = _steps(max(map(sum, zip(*parts.values(), strict=True)), default=0))
    chart.value_formatter = lambda value: f"{value:g}{unit}"
    for name, values in parts.items():
        chart.add(name, list(values))
    return _drawn(chart, caption)


def _drawn(chart: Any, caption: Caption) -> Drawing:
    def tidied(root: Any) -> Any:
        """Remove pygal's settings for its script and the date of the drawing; add the caption."""
        for element in list(root.iter()):
            if element.tag in {"script", etree.Comment}:
                element.getparent().remove(element)
        for link in root.iter("a", "{*}a"):
            link.set("tabindex", "-1")  # hundreds of dots are no way for the keyboard: the table has the same links
        root.set("role", "img")
        root.find("title").text = caption.title
        description = etree.Element("desc")
        description.text = caption.text
        root.find("title").addnext(description)
        return root

    chart.add_xml_filter(tidied)
    return Drawing(caption, bytes(chart.render()), chart.config.width, chart.config.height)


def _settings(colours: Sequence[str], *, names: Sequence[str], height: int = 300) -> dict[str, Any]:
    # pygal makes room for whole lines of the legend only; without a number of columns it makes room enough.
    columns = next((columns for columns in (3, 2) if len(names) % columns == 0), None)
    legend = ceil(len(names) / (columns or sqrt(len(names)))) if len(names) > 1 else 0
    return {
        "style": Style(
            background="transparent",
            plot_background="transparent",
            font_family="'Source Sans', system-ui, 'Segoe UI', sans-serif",
            label_font_size=15,
            major_label_font_size=15,
            legend_font_size=15,
            colors=tuple(colours),
            opacity=1,
            opacity_hover=1,
        ),
        "css": ["file://style.css", "file://graph.css", _CSS],
        "js": [],
        "no_prefix": True,  # the same numbers give the same bytes
        "width": WIDTH,
        "height": height + legend * _LEGEND_LINE,
        "margin": 8,
        "margin_right": 36,  # half of the last date is beyond the plot
        "show_legend": bool(legend),
        "legend_at_bottom": True,
        "legend_at_bottom_columns": columns,
        "legend_box_size": 12,
        "truncate_legend": 24,
        "truncate_label": 24,
    }


def _steps(most: float) -> list[float]:
    """Return about four round numbers from 0 to `most` or more."""
    if most <= 0:
        return [0, 1]
    scale = 10.0 ** len(str(int(most))) / 1000
    step = next(
        each * scale for each in (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000) if 4 * each * scale >= most
    )
    return [number * step for number in range(max(2, ceil(most / step) + 1))]


def _label_time(chart: Any, moments: Sequence[datetime]) -> None:
    first, last = min(moments, default=datetime.now(UTC)), max(moments, default=datetime.now(UTC))
    span = last - first
    clock = "%H:%M" if span > timedelta(minutes=10) else "%H:%M:%S"
    chart.x_value_formatter = lambda moment: f"{moment:{'%-d %b' if span > timedelta(days=2) else clock}}"
    chart.x_labels = [first + span * number / (_LABELS - 1) for number in range(_LABELS)] if span else [first]
