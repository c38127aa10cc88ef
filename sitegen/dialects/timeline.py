"""The support timeline: the lifecycles of releases as an inline SVG, without any script.

Each release is a row of bars, one a level. A bar whose beginning is not known starts with
a torn edge; one without a known end runs on. Words stand in the bars, so that no meaning
is in a colour alone; a title and a description tell all of it to screen readers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sitegen.context import long_date
from sitegen.dialects.markdown import escape_html
from sitegen.grids import Timeline
from sitegen.values import STAGES, Lifecycle

_LEFT, _WIDTH, _ROW, _BAR, _HEAD = 120, 880, 34, 22, 30


def timeline_svg(timeline: Timeline, id_: str) -> str:
    """Draw a timeline. `id_` makes the ids of its title and description unique on a page."""
    days = [level.day for _, lifecycle in timeline.rows for level in lifecycle.levels]
    first = date(min(*days, timeline.day).year, 1, 1)
    year = max(*days, timeline.day).year
    last = date(year + 1, 1, 1) if year < date.max.year else date.max
    span = (last - first).days

    def x(day: date) -> float:
        return round(_LEFT + (day - first).days / span * (_WIDTH - _LEFT), 1)

    height = _HEAD + _ROW * len(timeline.rows) + 8
    parts = [
        f'<svg class="timeline" viewBox="0 0 {_WIDTH} {height}" role="img" aria-labelledby="{id_}-title {id_}-desc">',
        f'<title id="{id_}-title">Support timeline as of {long_date(timeline.day)}</title>',
        f'<desc id="{id_}-desc">{escape_html(_description(timeline))}</desc>',
    ]
    for year in range(first.year, last.year + 1):
        at = x(date(year, 1, 1))
        parts.append(f'<line class="grid" x1="{at}" x2="{at}" y1="{_HEAD - 6}" y2="{height}"/>')
        if year < last.year:
            parts.append(f'<text class="year" x="{at + 4}" y="{_HEAD - 12}">{year}</text>')
    for index, (label, lifecycle) in enumerate(timeline.rows):
        top = _HEAD + index * _ROW + (_ROW - _BAR) / 2
        parts.append(f'<text class="release" x="0" y="{top + 15}">{escape_html(label)}</text>')
        parts += _bars(lifecycle, top, x, last)
    now = x(timeline.day)
    parts.append(f'<line class="now" x1="{now}" x2="{now}" y1="{_HEAD - 6}" y2="{height}"/>')
    return "\n".join([*parts, "</svg>"])


def _bars(lifecycle: Lifecycle, top: float, x: Callable[[date], float], last: date) -> list[str]:
    parts = []
    for index, level in enumerate(lifecycle.levels):
        following = lifecycle.levels[index + 1 :]
        end = following[0].day if following else last
        left, right = x(level.day), x(end)
        supported = "supported" if STAGES[level.stage][1] else "unsupported"
        known = "" if not level.by else " unknown-start"
        width = max(right - left, 2)
        parts.append(
            f'<rect class="level {supported}{known}" x="{left}" y="{top}" '
            f'width="{round(width, 1)}" height="{_BAR}" rx="3"/>'
        )
        if level.by:
            parts.append(f'<text class="mark" x="{left + 4}" y="{top + 15}" aria-hidden="true">…</text>')
        name = STAGES[level.stage][0]
        if width > 8 * len(name) + 24:
            parts.append(f'<text class="level-name" x="{left + 18}" y="{top + 15}">{name}</text>')
    return parts


def _description(timeline: Timeline) -> str:
    sentences = []
    for label, lifecycle in timeline.rows:
        levels = [
            f"{STAGES[level.stage][0]} {'by' if level.by else 'from'} {long_date(level.day)}"
            for level in lifecycle.levels
        ]
        now = lifecycle.at(timeline.day)
        state = f"; now {STAGES[now.stage][0]}" if now else ""
        sentences.append(f"{label}: {', '.join(levels)}{state}.")
    return " ".join(sentences)
