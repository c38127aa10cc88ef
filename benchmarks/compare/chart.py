"""A chart as SVG: seconds by pages, on logarithmic axes, a panel for each scenario. It follows dark mode."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

Lines = Mapping[str, Sequence[tuple[int, float]]]  # for each peer, seconds by pages

WIDTH, HEIGHT = 740, 640
PANEL_WIDTH, PANEL_HEIGHT = 270, 200
LEFT, TOP, GAP_X, GAP_Y = 62, 104, 92, 92
STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 17px; font-weight: 600 } .panel { font-weight: 600 } .tick { font-size: 11px; fill: #59636e }
.grid { stroke: #d1d9e0; stroke-width: 1 } .line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
.back { fill: #ffffff }
.p0 { stroke: #0757b8 } .p1 { stroke: #b8350b } .p2 { stroke: #1a7f37 } .p3 { stroke: #8250df }
.f0 { fill: #0757b8 } .f1 { fill: #b8350b } .f2 { fill: #1a7f37 } .f3 { fill: #8250df }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .tick { fill: #9198a1 } .grid { stroke: #3d444d } .back { fill: #0d1117 }
.p0 { stroke: #6cb6ff } .p1 { stroke: #ff9b6a } .p2 { stroke: #57d364 } .p3 { stroke: #d2a8ff }
.f0 { fill: #6cb6ff } .f1 { fill: #ff9b6a } .f2 { fill: #57d364 } .f3 { fill: #d2a8ff }
}
"""
DASHES = ("", "7 4", "2 4", "9 3 2 3")  # lines can be distinguished without colors


def chart(title: str, panels: Mapping[str, Lines]) -> str:
    """The chart. All panels have the same scales."""
    peers = list(dict.fromkeys(peer for lines in panels.values() for peer in lines))
    points = [point for lines in panels.values() for line in lines.values() for point in line]
    pages = sorted({count for count, _ in points})
    low = math.floor(math.log10(min(seconds for _, seconds in points)))
    high = math.ceil(math.log10(max(seconds for _, seconds in points)))
    scale = _Scale(pages, low, max(high, low + 1))
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title">',
        f'<title id="title">{escape(title)}</title>\n<style>\n{STYLE}</style>',
        f'<rect class="back" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
        f'<text class="title" x="{LEFT - 40}" y="30">{escape(title)}</text>',
        *_legend(peers),
    ]
    for number, (name, lines) in enumerate(panels.items()):
        x = LEFT + number % 2 * (PANEL_WIDTH + GAP_X)
        y = TOP + number // 2 * (PANEL_HEIGHT + GAP_Y)
        out += [f'<g transform="translate({x} {y})">', *_panel(name, lines, peers, scale), "</g>"]
    return "\n".join([*out, "</svg>"]) + "\n"


class _Scale:
    """The positions of pages and seconds in a panel."""

    def __init__(self, pages: Sequence[int], low: int, high: int) -> None:
        self.pages, self.low, self.high = pages, low, high

    def x(self, pages: int) -> float:
        """The x position of a number of pages."""
        first, last = math.log10(self.pages[0]), math.log10(self.pages[-1])
        return round(PANEL_WIDTH * (math.log10(pages) - first) / (last - first or 1), 1)

    def y(self, seconds: float) -> float:
        """The y position of seconds; more is higher."""
        return round(PANEL_HEIGHT * (self.high - math.log10(seconds)) / (self.high - self.low), 1)


def _legend(peers: Sequence[str]) -> Iterator[str]:
    x = LEFT - 40
    for number, peer in enumerate(peers):
        style = number % len(DASHES)
        yield f'<path class="line p{style}" stroke-dasharray="{DASHES[style]}" d="M{x} 50h34"/>'
        yield f'<text x="{x + 42}" y="54">{escape(peer)}</text>'
        x += 74 + 7 * len(peer)


def _panel(name: str, lines: Lines, peers: Sequence[str], scale: _Scale) -> Iterator[str]:
    yield f'<text class="panel" x="0" y="-10">{escape(name)}</text>'
    for power in range(scale.low, scale.high + 1):
        y = scale.y(10.0**power)
        yield f'<path class="grid" d="M0 {y}h{PANEL_WIDTH}"/>'
        yield f'<text class="tick" x="-8" y="{y + 4}" text-anchor="end">{10.0**power:g} s</text>'
    for pages in scale.pages:
        x = scale.x(pages)
        yield f'<text class="tick" x="{x}" y="{PANEL_HEIGHT + 18}" text-anchor="middle">{pages:,}</text>'
    yield f'<text class="tick" x="{PANEL_WIDTH / 2}" y="{PANEL_HEIGHT + 34}" text-anchor="middle">pages</text>'
    for peer, line in lines.items():
        number = peers.index(peer) % len(DASHES)
        points = [(scale.x(pages), scale.y(seconds)) for pages, seconds in line]
        path = "L".join(f"{x} {y}" for x, y in points)
        yield f'<path class="line p{number}" stroke-dasharray="{DASHES[number]}" d="M{path}"/>'
        yield from (f'<circle class="f{number}" cx="{x}" cy="{y}" r="3.5"/>' for x, y in points)
