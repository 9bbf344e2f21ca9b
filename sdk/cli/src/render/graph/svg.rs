//! A picture that a browser shows, light or dark.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Graph;
use super::layout::layers;

/// Sizes in pixels.
const BOX_HEIGHT: usize = 48;
const GAP: (usize, usize) = (72, 24);
const MARGIN: usize = 24;
const TITLE: usize = 40;
/// The width of a character, and what stands beside the text.
const CHARACTER: usize = 8;
const PADDING: usize = 24;

const STYLE: &str = "<style>
  text { font: 13px ui-monospace, monospace; fill: #1b1f24; }
  .title { font: bold 16px system-ui, sans-serif; }
  .kind { font-size: 11px; fill: #57606a; }
  rect { fill: #ffffff; stroke: #57606a; rx: 6px; }
  path { fill: none; stroke: #8c959f; stroke-width: 1.5px; }
  .page { fill: #f6f8fa; stroke: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .kind { fill: #8d96a0; } rect { fill: #161b22; stroke: #8d96a0; } .page { fill: #0d1117; }
  }
</style>
<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">
  <path d=\"M0,0 L8,4 L0,8\"/></marker></defs>
";

/// The graph as an SVG. An arrow leads from a resource to what it depends on.
pub(crate) fn svg(stack: &str, graph: &Graph) -> String {
    let layers = layers(graph);
    let mut places = BTreeMap::new();
    let (mut left, mut bottom) = (MARGIN, TITLE + MARGIN);
    for layer in &layers {
        let longest = layer.iter().map(|name| name.chars().count().max(graph.nodes[*name].0.chars().count())).max();
        let width = longest.unwrap_or(0) * CHARACTER + PADDING;
        for (place, name) in layer.iter().enumerate() {
            let top = TITLE + MARGIN + place * (BOX_HEIGHT + GAP.1);
            places.insert(*name, (left, top, width));
            bottom = bottom.max(top + BOX_HEIGHT);
        }
        left += width + GAP.0;
    }
    let title_width = MARGIN * 2 + stack.chars().count() * 10;
    let (width, height) = ((left - GAP.0.min(left) + MARGIN).max(title_width), bottom + MARGIN);

    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-label=\"{0}\">\n<title>{0}</title>\n{STYLE}<rect class=\"page\" width=\"{width}\" \
         height=\"{height}\"/>\n<text class=\"title\" x=\"{MARGIN}\" y=\"{TITLE}\">{0}</text>\n",
        escaped(stack)
    );
    for (name, dependency) in graph.direct_edges() {
        let ((x1, y1, _), (x2, y2, width)) = (places[name], places[dependency]);
        let (y1, x2, y2) = (y1 + BOX_HEIGHT / 2, x2 + width, y2 + BOX_HEIGHT / 2);
        let middle = GAP.0 / 2;
        let (bend1, bend2) = (x1.saturating_sub(middle), x2 + middle);
        let _ =
            writeln!(text, "<path d=\"M{x1},{y1} C{bend1},{y1} {bend2},{y2} {x2},{y2}\" marker-end=\"url(#tip)\"/>");
    }
    for (name, (left, top, width)) in &places {
        let (x, first, second) = (left + PADDING / 2, top + 20, top + 37);
        let _ = writeln!(
            text,
            "<g><rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{BOX_HEIGHT}\"/><text x=\"{x}\" \
             y=\"{first}\">{}</text><text class=\"kind\" x=\"{x}\" y=\"{second}\">{}</text></g>",
            escaped(name),
            escaped(&graph.nodes[*name].0)
        );
    }
    text.push_str("</svg>\n");
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
