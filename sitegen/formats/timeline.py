"""The support timeline: the lifecycles of releases as an inline SVG with a legend, without a script.

Each release has a line of text and, below it, a row of bars, one for each level. Horizontal positions are in percent of
the width, so that the drawing fits any width and the text keeps its size. A bar shows the name of its level if the
drawing is wide enough. Text is drawn last, so that no line covers it. Colors have no meaning of their own: a title and
descriptions state everything for screen readers. Groups contain the number of their table row, so that a script can
hide them with the row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import zip_longest
from unicodedata import east_asian_width

from sitegen.facts.lifecycles import level_in_words, level_name
from sitegen.facts.values import Level, Lifecycle
from sitegen.formats.escapes import escape_html
from sitegen.frozen import frozen
from sitegen.languages.catalogue import Language
from sitegen.tables.grids import Timeline

_HEAD, _ROW, _BAR, _BAR_TOP, _FOOT = 48, 52, 22, 24, 6
_YEARS = 6  # the number of year labels that fit at the smallest width
_NAME = 30  # the number of letters of a name; the table contains the full name
_LETTER = 7  # an upper bound of the mean width of a letter, in pixels
_WIDTHS = (16, 24, 32, 40, 48, 56, 64)  # the widths in rem that the style sheet has classes for
_TORN = "M0 0 L6 3.7 L0 7.4 L6 11 L0 14.7 L6 18.4 L0 22"


@frozen
class _Scale:
    """Days from the first day of a year to the first day of a later one, as percentages of the width."""

    first: date
    last: date

    def at(self, day: date) -> float:
        return round((day - self.first).days / (self.last - self.first).days * 100, 2)


def timeline_svg(timeline: Timeline, id_: str, language: Language) -> str:
    """A timeline with its legend. `id_` is the prefix of the ids of its title and descriptions."""
    days = [level.day for _, _, lifecycle in timeline.rows for level in lifecycle.levels if level.is_certain]
    first = date(min([*days, timeline.day]).year, 1, 1)
    year = max([*days, timeline.day]).year
    scale = _Scale(first, date(year + 1, 1, 1) if year < date.max.year else date.max)
    height = _HEAD + _ROW * len(timeline.rows) + _FOOT
    described = " ".join(f"{id_}-desc-{index}" for index in range(len(timeline.rows)))
    names = f'aria-labelledby="{id_}-title" aria-describedby="{described}"'
    parts = [
        f'<svg class="timeline" width="100%" height="{height}" role="img" {names}>',
        f'<title id="{id_}-title">{escape_html(timeline_title(timeline, language))}</title>',
    ]
    words: list[str] = []
    _years(scale, parts, words)
    for index, (row, label, lifecycle) in enumerate(timeline.rows):
        top = _HEAD + index * _ROW
        group = f'<g data-row="{row}">'
        described = escape_html(_description(label, lifecycle, timeline.day, language))
        parts += (group, f'<desc id="{id_}-desc-{index}">{described}</desc>')
        words += (group, f'<text y="{top + 16}">{_words(label, lifecycle, timeline.day, language)}</text>')
        _bars(lifecycle, (top + _BAR_TOP, scale), parts, words, language)
        parts.append("</g>")
        words.append("</g>")
    _now((timeline.day, language.date(timeline.day)), scale, parts, words)
    return "\n".join([*parts, *words, "</svg>", *_legend(timeline, language)])


def _years(scale: _Scale, parts: list[str], words: list[str]) -> None:
    years = range(scale.first.year, scale.last.year)
    step = -(-len(years) // _YEARS)
    for year in years if step <= 4 else years[::step]:
        at = scale.at(date(year, 1, 1))
        parts.append(f'<line class="grid" x1="{at}%" x2="{at}%" y1="{_HEAD - 18}" y2="100%"/>')
        if (year - scale.first.year) % step == 0:
            words.append(f'<text class="year" x="{at}%" dx="4" y="{_HEAD - 7}">{year}</text>')


def _words(label: str, lifecycle: Lifecycle, day: date, language: Language) -> str:
    """The text above the bars of a release: its name, and its level on the day."""
    name = label if len(label) <= _NAME else f"{label[: _NAME - 1]}…"
    now = lifecycle.at(day)
    words = language.text("timeline.now", level=level_name(now, language)) if now else ""
    room = _room(_LETTER * _width(words) + (_LETTER + 1) * _width(name) + 8)
    level = f'<tspan class="stage {room}" dx="8">{escape_html(words)}</tspan>' if words and room else ""
    return f'<tspan class="release">{escape_html(name)}</tspan>{level}'


def _width(text: str) -> int:
    """The number of letters of a text. East Asian letters are twice as wide as others."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _room(pixels: float) -> str:
    """The class of a text that is shown if the drawing is wide enough; empty if it never is."""
    return next((f"from-{width}" for width in _WIDTHS if pixels <= 16 * width), "")


def _bars(lifecycle: Lifecycle, at: tuple[int, _Scale], parts: list[str], words: list[str], language: Language) -> None:
    top, scale = at
    levels = [level for level in lifecycle.levels if level.is_certain]
    for level, following in zip_longest(levels, levels[1:]):
        left = scale.at(level.day)
        share = round((scale.at(following.day) if following else 100) - left, 2)
        name, kind = level_name(level, language), _kind(level)
        torn = f'<path class="torn" d="{_TORN}"/>\n' if level.by else ""
        parts.append(
            f'<svg class="level {kind}" x="{left}%" y="{top}" width="{share}%" height="{_BAR}">\n'
            f"<title>{escape_html(level_in_words(level, language))}</title>\n"
            f'<rect width="100%" height="{_BAR}"/>\n{torn}</svg>'
        )
        room = _room((_LETTER * _width(name) + 16) * 100 / share) if share > 0 else ""
        if room:
            name = escape_html(name)
            words.append(f'<text class="name {kind} {room}" x="{left}%" dx="12" y="{top + 15}">{name}</text>')


def _now(day: tuple[date, str], scale: _Scale, parts: list[str], words: list[str]) -> None:
    at = scale.at(day[0])
    anchor = "start" if at < 25 else "end" if at > 75 else "middle"
    parts.append(f'<line class="now" x1="{at}%" x2="{at}%" y1="18" y2="100%"/>')
    words.append(f'<text class="now" x="{at}%" y="12" text-anchor="{anchor}">{escape_html(day[1])}</text>')


def _legend(timeline: Timeline, language: Language) -> Iterator[str]:
    """The legend: the signs that the drawing uses, in words."""
    levels = [level for _, _, lifecycle in timeline.rows for level in lifecycle.levels if level.is_certain]
    shown = {_kind(level) for level in levels} | {"torn" for level in levels if level.by}
    yield '<figcaption class="legend">'
    for kind in ("supported", "unsupported", "torn"):
        if kind in shown:
            text = escape_html(language.text(f"timeline.{kind}"))
            level = "unsupported" if kind != "supported" else kind
            torn = f'<path class="torn" d="{_TORN}"/>' if kind == "torn" else ""
            yield (
                f'<span><svg class="level {level}" width="28" height="{_BAR}" aria-hidden="true">'
                f'<rect width="100%" height="{_BAR}"/>{torn}</svg> {text}</span>'
            )
    yield f"<span>{escape_html(language.text('timeline.open'))}</span>"
    yield "</figcaption>"


def _kind(level: Level) -> str:
    return "supported" if level.is_supported else "unsupported"


def timeline_title(timeline: Timeline, language: Language) -> str:
    """The title of a timeline."""
    return language.text("timeline.title", date=language.date(timeline.day))


def timeline_sentences(timeline: Timeline, language: Language) -> Iterator[str]:
    """A timeline in words, a sentence for each release."""
    return (_description(label, lifecycle, timeline.day, language) for _, label, lifecycle in timeline.rows)


def _description(label: str, lifecycle: Lifecycle, day: date, language: Language) -> str:
    levels = language.text("list.comma").join(level_in_words(level, language) for level in lifecycle.levels)
    now = lifecycle.at(day)
    if now is None:
        return language.text("timeline.release", name=label, levels=levels)
    state = language.text("timeline.now", level=level_name(now, language))
    return language.text("timeline.release now", name=label, levels=levels, now=state)
