"""What was seen on a terminal, as a picture for documents: plain SVG text, small and searchable."""
import html

COLUMN, LINE, EDGE = 7.83, 18, 14


def kept(line):
    """Not every viewer keeps blanks that stand side by side."""
    return html.escape(line, quote=False).replace("  ", "\u00a0\u00a0").replace("\u00a0 ", "\u00a0\u00a0")


def svg(lines):
    width = EDGE * 2 + COLUMN * max(map(len, lines))
    height = EDGE * 2 + LINE * len(lines)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
           f'viewBox="0 0 {width:.0f} {height}">',
           '<rect width="100%" height="100%" rx="6" fill="#16191d"/>',
           '<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13" fill="#d6dde4">']
    for i, line in enumerate(lines):
        if line.strip():
            colour = ' fill="#8fd18f"' if line.startswith("$") else ""
            out.append(f'<text x="{EDGE}" y="{EDGE + LINE * (i + 1) - 5}"{colour}>{kept(line)}</text>')
    return "\n".join(out + ["</g>", "</svg>", ""])
