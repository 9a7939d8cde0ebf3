"""A drawing of a failing case (`gradcheck.reporting.picture`) as SVG.

In a page of the site the colours are the theme's, by the classes of `static/site.css`. A file that stands alone brings
its own colours, for light and dark.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from gradcheck.reporting.picture import Cell, Drawing, Panel, Plane

CELL, ROW, GAP, TITLE = 46, 26, 12, 22
"""The width and height of a number's box, the space around a panel, and the height of its title, in pixels."""

LETTER = 7.9
"""The width of a letter of a title, about."""

STANDALONE = """
text { font: 13px ui-monospace, 'DejaVu Sans Mono', Consolas, monospace; fill: #1f2328; }
.cell { fill: #ffffff; stroke: #c8cdd3; }
.used { fill: #ddebff; stroke: #5b8def; }
.wrong { fill: #ffdcd9; stroke: #d1242f; }
.padding { fill: #eef0f2; stroke: #dfe3e7; }
.quiet { fill: #656d76; }
.paper { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .cell { fill: #161b22; stroke: #3d444d; }
  .used { fill: #10305c; stroke: #5b8def; }
  .wrong { fill: #5c1a1f; stroke: #ff7b72; }
  .padding { fill: #21262d; stroke: #30363d; }
  .quiet { fill: #9198a1; }
  .paper { fill: #0d1117; }
}
"""


@dataclass(frozen=True)
class Piece:
    """A piece of SVG without its frame, and its extents."""

    body: str
    width: float
    height: float


def panel(drawn: Panel) -> Piece:
    """Return a tensor: its title, and the planes of it one below the other."""
    body = [_text(0, 14, drawn.title), _text((len(drawn.title) + 1) * LETTER, 14, drawn.shape, "quiet")]
    width, top = (len(drawn.title) + len(drawn.shape) + 2) * LETTER, float(TITLE)
    if not drawn.planes:
        body.append(_text(0, top + 14, "too large to draw" if drawn.shape else "nothing in it", "quiet"))
        top += ROW
    indexed = len(drawn.planes) > 1
    for each in drawn.planes:
        if indexed:
            body.append(_text(0, top + 14, f"[{each.index}]", "quiet"))
            top += 20
        body.append(_plane(each, top))
        width = max(width, max(map(len, each.rows), default=0) * CELL + 2)
        top += len(each.rows) * ROW + 6
    return Piece("".join(body), width, top)


def _plane(plane: Plane, top: float) -> str:
    return "".join(
        _cell(cell, column * CELL + 1, top + row * ROW + 1)
        for row, cells in enumerate(plane.rows)
        for column, cell in enumerate(cells)
    )


def _cell(cell: Cell, x: float, y: float) -> str:
    kind = f"cell {cell.mark}".strip()
    box = f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{CELL - 2}" height="{ROW - 2}" rx="3"/>'
    size = ' textLength="40" lengthAdjust="spacingAndGlyphs"' if len(cell.text) > 5 else ""
    quiet = ' class="quiet"' if cell.mark == "padding" else ""
    number = f'<text{quiet} x="{x + CELL / 2 - 1:g}" y="{y + 16:g}" text-anchor="middle"{size}>'
    return f"{box}{number}{escape(cell.text)}</text>"


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:g}" y="{y:g}">{escape(words)}</text>'


def inline(drawn: Panel) -> str:
    """Return a panel for a page: the colours are those of the page."""
    piece = panel(drawn)
    label = escape(described(drawn), quote=True)
    size = f'width="{piece.width:g}" height="{piece.height:g}" viewBox="0 0 {piece.width:g} {piece.height:g}"'
    return f'<svg class="panel" role="img" aria-label="{label}" {size}>{piece.body}</svg>'


def described(drawn: Panel) -> str:
    """Return a panel in words, for those who do not see it."""
    rows = [", ".join(map(_said, row)) for plane in drawn.planes for row in plane.rows]
    return f"{drawn.title}, {drawn.shape}: {'; '.join(rows)}"


def _said(cell: Cell) -> str:
    return f"{cell.text} ({cell.mark})" if cell.mark == "wrong" else cell.text


def figure(found: Drawing) -> str:
    """Return a drawing as HTML: the panels side by side as far as there is room, and the working below."""
    panels = "".join(map(inline, found.panels))
    working = "".join(f"{escape(line)}\n" for line in found.lines)
    below = f'<pre class="working">{working}</pre>' if working else ""
    return f'<div class="drawing"><div class="panels">{panels}</div>{below}</div>'


def alone(found: Drawing, chosen: Sequence[int], lines: Sequence[str]) -> str:
    """Return panels of a drawing, one below the other, and lines of its working as a file of SVG."""
    body, top, width = [], float(GAP), 0.0
    for piece in (panel(found.panels[k]) for k in chosen):
        body.append(f'<g transform="translate({GAP} {top:g})">{piece.body}</g>')
        top, width = top + piece.height + GAP / 2, max(width, piece.width)
    for line in lines:
        indent = len(line) - len(line.lstrip())  # SVG drops leading blanks
        body.append(_text(GAP + indent * LETTER, top + 14, line.lstrip()))
        top, width = top + 20, max(width, len(line) * 8.0)
    right, bottom = width + 2 * GAP, top + GAP
    title = f"<title>{escape('. '.join(map(described, (found.panels[k] for k in chosen))))}</title>"
    paper = f'<rect class="paper" width="{right:g}" height="{bottom:g}"/>'
    frame = f'width="{right:g}" height="{bottom:g}" viewBox="0 0 {right:g} {bottom:g}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {frame}>{title}<style>{STANDALONE}</style>'
        f"{paper}{''.join(body)}</svg>\n"
    )
